/**
 * One setting's text, read as Kafka's ConfigDef reads it: each type's own forms, then what is allowed. The outcome is the canonical
 * text, the one that is described; a refusal has Kafka's words: key, value, and what is wrong.
 */
import { parseDouble, parseInteger, printDouble } from './java-numbers';
import { InvalidSetting, shortened } from './refusal';
import type { TopicSetting } from './setting';
import { INTEGERS } from './setting';

/** The canonical text. Throws InvalidSetting. */
export function readText(setting: TopicSetting, text: string): string {
  switch (setting.type) {
    case 'boolean':
      return readBoolean(setting, text);
    case 'int':
    case 'long':
      return readInteger(setting, text);
    case 'double':
      return readDouble(setting, text);
    case 'list':
      return readList(setting, text);
    case 'string':
      return readString(setting, text);
  }
}

/** The canonical text, or why there is none. */
export function tryRead(setting: TopicSetting, text: string): string | InvalidSetting {
  try {
    return readText(setting, text);
  } catch (error) {
    if (error instanceof InvalidSetting) return error;
    throw error;
  }
}

/** The items of a list setting: separated by commas, blanks around them dropped; an empty text is an empty list. */
export function splitList(text: string): readonly string[] {
  const trimmed = trim(text);
  return trimmed === '' ? [] : trimmed.split(',').map((item) => without(item, isListBlank));
}

/** As Java's String.trim: characters up to U+0020, controls included, and no blanks of other scripts. */
const trim = (text: string): string => without(text, (character) => character <= ' ');
/** What \s stands for in Java. */
const isListBlank = (character: string): boolean => ' \t\n\v\f\r'.includes(character);

/** Without such characters at either end; in one pass, however long the text is. */
function without(text: string, isBlank: (character: string) => boolean): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charAt(start))) start += 1;
  while (end > start && isBlank(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function readBoolean(setting: TopicSetting, text: string): string {
  const lower = trim(text).toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw refused(setting, text, 'Expected value to be either true or false');
  return lower;
}

function readInteger(setting: TopicSetting, text: string): string {
  const value = parseInteger(trim(text));
  const { min, max } = setting.type === 'int' ? INTEGERS.int : INTEGERS.long;
  if (value === undefined || value < min || value > max) throw notANumber(setting, text);
  checkNumber(setting, value.toString(), value);
  return value.toString();
}

function readDouble(setting: TopicSetting, text: string): string {
  const value = parseDouble(trim(text));
  if (value === undefined) throw notANumber(setting, text);
  checkNumber(setting, printDouble(value), value);
  return printDouble(value);
}

function readString(setting: TopicSetting, text: string): string {
  const trimmed = trim(text);
  checkWord(setting, trimmed);
  return trimmed;
}

function readList(setting: TopicSetting, text: string): string {
  const items = splitList(text);
  if (setting.allowed.kind === 'throttledReplicas') return readReplicas(setting, items);
  if (items.includes('')) throw new InvalidSetting(`Configuration '${setting.name}' values must not be empty.`);
  for (const item of items) checkWord(setting, item);
  return [...new Set(items)].join(',');
}

/** Items may be empty and come twice here. */
function readReplicas(setting: TopicSetting, items: readonly string[]): string {
  const isAll = items.length === 1 && items[0] === '*';
  if (isAll || items.every((item) => /^([0-9]+:[0-9]+)?$/.test(item))) return items.join(',');
  throw refused(
    setting,
    `[${items.join(', ')}]`,
    `${setting.name} must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...`,
  );
}

function checkWord(setting: TopicSetting, word: string): void {
  const { allowed } = setting;
  if ((allowed.kind !== 'oneOf' && allowed.kind !== 'subsetOf') || allowed.values.includes(word)) return;
  throw refused(setting, word, `String must be one of: ${allowed.values.join(', ')}`);
}

/** NaN is in every range, as it is for Kafka. */
function checkNumber(setting: TopicSetting, shown: string, value: bigint | number): void {
  const { allowed } = setting;
  if (allowed.kind === 'range') {
    const { min, max } = allowed;
    if (min !== undefined && value < min) throw refused(setting, shown, `Value must be at least ${min}`);
    if (max !== undefined && value > max) throw refused(setting, shown, `Value must be no more than ${max}`);
  }
  if (allowed.kind === 'levels' && value !== allowed.or && (value < allowed.min || value > allowed.max)) {
    throw refused(setting, shown, `Value must be between ${allowed.min} and ${allowed.max} or equal to ${allowed.or}`);
  }
}

const notANumber = (setting: TopicSetting, text: string): InvalidSetting =>
  refused(setting, text, `Not a number of type ${setting.type.toUpperCase()}`);

function refused(setting: TopicSetting, value: string, why: string): InvalidSetting {
  return new InvalidSetting(`Invalid value ${shortened(value)} for configuration ${setting.name}: ${why}`);
}
