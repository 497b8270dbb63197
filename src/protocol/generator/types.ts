/** Which TypeScript type a field has, and the literal of its default. */
import { isEmpty } from './message';
import type { Field, FieldType } from './message';

const PARTITION_NAMES: ReadonlySet<string> = new Set(['partition', 'partitionIndex', 'index']);
/** What clients store and are given back, or look for among what they stored. */
const EXACT_NAMES: ReadonlySet<string> = new Set(['committedOffset', 'timestamp', 'lastTimestamp']);
const PARTITION_LIST_NAMES: ReadonlySet<string> = new Set(['partitions', 'partitionIndexes']);

export type Brand = 'Offset' | 'PartitionId' | 'LeaderEpoch' | 'TopicId';

/** The brand of `src/types.ts` that a field's values carry; found by its name, as Kafka names them alike everywhere. */
export function brandOf(field: Field): Brand | undefined {
  const scalar = scalarOf(field.type);
  if (scalar === 'uuid') return /topicId$/i.test(field.name) ? 'TopicId' : undefined;
  if (scalar === 'int64') return /offset$|watermark$/i.test(field.name) && !isExact(field) ? 'Offset' : undefined;
  if (scalar !== 'int32') return undefined;
  const names = field.type.kind === 'array' ? PARTITION_LIST_NAMES : PARTITION_NAMES;
  if (names.has(field.name)) return 'PartitionId';
  return /leaderEpoch$|^epoch$|^lastFetchedEpoch$/i.test(field.name) ? 'LeaderEpoch' : undefined;
}

/** Producer ids use all 64 bits. */
export const isBigint = (field: Field): boolean =>
  scalarOf(field.type) === 'int64' && field.entityType === 'producerId';

/** An int64 that comes back as it was. */
export const isExact = (field: Field): boolean => scalarOf(field.type) === 'int64' && EXACT_NAMES.has(field.name);

export function scalarOf(type: FieldType): string | undefined {
  if (type.kind === 'array') return type.element.kind === 'scalar' ? type.element.scalar : undefined;
  return type.kind === 'scalar' ? type.scalar : undefined;
}

export function typeScriptOf(field: Field, messageName: string): string {
  const base = baseOf(field, messageName);
  const list = field.type.kind === 'array' ? `readonly ${base}[]` : base;
  return isEmpty(field.nullable) ? list : `${list} | null`;
}

function baseOf(field: Field, messageName: string): string {
  const type = field.type.kind === 'array' ? field.type.element : field.type;
  if (type.kind === 'struct') return type.struct.name;
  const brand = brandOf(field);
  if (brand !== undefined) return brand;
  if (isBigint(field)) return 'bigint';
  if (isExact(field)) return 'Int64';
  switch (type.scalar) {
    case 'bool':
      return 'boolean';
    case 'string':
    case 'uuid':
      return 'string';
    case 'bytes':
      return 'Uint8Array';
    case 'records':
      return recordsAreChunks(messageName) ? 'readonly Uint8Array[]' : 'Uint8Array';
    default:
      return 'number';
  }
}

/** A request's records arrive in one piece; an answer's leave in the pieces they are kept in. */
export const recordsAreChunks = (messageName: string): boolean => messageName.endsWith('Response');

/** The default as an expression. Arrays and structs are made anew where `fresh` asks for it. */
export function defaultOf(field: Field, messageName: string): string {
  if (field.default === 'null') return 'null';
  const type = field.type;
  if (type.kind === 'array') return '[]';
  if (type.kind === 'struct') return constantOf(type.struct.name);
  const value = field.default ?? '';
  const brand = brandOf(field);
  switch (type.scalar) {
    case 'bool':
      return value === 'true' ? 'true' : 'false';
    case 'string':
      return `'${value}'`;
    case 'uuid':
      return 'ZERO_TOPIC_ID';
    case 'bytes':
      return 'NO_BYTES';
    case 'records':
      return isEmpty(field.nullable) ? (recordsAreChunks(messageName) ? '[]' : 'NO_BYTES') : 'null';
    default: {
      const number = value === '' ? 0n : BigInt(value);
      if (isBigint(field)) return `${number}n`;
      const literal = number > BigInt(Number.MAX_SAFE_INTEGER) ? 'Number.MAX_SAFE_INTEGER' : `${number}`;
      return brand === undefined ? literal : `${literal} as ${brand}`;
    }
  }
}

/** The shared default value of a struct: values are never changed, so one is enough. */
export const constantOf = (structName: string): string =>
  `DEFAULT_${structName.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`;
