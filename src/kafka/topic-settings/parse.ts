/**
 * One setting's text to its value, refused in Kafka's words: key, value, and what is allowed. Numbers are bigint here, since Kafka's
 * "never" is 2^63 - 1; `canonical` is the text that is stored and described.
 */
import type { Allowed, SettingType, TopicSetting } from './setting';
import { INT_MAX, INT_MIN, LONG_MAX, LONG_MIN } from './setting';

export interface ParsedValue {
  readonly canonical: string;
  readonly value: boolean | string | bigint | number | readonly string[];
}

/** A value that is not allowed. The message is what the client is told. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
}

/** Throws InvalidSetting. */
export function parseSetting(setting: TopicSetting, text: string): ParsedValue {
  const trimmed = text.trim();
  switch (setting.type) {
    case 'boolean':
      return parseBoolean(setting, trimmed);
    case 'int':
    case 'long':
      return parseInteger(setting, trimmed);
    case 'double':
      return parseDouble(setting, trimmed);
    case 'list':
      return parseList(setting, trimmed);
    case 'string':
      return parseString(setting, trimmed);
  }
}

function parseBoolean(setting: TopicSetting, text: string): ParsedValue {
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw refused(setting, text, 'Expected value to be either true or false');
  return { canonical: lower, value: lower === 'true' };
}

function parseInteger(setting: TopicSetting, text: string): ParsedValue {
  // At most 20 characters: a longer text cannot be a 64-bit number and is not worth a bigint.
  const digits = /^[+-]?[0-9]{1,19}$/.test(text);
  const value = digits ? BigInt(text.startsWith('+') ? text.slice(1) : text) : undefined;
  const [min, max] = setting.type === 'int' ? [INT_MIN, INT_MAX] : [LONG_MIN, LONG_MAX];
  if (value === undefined || value < min || value > max) throw notANumber(setting, text);
  checkNumber(setting, text, value);
  return { canonical: value.toString(), value };
}

function parseDouble(setting: TopicSetting, text: string): ParsedValue {
  const value = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw notANumber(setting, text);
  const canonical = Number.isInteger(value) ? value.toFixed(1) : String(value);
  checkNumber(setting, canonical, value);
  return { canonical, value };
}

function parseString(setting: TopicSetting, text: string): ParsedValue {
  if (setting.allowed.kind === 'oneOf' && !setting.allowed.values.includes(text)) {
    throw refused(setting, text, `String must be one of: ${setting.allowed.values.join(', ')}`);
  }
  return { canonical: text, value: text };
}

function parseList(setting: TopicSetting, text: string): ParsedValue {
  const items = [...new Set(splitList(text))];
  if (setting.allowed.kind === 'subsetOf') {
    for (const item of items) {
      if (!setting.allowed.values.includes(item)) {
        throw refused(setting, item, `String must be one of: ${setting.allowed.values.join(', ')}`);
      }
    }
  }
  if (setting.allowed.kind === 'throttledReplicas' && !isThrottledReplicas(items)) {
    throw refused(
      setting,
      `[${items.join(', ')}]`,
      `${setting.name} must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...`,
    );
  }
  return { canonical: items.join(','), value: items };
}

/** The items of a list setting: separated by commas, blanks around them dropped; an empty text is an empty list. */
export function splitList(text: string): readonly string[] {
  const trimmed = text.trim();
  return trimmed === '' ? [] : trimmed.split(/\s*,\s*/);
}

function isThrottledReplicas(items: readonly string[]): boolean {
  if (items.length === 1 && items[0] === '*') return true;
  return items.every((item) => /^[0-9]+:[0-9]+$/.test(item));
}

function checkNumber(setting: TopicSetting, text: string, value: bigint | number): void {
  const wrong = numberProblem(setting.allowed, value);
  if (wrong !== undefined) throw refused(setting, text, wrong);
}

function numberProblem(allowed: Allowed, value: bigint | number): string | undefined {
  if (allowed.kind === 'range') {
    if (allowed.min !== undefined && value < allowed.min) return `Value must be at least ${allowed.min}`;
    if (allowed.max !== undefined && value > allowed.max) return `Value must be no more than ${allowed.max}`;
  }
  if (allowed.kind === 'levels' && value !== allowed.or && (value < allowed.min || value > allowed.max)) {
    return `Value must be between ${allowed.min} and ${allowed.max} or equal to ${allowed.or}`;
  }
  return undefined;
}

const TYPE_NAME: Readonly<Record<SettingType, string>> = {
  boolean: 'BOOLEAN',
  string: 'STRING',
  int: 'INT',
  long: 'LONG',
  double: 'DOUBLE',
  list: 'LIST',
};

function notANumber(setting: TopicSetting, text: string): InvalidSetting {
  return refused(setting, text, `Not a number of type ${TYPE_NAME[setting.type]}`);
}

/** Long values are cut: what a client sends must not fill answers and logs. */
function refused(setting: TopicSetting, value: string, why: string): InvalidSetting {
  const shown = value.length > 249 ? `${value.slice(0, 249)}…` : value;
  return new InvalidSetting(`Invalid value ${shown} for configuration ${setting.name}: ${why}`);
}
