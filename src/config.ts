/**
 * The effective configuration: flags before environment before file before defaults, every value checked, every value with
 * its origin. The only place that reads the environment.
 */
import { ConfigError, refuseValue } from './config/config-error';
import { type ConfiguredListener, configuredListeners } from './config/configured-listeners';
import { NAMED_SETTINGS, toEngineSettings, type Values } from './config/settings';
import {
  configPathOf,
  type Environment,
  fromEnvironment,
  fromFile,
  fromFlags,
  type Origin,
  type Source,
} from './config/sources';
import type { EngineSettings } from './engine/settings';

export { ConfigError } from './config/config-error';

/** One setting as it holds. */
export interface EffectiveSetting {
  readonly key: string;
  /** As text; masked where it is a secret. */
  readonly value: string;
  readonly origin: Origin;
}

export interface Config extends Values {
  readonly engineSettings: EngineSettings;
  /** At least one, in the order of `listen`. */
  readonly listeners: readonly ConfiguredListener[];
  /** log.format decided: `auto` is pretty where standard error is a terminal. */
  readonly logForm: 'json' | 'pretty';
  /** The standard OTEL_* variables, verbatim. */
  readonly otel: Readonly<Record<string, string>>;
  /** Every setting, and the OTEL_* variables, for printing. */
  readonly effective: readonly EffectiveSetting[];
}

export interface ConfigSources {
  /** By setting key. */
  readonly flags?: ReadonlyMap<string, string>;
  /** Before SEAGLASS_CONFIG. */
  readonly configPath?: string | undefined;
  /** Defaults to the process's own. */
  readonly environment?: Environment;
  /** Whether log lines go to a terminal; asked of standard error by default. */
  readonly terminal?: boolean;
}

const SECRET_MASK = '********';
const DEFAULT_ORIGIN: Origin = { kind: 'default', name: '' };

/** Throws ConfigError with the key, the value and what is allowed. */
export function loadConfig(sources: ConfigSources = {}): Config {
  const environment = sources.environment ?? process.env;
  const path = sources.configPath ?? configPathOf(environment);
  const ordered: readonly Source[] = [
    fromFlags(sources.flags ?? new Map()),
    fromEnvironment(environment),
    path === undefined ? new Map() : fromFile(path),
  ];
  const { values, effective } = resolve(ordered);
  checkTogether(values);
  const terminal = sources.terminal ?? process.stderr.isTTY;
  const otel = otelOf(environment);
  return {
    ...values,
    engineSettings: toEngineSettings(values),
    listeners: configuredListeners(values),
    logForm: values.log.format === 'auto' ? (terminal ? 'pretty' : 'json') : values.log.format,
    otel,
    effective: [...effective, ...effectiveOtel(otel)],
  };
}

function resolve(ordered: readonly Source[]): { values: Values; effective: readonly EffectiveSetting[] } {
  const sections: Record<string, Record<string, unknown>> = {};
  const effective: EffectiveSetting[] = [];
  for (const { section, field, key, setting } of NAMED_SETTINGS) {
    const raw = ordered.map((source) => source.get(key)).find((found) => found !== undefined);
    let value = setting.default;
    if (raw !== undefined) {
      const parsed = setting.schema.safeParse(raw.value);
      if (!parsed.success) {
        const shown = setting.secret ? SECRET_MASK : raw.value;
        throw refuseValue({ key, value: shown, from: describeOrigin(raw.origin), allowed: setting.allowed });
      }
      value = parsed.data;
      setting.checkParts?.(value, { key, from: describeOrigin(raw.origin) });
    }
    (sections[section] ??= {})[field] = value;
    const printed = setting.print(value);
    effective.push({
      key,
      value: setting.secret && printed !== '' ? SECRET_MASK : printed,
      origin: raw?.origin ?? DEFAULT_ORIGIN,
    });
  }
  // The loop above filled every field of every section with its own schema's output.
  return { values: sections as unknown as Values, effective };
}

export function describeOrigin(origin: Origin): string {
  if (origin.kind === 'flag') return origin.name;
  if (origin.kind === 'default') return 'default';
  return origin.kind === 'file' ? `file ${origin.name}` : `environment ${origin.name}`;
}

function checkTogether({ general, node, limits }: Values): void {
  if (limits.connectionsPerAddressMax === 0 && limits.connectionsPerAddressMaxOverrides.length === 0) {
    throw new ConfigError(
      'limits.connections-per-address-max is 0, which lets only addresses of limits.connections-per-address-max-overrides in, and there are none',
    );
  }
  if (general.engine === 'seaweedmq') {
    if (general.brokers.length === 0 && general.masters.length === 0) {
      throw new ConfigError('engine seaweedmq needs brokers (host:17777) or masters (host:9333), and has neither');
    }
    if (general.filer === undefined) throw new ConfigError('engine seaweedmq needs filer (host:8888), and has none');
    if (node.connect !== undefined) throw new ConfigError('node.connect is for engine embedded, not seaweedmq');
  }
}

function otelOf(environment: Environment): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[0].startsWith('OTEL_') && entry[1] !== undefined && entry[1] !== '',
  );
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Headers carry tokens, and an address may carry a password. */
function effectiveOtel(otel: Readonly<Record<string, string>>): EffectiveSetting[] {
  return Object.entries(otel).map(([key, value]) => ({
    key,
    value: /HEADERS|KEY|TOKEN|SECRET|PASSWORD/.test(key)
      ? SECRET_MASK
      : value.replace(/\/\/[^/@\s]+@/g, `//${SECRET_MASK}@`),
    origin: { kind: 'environment', name: key },
  }));
}
