/** Writes `readX(reader, version)`: straight-line code, one object shape for all versions. */
import { bytesMin, choose, chooseInner, condition, flexibleLocal, flexibleTest, needsVersion } from './emit';
import { isEmpty } from './message';
import type { Field, FieldType, Message, Struct } from './message';
import { brandOf, defaultOf, isBigint, isExact, recordsAreChunks, typeScriptOf } from './types';

export function emitReader(struct: Struct, message: Message): string {
  const isRoot = struct === message.root;
  const version = isRoot || needsVersion(struct);
  const statements = struct.fields.map((field) => readStatement(field, struct, message));
  return `${isRoot ? `/** Reads the body of ${article(struct.name)} of ${versionsOf(message)}. Throws ProtocolError. */\nexport ` : ''}function read${struct.name}(reader: Reader${version ? `, ${isRoot && !needsVersion(struct) ? '_version' : 'version'}: number` : ''}): ${struct.name} {
${flexibleLocal(struct)}${statements.join('')}${taggedSection(struct, message)}return { ${struct.fields.map((field) => field.name).join(', ')} };
}
`;
}

const article = (name: string): string => `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
const versionsOf = (message: Message): string =>
  message.valid.min === message.valid.max
    ? `version ${message.valid.min}`
    : `versions ${message.valid.min} to ${message.valid.max}`;

function readStatement(field: Field, struct: Struct, message: Message): string {
  const type = typeScriptOf(field, message.name);
  if (field.tagged !== undefined) return `let ${field.name}: ${type} = ${defaultOf(field, message.name)};\n`;
  const present = condition(field.versions, struct.versions);
  if (field.type.kind === 'array') return readArray(field, struct, message, present);
  const value = readValue(field, struct, message);
  const choice = choose(present, value.includes(' ? ') ? `(${value})` : value, defaultOf(field, message.name));
  return `const ${field.name} = ${choice};\n`;
}

function readArray(field: Field, struct: Struct, message: Message, present: string | boolean): string {
  const type = typeScriptOf(field, message.name);
  if (present === true && isEmpty(field.nullable)) {
    const length = lengthOf(field, struct, 'never');
    return `const ${field.name}: ${type.replace('readonly ', '')} = [];
for (let left = ${length}; left > 0; left--) ${field.name}.push(${elementOf(field, struct, message)});\n`;
  }
  const initial = `let ${field.name}: ${type} = ${present === true ? 'null' : defaultOf(field, message.name)};\n`;
  const test = present === true ? '' : `if (${String(present)})`;
  return `${initial}${test} { ${assignedArray(field, struct, message)} }\n`;
}

/** Braces must stand around it. */
function assignedArray(field: Field, struct: Struct, message: Message): string {
  const element = typeScriptOf({ ...field, nullable: { min: 1, max: 0 } }, message.name).replace('readonly ', '');
  const push = `const list: ${element} = []; for (let left = length; left > 0; left--) list.push(${elementOf(field, struct, message)}); ${field.name} = list;`;
  const length = `const length = ${lengthOf(field, struct, 'byVersion')};`;
  return isEmpty(field.nullable)
    ? `${length} ${push}`
    : `${length} if (length < 0) ${field.name} = null; else { ${push} }`;
}

function lengthOf(field: Field, struct: Struct, nullable: 'never' | 'byVersion'): string {
  const type = field.type;
  if (type.kind !== 'array') throw new Error(`${field.name} is no array`);
  const least = bytesMin(type.element, field.versions, struct.flexible);
  const flexible = flexibleTest(struct, field.versions);
  const plain = chooseInner(flexible, `reader.compactArrayLength(${least})`, `reader.arrayLength(${least})`);
  if (nullable === 'never') return plain;
  const orNull = chooseInner(
    flexible,
    `reader.compactNullableArrayLength(${least})`,
    `reader.nullableArrayLength(${least})`,
  );
  return choose(condition(field.nullable, field.versions), orNull, plain);
}

function elementOf(field: Field, struct: Struct, message: Message): string {
  const type = field.type as Extract<FieldType, { kind: 'array' }>;
  return readValue({ ...field, type: type.element, nullable: { min: 1, max: 0 } }, struct, message, field);
}

function readValue(field: Field, struct: Struct, message: Message, named: Field = field): string {
  const type = field.type;
  if (type.kind === 'array') throw new Error('arrays are read by readArray');
  if (type.kind === 'struct') {
    const value = `read${type.struct.name}(reader${needsVersion(type.struct) ? ', version' : ''})`;
    const test = condition(field.nullable, field.versions);
    return choose(test, `reader.int8() < 0 ? null : ${value}`, value);
  }
  const flexible = flexibleTest(struct, field.versions);
  const nullable = condition(field.nullable, field.versions);
  const brand = brandOf(named);
  const cast = brand === undefined ? '' : ` as ${brand}`;
  switch (type.scalar) {
    case 'string':
      return sized('String', flexible, nullable);
    case 'bytes':
      return sized('Bytes', flexible, nullable);
    case 'records':
      return sized(recordsAreChunks(message.name) ? 'Chunks' : 'Bytes', flexible, nullable);
    case 'int64':
      if (isExact(named)) return 'reader.int64Exact()';
      return isBigint(named) ? 'reader.int64Bigint()' : `reader.int64()${cast}`;
    default:
      return `reader.${type.scalar}()${cast}`;
  }
}

function sized(kind: 'String' | 'Bytes' | 'Chunks', flexible: string | boolean, nullable: string | boolean): string {
  const small = kind.toLowerCase();
  const orNull = chooseInner(flexible, `reader.compactNullable${kind}()`, `reader.nullable${kind}()`);
  const plain = chooseInner(flexible, `reader.compact${kind}()`, `reader.${small}()`);
  return choose(nullable, orNull, plain);
}

function taggedSection(struct: Struct, message: Message): string {
  const test = condition(struct.flexible, struct.versions);
  if (test === false) return '';
  const tagged = struct.fields.filter((field) => field.tagged !== undefined);
  const body =
    tagged.length === 0
      ? 'reader.skipTaggedFields();'
      : `for (let left = reader.uvarint(); left > 0; left--) {
  const tag = reader.uvarint();
  const end = reader.taggedFieldEnd();
  switch (tag) {
    ${tagged.map((field) => taggedCase(field, struct, message)).join('')}
    default: reader.position = end;
  }
  reader.expectPosition(end);
}`;
  return test === true ? `${body}\n` : `if (flexible) ${tagged.length === 0 ? body : `{ ${body} }`}\n`;
}

/** A tag of a later version than the message's is no known field. */
function taggedCase(field: Field, struct: Struct, message: Message): string {
  const early = condition(field.versions, {
    min: Math.max(struct.flexible.min, struct.versions.min),
    max: struct.versions.max,
  });
  const always: Struct = { ...struct, flexible: field.versions };
  const read =
    field.type.kind === 'array'
      ? assignedArray(field, always, message)
      : `${field.name} = ${readValue(field, always, message)};`;
  const guarded = early === true ? read : `if (${String(early)}) { ${read} } else reader.position = end;`;
  return `case ${String(field.tagged?.tag)}: { ${guarded} break; }\n`;
}
