/** Writes `writeX(writer, value, version)`. A field that the version lacks is left out; null where it has no null becomes empty. */
import { choose, condition, flexibleLocal, flexibleTest, needsVersion } from './emit';
import { isEmpty } from './message';
import type { Field, FieldType, Message, Struct } from './message';
import { defaultOf, isBigint, isExact, recordsAreChunks } from './types';

export function emitWriter(struct: Struct, message: Message): string {
  const isRoot = struct === message.root;
  const version = isRoot || needsVersion(struct);
  const untagged = struct.fields.filter((field) => field.tagged === undefined);
  const body = `${flexibleLocal(struct)}${untagged.map((field) => writeStatement(field, struct, message)).join('')}${taggedSection(struct, message)}`;
  const unused = body.includes('value.') ? '' : '_';
  return `${isRoot ? 'export ' : ''}function write${struct.name}(writer: Writer, ${unused}value: ${struct.name}${version ? `, ${isRoot && !needsVersion(struct) ? '_version' : 'version'}: number` : ''}): void {
${body}}
`;
}

function writeStatement(field: Field, struct: Struct, message: Message): string {
  const present = condition(field.versions, struct.versions);
  const flexible = flexibleTest(struct, field.versions);
  const statement = writeField(field, flexible, message, 'writer');
  return present === true ? statement : `if (${String(present)}) { ${statement} }\n`;
}

function writeField(field: Field, flexible: string | boolean, message: Message, writer: string): string {
  const value = `value.${field.name}`;
  if (field.type.kind === 'array') return writeArray(field, flexible, message, writer);
  if (field.type.kind === 'struct') return writeStructField(field, field.type.struct, writer, value);
  const nullable = condition(field.nullable, field.versions);
  if (typeof nullable === 'string') {
    const orNull = writeScalar(field, flexible, true, message, writer, value);
    const plain = writeScalar(field, flexible, false, message, writer, `${value} ?? ${emptyOf(field, message)}`);
    return `if (${nullable}) { ${orNull} } else { ${plain} }\n`;
  }
  return writeScalar(field, flexible, nullable, message, writer, value);
}

const emptyOf = (field: Field, message: Message): string =>
  defaultOf({ ...field, default: undefined, nullable: { min: 1, max: 0 } }, message.name);

function writeStructField(field: Field, struct: Struct, writer: string, value: string): string {
  const write = `write${struct.name}(${writer}, ${value}${needsVersion(struct) ? ', version' : ''});`;
  if (isEmpty(field.nullable)) return `${write}\n`;
  return `if (${value} === null) ${writer}.int8(-1); else { ${writer}.int8(1); ${write} }\n`;
}

function writeScalar(
  field: Field,
  flexible: string | boolean,
  nullable: boolean,
  message: Message,
  writer: string,
  value: string,
): string {
  const scalar = (field.type as Extract<FieldType, { kind: 'scalar' }>).scalar;
  const call = (method: string): string => `${writer}.${method}(${value});`;
  switch (scalar) {
    case 'string':
    case 'bytes':
    case 'records': {
      const kind =
        scalar === 'string' ? 'String' : scalar === 'records' && recordsAreChunks(message.name) ? 'Chunks' : 'Bytes';
      const name = `${nullable ? 'Nullable' : ''}${kind}`;
      const compact = call(`compact${name}`);
      const plain = call(name.charAt(0).toLowerCase() + name.slice(1));
      return typeof flexible === 'boolean'
        ? `${choose(flexible, compact, plain)}\n`
        : `if (${flexible}) ${compact} else ${plain}\n`;
    }
    case 'int64':
      return `${call(isExact(field) ? 'int64Exact' : isBigint(field) ? 'int64Bigint' : 'int64')}\n`;
    default:
      return `${call(scalar)}\n`;
  }
}

function writeArray(field: Field, flexible: string | boolean, message: Message, writer: string): string {
  const type = field.type as Extract<FieldType, { kind: 'array' }>;
  const value = `value.${field.name}`;
  const nullable = condition(field.nullable, field.versions);
  const length = branch(
    flexible,
    `${writer}.compactArrayLength(${value}.length);`,
    `${writer}.arrayLength(${value}.length);`,
  );
  const element: Field = { ...field, type: type.element, nullable: { min: 1, max: 0 } };
  const each =
    type.element.kind === 'struct'
      ? writeStructField(element, type.element.struct, writer, 'element')
      : writeScalar(element, flexible, false, message, writer, 'element');
  const write = `${length} for (const element of ${value}) { ${each} }\n`;
  if (isEmpty(field.nullable)) return write;
  const nothing = branch(flexible, `${writer}.compactNullArray();`, `${writer}.nullArray();`);
  const none = branch(flexible, `${writer}.compactArrayLength(0);`, `${writer}.arrayLength(0);`);
  const whenNull = typeof nullable === 'string' ? `if (${nullable}) { ${nothing} } else { ${none} }` : nothing;
  return `if (${value} === null) { ${whenNull} } else { ${write} }\n`;
}

const branch = (test: string | boolean, yes: string, no: string): string =>
  typeof test === 'boolean' ? choose(test, yes, no) : `if (${test}) ${yes} else ${no}`;

function taggedSection(struct: Struct, message: Message): string {
  const test = condition(struct.flexible, struct.versions);
  if (test === false) return '';
  const tagged = struct.fields.filter((field) => field.tagged !== undefined);
  const body = tagged.length === 0 ? 'writer.uvarint(0);' : taggedFields(tagged, struct, message);
  return test === true ? `${body}\n` : `if (flexible) ${tagged.length === 0 ? body : `{ ${body} }`}\n`;
}

/** Ascending by tag, as KIP-482 asks; defaults are left out. */
function taggedFields(tagged: readonly Field[], struct: Struct, message: Message): string {
  const reach = { min: Math.max(struct.flexible.min, struct.versions.min), max: struct.versions.max };
  const ordered = [...tagged].sort((a, b) => (a.tagged?.tag ?? 0) - (b.tagged?.tag ?? 0));
  const tests = ordered.map((field) => {
    const present = condition(field.versions, reach);
    const differs = differsFromDefault(field, message);
    return `const with${capital(field.name)} = ${typeof present === 'string' ? `${present} && (${differs})` : differs};`;
  });
  const count = ordered.map((field) => `(with${capital(field.name)} ? 1 : 0)`).join(' + ');
  const writes = ordered.map(
    (field) =>
      `if (with${capital(field.name)}) { const field = new Writer(); ${writeField(field, true, message, 'field')} writer.taggedField(${String(field.tagged?.tag)}, field); }`,
  );
  return `${tests.join('\n')}\nwriter.uvarint(${count});\n${writes.join('\n')}`;
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function differsFromDefault(field: Field, message: Message): string {
  const value = `value.${field.name}`;
  if (field.type.kind === 'array') return field.default === 'null' ? `${value} !== null` : `${value}.length !== 0`;
  if (field.type.kind === 'scalar') {
    const plain = defaultOf(field, message.name).replace(/ as \w+$/, '');
    if (plain === 'true') return `!${value}`;
    return plain === 'false' ? value : `${value} !== ${plain}`;
  }
  return field.type.struct.fields
    .map((inner) => `${value}.${inner.name} !== ${defaultOf(inner, message.name).replace(/ as \w+$/, '')}`)
    .join(' || ');
}
