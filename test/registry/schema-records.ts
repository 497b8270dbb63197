/** Records as registries write them: keys and values are JSON, and a key names its kind first. */

export const schemaKey = (subject: string, version: number): string =>
  JSON.stringify({ keytype: 'SCHEMA', subject, version, magic: 1 });

export const configKey = (subject: string | null): string => JSON.stringify({ keytype: 'CONFIG', subject, magic: 0 });

export const deleteSubjectKey = (subject: string): string =>
  JSON.stringify({ keytype: 'DELETE_SUBJECT', subject, magic: 0 });

export interface SchemaRecord {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  /** Bytes of the schema's documentation, which is what makes it long or short. */
  readonly size?: number;
  readonly deleted?: boolean;
}

export function schemaValue({ subject, version, id, size = 40, deleted = false }: SchemaRecord): string {
  const fields = [{ name: `f${id}`, type: 'string' }];
  const schema = JSON.stringify({ type: 'record', name: 'R', doc: `${id} ${'é'.repeat(size)}`, fields });
  return JSON.stringify({ subject, version, id, schema, deleted });
}
