/** The REST interface that registries share: Confluent's, which Apicurio (as `/apis/ccompat/v7`) and Karapace speak too. */
import type { SchemaType } from './schemas';

export interface StoredSchema {
  readonly id: number;
  readonly subject: string;
  readonly version: number;
  readonly type: SchemaType;
  readonly text: string;
}

/** What a registry answers besides success. */
export class RegistryError extends Error {
  readonly status: number;

  constructor(method: string, path: string, status: number, text: string) {
    super(`${method} ${path}: ${status} ${text.slice(0, 500)}`);
    this.status = status;
  }
}

const REQUEST_DEADLINE_MS = 60_000;

export class RegistryClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '');
  }

  /** Resolves with the schema's id. */
  async register(subject: string, type: SchemaType, text: string): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const answer = (await this.#ask('POST', path, { schemaType: type, schema: text })) as { readonly id: number };
    return answer.id;
  }

  async byId(id: number): Promise<Pick<StoredSchema, 'type' | 'text'>> {
    const answer = (await this.#ask('GET', `/schemas/ids/${id}`)) as Answer;
    return { type: answer.schemaType ?? 'AVRO', text: answer.schema };
  }

  async byVersion(subject: string, version: number): Promise<StoredSchema> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
    const answer = (await this.#ask('GET', path)) as Answer & Omit<StoredSchema, 'type' | 'text'>;
    const { id, subject: named, version: numbered } = answer;
    return { id, subject: named, version: numbered, type: answer.schemaType ?? 'AVRO', text: answer.schema };
  }

  async versions(subject: string): Promise<readonly number[]> {
    return (await this.#ask('GET', `/subjects/${encodeURIComponent(subject)}/versions`)) as number[];
  }

  /** `and-deleted`: also those that were deleted softly. */
  async subjects(which: 'present' | 'and-deleted'): Promise<readonly string[]> {
    return (await this.#ask('GET', which === 'present' ? '/subjects' : '/subjects?deleted=true')) as string[];
  }

  /** Softly: the version is no longer listed, its schema is still found by its id. */
  async deleteVersion(subject: string, version: number): Promise<void> {
    await this.#ask('DELETE', `/subjects/${encodeURIComponent(subject)}/versions/${version}`);
  }

  /** `hard` needs a subject that was deleted softly. */
  async deleteSubject(subject: string, how: 'soft' | 'hard'): Promise<void> {
    await this.#ask('DELETE', `/subjects/${encodeURIComponent(subject)}${how === 'hard' ? '?permanent=true' : ''}`);
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { Accept: 'application/json', 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
      signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new RegistryError(method, path, response.status, text);
    return JSON.parse(text);
  }
}

interface Answer {
  readonly schema: string;
  /** Confluent's registry leaves it out for Avro. */
  readonly schemaType?: SchemaType;
}
