/**
 * An answer as lines of text, one for each of its objects: where it stands, and its own fields as JSON. Error codes have their names,
 * what two brokers must say differently is masked (masks.ts), of words for people it is only told that they are there.
 */
import { batchesText } from './batches-text';
import type { Masks } from './masks';

/** What JSON holds. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainObject;
export interface PlainObject {
  readonly [name: string]: Plain;
}

/** Where the fields of the answer itself stand. */
const ROOT = '.';

/** Kafka gives no order to what stands in these fields; elements are ordered by the first of the names that they have. */
const UNORDERED = new Set([
  'apiKeys',
  'configs',
  'topics',
  'results',
  'partitions',
  'partitionResponses',
  'groups',
  'entity',
  'values',
]);
const ORDERED_BY = [
  'name',
  'topic',
  'partitionIndex',
  'resourceName',
  'groupId',
  'index',
  'apiKey',
  'entityType',
  'key',
];

export function answerText(answer: object, masks: Masks): string[] {
  const lines: string[] = [];
  addLines(lines, '', objectOf(answer, masks));
  return lines;
}

/** An answer's objects, as their own fields, by where they stand; the answer itself stands at ''. */
export function objectsOf(lines: readonly string[]): Map<string, PlainObject> {
  return new Map(
    lines.map((line) => {
      const space = line.indexOf(' {');
      const path = line.slice(0, space);
      return [path === ROOT ? '' : path, JSON.parse(line.slice(space + 1)) as PlainObject];
    }),
  );
}

function addLines(lines: string[], path: string, object: PlainObject): void {
  const own: Record<string, Plain> = {};
  const below: [string, PlainObject][] = [];
  for (const [name, value] of Object.entries(object)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (isObject(value)) below.push([at, value]);
    else if (Array.isArray(value) && value.some(isObject)) {
      for (const [index, each] of (value as PlainObject[]).entries()) {
        below.push([`${at}[${labelOf(name, each, index)}]`, each]);
      }
    } else own[name] = value;
  }
  lines.push(`${path === '' ? ROOT : path} ${JSON.stringify(own)}`);
  for (const [at, value] of below) addLines(lines, at, value);
}

/** Topics, settings and APIs are told by their names, so that one that is missing moves no others. */
const LABELS: Readonly<Record<string, string>> = {
  configs: 'name',
  synonyms: 'name',
  topics: 'name',
  apiKeys: 'apiKey',
};

function labelOf(name: string, element: PlainObject, index: number): string | number {
  const label = element[LABELS[name] ?? ''];
  return (typeof label === 'string' && label !== '') || typeof label === 'number' ? label : index;
}

function objectOf(value: object, masks: Masks): PlainObject {
  const plain: Record<string, Plain> = {};
  for (const [name, field] of Object.entries(value) as [string, unknown][]) {
    const masked = plainOf(name, field, masks);
    // Tagged objects of nothing but -1 are left out on the wire.
    if (!isObject(masked) || Object.values(masked).some((each) => each !== -1)) plain[name] = masked;
  }
  return plain;
}

function plainOf(name: string, value: unknown, masks: Masks): Plain {
  if (name === 'records' && Array.isArray(value)) return batchesText(Buffer.concat(value as Buffer[]), masks);
  if (Array.isArray(value)) {
    const elements = value.map((each: unknown) => plainOf(name, each, masks));
    return UNORDERED.has(name) ? elements.toSorted(byLabel) : elements;
  }
  if (typeof value === 'object' && value !== null) return objectOf(value, masks);
  return masks.field(name, value as string | number | bigint | boolean | null);
}

function byLabel(one: Plain, other: Plain): number {
  const [left, right] = [orderOf(one), orderOf(other)];
  return left < right ? -1 : Number(left > right);
}

function orderOf(element: Plain): string | number {
  const label = isObject(element) ? ORDERED_BY.map((name) => element[name]).find((value) => value !== undefined) : '';
  return typeof label === 'string' || typeof label === 'number' ? label : '';
}

const isObject = (value: Plain): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
