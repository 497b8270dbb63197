/**
 * Kafka's message facts as the generator sees them: version ranges resolved, types parsed, every struct named once.
 */
import type { RawField, RawMessage } from './raw-message';

/** Versions min to max, both included; empty where min > max. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export type Scalar =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records';

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'struct'; readonly struct: Struct }
  | { readonly kind: 'array'; readonly element: Exclude<FieldType, { kind: 'array' }> };

export interface Field {
  /** As Kafka spells it, first letter small. */
  readonly name: string;
  readonly type: FieldType;
  /** The versions that carry it, cut to those its struct occurs in. */
  readonly versions: Range;
  readonly nullable: Range;
  readonly tagged: { readonly versions: Range; readonly tag: number } | undefined;
  readonly default: string | undefined;
  readonly entityType: string | undefined;
}

export interface Struct {
  readonly name: string;
  /** The versions it can occur in. */
  readonly versions: Range;
  readonly flexible: Range;
  readonly fields: readonly Field[];
}

export interface Message {
  readonly key: number;
  readonly name: string;
  readonly valid: Range;
  readonly flexible: Range;
  readonly latestVersionUnstable: boolean;
  readonly root: Struct;
  /** The root and every struct below it, parents first. */
  readonly structs: readonly Struct[];
}

const NONE: Range = { min: 1, max: 0 };
const SCALARS: ReadonlySet<string> = new Set(
  'bool int8 int16 uint16 int32 uint32 int64 float64 string uuid bytes records'.split(' '),
);

export const isEmpty = (range: Range): boolean => range.min > range.max;
export const covers = (outer: Range, inner: Range): boolean => outer.min <= inner.min && outer.max >= inner.max;
export const within = (range: Range, version: number): boolean => version >= range.min && version <= range.max;
export function intersect(a: Range, b: Range): Range {
  const range = { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) };
  return isEmpty(range) ? NONE : range;
}

/** "3", "3+", "3-7" or "none". */
export function parseRange(text: string | undefined): Range {
  if (text === undefined || text === 'none') return NONE;
  const match = /^(\d+)(\+|-(\d+))?$/.exec(text);
  if (match === null) throw new Error(`expected a version range, got "${text}"`);
  const min = Number(match[1]);
  if (match[2] === undefined) return { min, max: min };
  return { min, max: match[3] === undefined ? Number.MAX_SAFE_INTEGER : Number(match[3]) };
}

/** Throws where the facts hold what the generator does not know. */
export function parseMessage(raw: RawMessage, taken: Set<string>): Message {
  const valid = parseRange(raw.validVersions);
  const flexible = intersect(parseRange(raw.flexibleVersions), valid);
  const structs: Struct[] = [];
  const named = new Map((raw.commonStructs ?? []).map((struct) => [struct.name, struct.fields]));

  function structOf(name: string, fields: readonly RawField[], versions: Range): Struct {
    const unique = taken.has(name) ? `${raw.name}${name}` : name;
    if (taken.has(unique)) throw new Error(`two structs named ${unique} in ${raw.name}`);
    taken.add(unique);
    const place = structs.length;
    structs.push({ name: unique, versions, flexible: NONE, fields: [] });
    const parsed = fields.map((field) => fieldOf(field, versions)).filter((field) => !isEmpty(field.versions));
    const struct = { name: unique, versions, flexible: intersect(flexible, versions), fields: parsed };
    structs[place] = struct;
    return struct;
  }

  function fieldOf(field: RawField, reach: Range): Field {
    const tagged = parseRange(field.taggedVersions);
    const versions = intersect(parseRange(field.versions), reach);
    if (!isEmpty(tagged) && !covers(tagged, versions)) throw new Error(`${field.name} is tagged in some versions only`);
    return {
      name: field.name.charAt(0).toLowerCase() + field.name.slice(1),
      type: typeOf(field, field.type, versions),
      versions,
      nullable: intersect(parseRange(field.nullableVersions), versions),
      tagged: field.tag === undefined ? undefined : { versions: intersect(tagged, versions), tag: field.tag },
      default: field.default,
      entityType: field.entityType,
    };
  }

  function typeOf(field: RawField, type: string, versions: Range): FieldType {
    if (type.startsWith('[]')) {
      const element = typeOf(field, type.slice(2), versions);
      if (element.kind === 'array') throw new Error(`${field.name}: arrays of arrays are not known`);
      return { kind: 'array', element };
    }
    if (SCALARS.has(type)) return { kind: 'scalar', scalar: type as Scalar };
    const fields = field.fields ?? named.get(type);
    if (fields === undefined) throw new Error(`${field.name}: type ${type} is not known`);
    return { kind: 'struct', struct: structOf(type, fields, versions) };
  }

  const root = structOf(raw.name, raw.fields, valid);
  return {
    key: raw.apiKey ?? -1,
    name: raw.name,
    valid,
    flexible,
    latestVersionUnstable: raw.latestVersionUnstable ?? false,
    root,
    structs,
  };
}
