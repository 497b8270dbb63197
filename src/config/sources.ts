/**
 * Where values come from: flags, environment, file. Each source gives raw values by key, with the name a user knows them by;
 * a name that is no setting is refused here.
 */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { ConfigError, refuseKey } from './config-error';
import { NAMED_SETTINGS, type NamedSetting } from './settings';

export type OriginKind = 'flag' | 'environment' | 'file' | 'default';

export interface Origin {
  readonly kind: OriginKind;
  /** `--listen`, `SEAGLASS_LISTEN`, the file's path; empty for a default. */
  readonly name: string;
}

export interface RawValue {
  readonly value: unknown;
  readonly origin: Origin;
}

/** Raw values by setting key. */
export type Source = ReadonlyMap<string, RawValue>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names that begin like ours and are no settings: the file's path, and what the project's own tests need. */
const CONFIG_VARIABLE = 'SEAGLASS_CONFIG';
const TEST_PREFIX = 'SEAGLASS_TEST_';

export function configPathOf(environment: Environment): string | undefined {
  return environment[CONFIG_VARIABLE] === '' ? undefined : environment[CONFIG_VARIABLE];
}

/** `flags` are by setting key; the command line has refused unknown ones already. */
export function fromFlags(flags: ReadonlyMap<string, string>): Source {
  const flagOf = new Map(NAMED_SETTINGS.map((named) => [named.key, named.flag]));
  return new Map(
    [...flags].map(([key, value]) => [key, { value, origin: { kind: 'flag' as const, name: flagOf.get(key) ?? key } }]),
  );
}

/** An empty variable counts as not set, as compose files write it. */
export function fromEnvironment(environment: Environment): Source {
  const byVariable = new Map(NAMED_SETTINGS.map((named) => [named.variable, named]));
  const source = new Map<string, RawValue>();
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('SEAGLASS_') || variable === CONFIG_VARIABLE || variable.startsWith(TEST_PREFIX)) continue;
    const named = byVariable.get(variable);
    if (named === undefined) {
      const known = [...byVariable.keys(), CONFIG_VARIABLE];
      throw refuseKey({ key: variable, value, from: 'the environment', known });
    }
    if (value !== undefined && value !== '') {
      source.set(named.key, { value, origin: { kind: 'environment', name: variable } });
    }
  }
  return source;
}

export function fromFile(path: string): Source {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`configuration file ${path} cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
  return fromYaml(content, path);
}

/** Sections may be nested or written with dots: `console: { listen: … }` and `console.listen: …` are the same. */
export function fromYaml(content: string, path: string): Source {
  const document = parseDocument(content, { prettyErrors: true, intAsBigInt: true });
  const failure = document.errors[0];
  if (failure !== undefined) throw new ConfigError(`configuration file ${path} is not YAML: ${failure.message}`);
  const byKey = new Map(NAMED_SETTINGS.map((named) => [named.key, named]));
  const source = new Map<string, RawValue>();
  const root: unknown = document.toJS({ reviver: (_key, value: unknown) => exactInteger(value) });
  if (root === null || root === undefined) return source;
  if (!isMapping(root)) throw new ConfigError(`configuration file ${path} holds no mapping of settings to values`);
  collect(root, '', { path, byKey, source });
  return source;
}

/** A whole number that no number holds exactly stays as it was written. */
function exactInteger(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

interface Collecting {
  readonly path: string;
  readonly byKey: ReadonlyMap<string, NamedSetting>;
  readonly source: Map<string, RawValue>;
}

function collect(mapping: Readonly<Record<string, unknown>>, prefix: string, into: Collecting): void {
  for (const [name, value] of Object.entries(mapping)) {
    const key = prefix + name;
    if (into.byKey.has(key)) {
      if (into.source.has(key)) throw new ConfigError(`${key}: given twice in ${into.path}`);
      if (value !== null) into.source.set(key, { value, origin: { kind: 'file', name: into.path } });
    } else if (isMapping(value)) {
      collect(value, `${key}.`, into);
    } else if (!collectPart(key, value, into)) {
      throw refuseKey({ key, value, from: into.path, known: [...into.byKey.keys()] });
    }
  }
}

/** Whether the key names a part of a setting; its parts are put together. */
function collectPart(key: string, value: unknown, { path, byKey, source }: Collecting): boolean {
  const whole = [...byKey.values()].find((named) => named.setting.isPrefix && key.startsWith(`${named.key}.`));
  if (whole === undefined) return false;
  const part = key.slice(whole.key.length + 1);
  const known = source.get(whole.key)?.value ?? {};
  if (!isMapping(known) || Object.hasOwn(known, part)) throw new ConfigError(`${key}: given twice in ${path}`);
  source.set(whole.key, { value: { ...known, [part]: value }, origin: { kind: 'file', name: path } });
  return true;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
