/** What readers and writers share: conditions on versions, and choices that disappear where one side holds for every version. */
import { covers, intersect, isEmpty, within } from './message';
import type { FieldType, Range, Struct } from './message';

/** Whether a version of `reach` is in `range`: an expression, or true or false where it is the same for all. */
export function condition(range: Range, reach: Range): string | boolean {
  const both = intersect(range, reach);
  if (isEmpty(both)) return false;
  if (covers(both, reach)) return true;
  const parts: string[] = [];
  if (both.min > reach.min) parts.push(`version >= ${both.min}`);
  if (both.max < reach.max) parts.push(`version <= ${both.max}`);
  return parts.join(' && ');
}

export function choose(test: string | boolean, yes: string, no: string): string {
  if (test === true || yes === no) return yes;
  if (test === false) return no;
  return `${test} ? ${yes} : ${no}`;
}

/** As choose, but safe inside another choice. */
export function chooseInner(test: string | boolean, yes: string, no: string): string {
  const chosen = choose(test, yes, no);
  return chosen.includes(' ? ') ? `(${chosen})` : chosen;
}

/** A struct whose flexibility depends on the version says so once, in a local named `flexible`. */
export function flexibleTest(struct: Struct, reach: Range): string | boolean {
  const test = condition(struct.flexible, reach);
  return typeof test === 'string' ? 'flexible' : test;
}

export function flexibleLocal(struct: Struct): string {
  const test = condition(struct.flexible, struct.versions);
  return typeof test === 'string' ? `const flexible = ${test};\n` : '';
}

/** Whether reading or writing it asks for the version. */
export function needsVersion(struct: Struct): boolean {
  if (typeof condition(struct.flexible, struct.versions) === 'string') return true;
  return struct.fields.some((field) => {
    if (typeof condition(field.versions, struct.versions) === 'string') return true;
    if (typeof condition(field.nullable, field.versions) === 'string') return true;
    const type = field.type.kind === 'array' ? field.type.element : field.type;
    return type.kind === 'struct' && needsVersion(type.struct);
  });
}

/** The least bytes one value takes on the wire in any version of `reach`. */
export function bytesMin(type: FieldType, reach: Range, flexible: Range): number {
  let least = Infinity;
  for (let version = reach.min; version <= reach.max; version++) {
    least = Math.min(least, bytesAt(type, version, within(flexible, version)));
  }
  return least;
}

function bytesAt(type: FieldType, version: number, flexible: boolean): number {
  if (type.kind === 'array') return flexible ? 1 : 4;
  if (type.kind === 'struct') return structBytesAt(type.struct, version, flexible);
  switch (type.scalar) {
    case 'bool':
    case 'int8':
      return 1;
    case 'int16':
    case 'uint16':
      return 2;
    case 'int32':
    case 'uint32':
      return 4;
    case 'int64':
    case 'float64':
      return 8;
    case 'uuid':
      return 16;
    case 'string':
      return flexible ? 1 : 2;
    case 'bytes':
    case 'records':
      return flexible ? 1 : 4;
  }
}

function structBytesAt(struct: Struct, version: number, flexible: boolean): number {
  let bytes = flexible ? 1 : 0;
  for (const field of struct.fields) {
    if (field.tagged !== undefined || !within(field.versions, version)) continue;
    const nullableStruct = field.type.kind === 'struct' && !isEmpty(field.nullable);
    bytes += nullableStruct ? 1 : bytesAt(field.type, version, flexible);
  }
  return bytes;
}
