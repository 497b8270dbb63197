/**
 * The kinds of settings. A kind knows how a value is read from text (flags, environment) and from YAML alike, how it is
 * printed, and says in words what is allowed.
 */
import { z } from 'zod';
import { type Address, formatAddress, parseAddress } from './address';

export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  readonly default: T;
  /** What a refusal names; one line. */
  readonly allowed: string;
  /** One line, for --help and the table in README.md. */
  readonly meaning: string;
  readonly secret: boolean;
  readonly print: (value: T) => string;
  /** Of a value with parts that are refused each by its own name. Throws ConfigError. */
  readonly checkParts?: (value: T, at: SettingPlace) => void;
  /** Whether the file may name a part of it by key: `listener.name.external.ssl.client.auth` is one of `listener.name`. */
  readonly isPrefix?: boolean;
}

export type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** Which setting a value is of, and where it came from. */
export interface SettingPlace {
  readonly key: string;
  readonly from: string;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const BYTES_FORM = /^(\d+)\s*(KiB|MiB|GiB)?$/;

const numberFrom = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;

function bytesFrom(value: unknown): unknown {
  const match = typeof value === 'string' ? BYTES_FORM.exec(value) : null;
  return match === null ? value : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
}

export function printBytes(value: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
    const size = UNITS[unit] ?? 1;
    if (value >= size && value % size === 0) return `${value / size}${unit}`;
  }
  return String(value);
}

export function integer(initial: number, meaning: string, range: { min?: number; max?: number } = {}): Setting<number> {
  const min = range.min ?? 1;
  const max = range.max ?? 2_147_483_647;
  return {
    schema: z.preprocess(numberFrom, z.number().int().min(min).max(max)),
    default: initial,
    allowed: `a whole number from ${min} to ${max}`,
    meaning,
    secret: false,
    print: String,
  };
}

export function bytes(initial: number, meaning: string, range: { min?: number; max?: number } = {}): Setting<number> {
  const min = range.min ?? 1;
  const max = range.max ?? 1024 ** 4;
  return {
    schema: z.preprocess(bytesFrom, z.number().int().min(min).max(max)),
    default: initial,
    allowed: `a number of bytes from ${printBytes(min)} to ${printBytes(max)}, as 1048576 or 1MiB (KiB, MiB, GiB)`,
    meaning,
    secret: false,
    print: printBytes,
  };
}

/** `synonyms` are other words for values, taken and not printed. */
export function choice<const T extends string>(
  values: readonly T[],
  initial: NoInfer<T>,
  meaning: string,
  synonyms: Readonly<Record<string, NoInfer<T>>> = {},
): Setting<T> {
  const known = (value: unknown): unknown => (typeof value === 'string' ? (synonyms[value] ?? value) : value);
  return {
    // YAML 1.1 habits write `off` and `on` without quotes; YAML 1.2 reads them as text, booleans are true and false.
    schema: z.preprocess(known, z.enum(values)),
    default: initial,
    allowed: [...values, ...Object.keys(synonyms)].join(', '),
    meaning,
    secret: false,
    print: String,
  };
}

export function flag(initial: boolean, meaning: string): Setting<boolean> {
  const from = (value: unknown): unknown => (value === 'true' ? true : value === 'false' ? false : value);
  return {
    schema: z.preprocess(from, z.boolean()),
    default: initial,
    allowed: 'true, false',
    meaning,
    secret: false,
    print: String,
  };
}

interface TextForm {
  readonly pattern: RegExp;
  readonly allowed: string;
}

export function text(initial: string, meaning: string, form: TextForm): Setting<string> {
  return {
    schema: z.string().regex(form.pattern),
    default: initial,
    allowed: form.allowed,
    meaning,
    secret: false,
    print: String,
  };
}

export function optionalText(meaning: string, form: TextForm): Setting<string | undefined> {
  return {
    schema: z.string().regex(form.pattern).optional(),
    default: undefined,
    allowed: form.allowed,
    meaning,
    secret: false,
    print: (value) => value ?? '',
  };
}

/** As `optionalText`; its value is masked wherever it is shown. */
export function secretText(meaning: string, form: TextForm): Setting<string | undefined> {
  return { ...optionalText(meaning, form), secret: true };
}

const addressFrom = (portMin: number) =>
  z.string().transform((value, context): Address => {
    const address = parseAddress(value);
    if (address !== undefined && address.port >= portMin) return address;
    context.addIssue({ code: 'custom', message: 'not an address' });
    return z.NEVER;
  });

export function listenAddress(initial: string, meaning: string): Setting<Address> {
  return {
    schema: addressFrom(0),
    default: parseAddress(initial) ?? { host: initial, port: 0 },
    allowed: 'host:port or [v6 address]:port; port 0 takes a free one',
    meaning,
    secret: false,
    print: formatAddress,
  };
}

export function optionalAddress(meaning: string, options: { portMin: 0 | 1 }): Setting<Address | undefined> {
  return {
    schema: addressFrom(options.portMin).optional(),
    default: undefined,
    allowed: `host:port or [v6 address]:port, port ${options.portMin} to 65535`,
    meaning,
    secret: false,
    print: (value) => (value === undefined ? '' : formatAddress(value)),
  };
}

/** A list of server addresses. Kept as text: SeaweedFS writes `host:port.grpcPort`. */
export function servers(meaning: string): Setting<readonly string[]> {
  return texts([], meaning, SERVER);
}

const split = (value: unknown): unknown =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    : value;

interface ItemForm<T> {
  /** Undefined where the text is none. */
  readonly parse: (text: string) => T | undefined;
  readonly format: (item: T) => string;
  readonly allowed: string;
}

/** A list of things that have a form of their own: text parted by commas, or a YAML list. */
export function listOf<T>(initial: string, meaning: string, form: ItemForm<T>): Setting<readonly T[]> {
  const item = z.string().transform((value, context): T => {
    const parsed = form.parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: form.allowed });
    return z.NEVER;
  });
  const schema = z.preprocess(split, z.array(item).readonly());
  return {
    schema,
    default: schema.parse(initial),
    allowed: `${form.allowed}, several parted by commas`,
    meaning,
    secret: false,
    print: (value) => value.map(form.format).join(','),
  };
}

/** A list: text parted by commas, or a YAML list. */
export function texts(initial: readonly string[], meaning: string, form: TextForm): Setting<readonly string[]> {
  return {
    schema: z.preprocess(split, z.array(z.string().regex(form.pattern)).readonly()),
    default: initial,
    allowed: `${form.allowed}, several parted by commas`,
    meaning,
    secret: false,
    print: (value) => value.join(','),
  };
}

/** SeaweedFS's form of an address: the gRPC port follows a dot where it is not the HTTP port + 10000. */
export const SERVER: TextForm = {
  pattern: /^(?:\[[0-9a-fA-F:.]+\]|[^\s:,[\]/]+):\d{1,5}(?:\.\d{1,5})?$/,
  allowed: 'host:port or host:port.grpcPort',
};
