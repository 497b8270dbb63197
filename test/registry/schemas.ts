/**
 * Schemas to register: Avro, JSON Schema and Protobuf in turn, two versions of each subject, from a hundred bytes to some ten
 * kilobytes. All differ, so that a registry that mixes up two of them is caught.
 */
export type SchemaType = 'AVRO' | 'JSON' | 'PROTOBUF';

export interface TestSchema {
  readonly subject: string;
  /** From 1. */
  readonly version: number;
  readonly type: SchemaType;
  readonly text: string;
}

const TYPES: readonly SchemaType[] = ['AVRO', 'JSON', 'PROTOBUF'];
const LARGE_EVERY = 25;
const LARGE_FIELDS = 300;

/** `run` sets these schemas and their subjects apart from those of other runs: letters and digits. */
export function makeSchemas(run: string, count: number): readonly TestSchema[] {
  return Array.from({ length: count }, (_, index) => {
    const subjectNumber = Math.floor(index / 2);
    const version = 1 + (index % 2);
    const type = TYPES[subjectNumber % TYPES.length] ?? 'AVRO';
    const fieldCount = subjectNumber % LARGE_EVERY === LARGE_EVERY - 1 ? LARGE_FIELDS : 1 + ((subjectNumber * 7) % 20);
    const fields = Array.from({ length: fieldCount }, (_unused, field) => `field${field}`);
    const name = `Order${subjectNumber}${run}`;
    return {
      subject: `seaglass-${run}-${subjectNumber}-value`,
      version,
      type,
      text: WRITERS[type](name, version === 1 ? fields : [...fields, 'added']),
    };
  });
}

/** The first version's fields are required, `added` is not: each second version is a compatible one. */
const WRITERS: Readonly<Record<SchemaType, (name: string, fields: readonly string[]) => string>> = {
  AVRO: (name, fields) =>
    JSON.stringify({
      type: 'record',
      name,
      namespace: 'seaglass.test',
      fields: fields.map((field) =>
        field === 'added' ? { name: field, type: ['null', 'long'], default: null } : { name: field, type: 'string' },
      ),
    }),
  JSON: (name, fields) =>
    JSON.stringify({
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: name,
      type: 'object',
      properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])),
      required: fields.filter((field) => field !== 'added'),
      additionalProperties: false,
    }),
  PROTOBUF: (name, fields) =>
    [
      'syntax = "proto3";',
      'package seaglass.test;',
      '',
      `message ${name} {`,
      ...fields.map((field, index) => `  string ${field} = ${index + 1};`),
      '}',
      '',
    ].join('\n'),
};

/** The same schema, however the registry lays it out. */
export function sameSchema(type: SchemaType, one: string, other: string): boolean {
  return canonical(type, one) === canonical(type, other);
}

function canonical(type: SchemaType, text: string): string {
  return type === 'PROTOBUF' ? text.replace(/\s+/g, ' ').trim() : JSON.stringify(JSON.parse(text));
}
