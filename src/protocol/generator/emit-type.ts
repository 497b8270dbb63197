/** Writes a struct's interface, its factory, and the shared default where another struct holds it. */
import { isEmpty } from './message';
import type { Field, Message, Struct } from './message';
import { constantOf, defaultOf, typeScriptOf } from './types';

export function emitInterface(struct: Struct, message: Message): string {
  const fields = struct.fields.map((field) => {
    const note = noteOf(field, struct);
    return `${note}readonly ${field.name}: ${typeScriptOf(field, message.name)};\n`;
  });
  return `export interface ${struct.name} {\n${fields.join('')}}\n`;
}

/** Says which versions carry a field that not every version carries. */
function noteOf(field: Field, struct: Struct): string {
  const { min, max } = field.versions;
  const parts: string[] = [];
  if (min > struct.versions.min || max < struct.versions.max) {
    parts.push(
      max < struct.versions.max
        ? min === max
          ? `Version ${min} only.`
          : `Versions ${min} to ${max}.`
        : `From version ${min}.`,
    );
  }
  if (!isEmpty(field.nullable) && field.nullable.min > min) parts.push(`Null from version ${field.nullable.min}.`);
  if (field.tagged !== undefined) parts.push(`Tag ${field.tagged.tag}.`);
  return parts.length === 0 ? '' : `/** ${parts.join(' ')} */\n`;
}

export function emitFactory(struct: Struct, message: Message): string {
  const fields = struct.fields.map((field) => {
    const given = `fields.${field.name}`;
    const standard = defaultOf(field, message.name);
    return isEmpty(field.nullable)
      ? `${field.name}: ${given} ?? ${standard.includes(' as ') ? `(${standard})` : standard},\n`
      : `${field.name}: ${given} === undefined ? ${standard} : ${given},\n`;
  });
  const unused = fields.length === 0 ? '_' : '';
  return `/** A value with Kafka's defaults where nothing is given. */
export function create${struct.name}(${unused}fields: Partial<${struct.name}> = {}): ${struct.name} {
  return {
${fields.join('')}};
}
`;
}

/** Structs that stand in a field by themselves (not in an array) have a default value that all share. */
export function emitDefaults(messages: readonly Message[]): string {
  const names = new Set<string>();
  for (const message of messages) {
    for (const struct of message.structs) {
      for (const field of struct.fields) {
        if (field.type.kind === 'struct' && field.default !== 'null') names.add(field.type.struct.name);
      }
    }
  }
  return [...names].map((name) => `const ${constantOf(name)}: ${name} = create${name}();\n`).join('');
}
