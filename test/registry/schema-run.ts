/**
 * One set of schemas in a registry: registered, verified by id and by subject and version, deleted softly and for good. Each step
 * counts the schemas it went right for and says what went wrong with the others.
 */
import { RegistryError, type RegistryClient } from './registry-client';
import { sameSchema, type TestSchema } from './schemas';

/** Registries write one record at a time: a few requests at once keep one busy. */
const CONCURRENT = 4;

export class SchemaRun {
  readonly schemas: readonly TestSchema[];
  /** What went wrong, a line each. */
  readonly failures: string[] = [];
  readonly #client: RegistryClient;
  readonly #ids = new Map<TestSchema, number>();
  readonly #bySubject: ReadonlyMap<string, readonly TestSchema[]>;

  constructor(client: RegistryClient, schemas: readonly TestSchema[]) {
    this.#client = client;
    this.schemas = schemas;
    const bySubject = new Map<string, TestSchema[]>();
    for (const schema of schemas) bySubject.set(schema.subject, [...(bySubject.get(schema.subject) ?? []), schema]);
    this.#bySubject = bySubject;
  }

  /** The number of schemas that got an id of their own. */
  async register(): Promise<number> {
    await this.#eachSubject(async (schemas) => {
      for (const schema of schemas) {
        this.#ids.set(schema, await this.#client.register(schema.subject, schema.type, schema.text));
      }
    });
    const owners = new Map<number, TestSchema>();
    for (const [schema, id] of this.#ids) {
      const owner = owners.get(id);
      if (owner === undefined) owners.set(id, schema);
      else this.#fail(schema, `has id ${id}, as ${owner.subject} version ${owner.version} has`);
    }
    return owners.size;
  }

  /** The number of schemas that come back as they were registered, by their id and by their subject and version. */
  async verify(): Promise<number> {
    let right = 0;
    await this.#eachSubject(async (schemas) => {
      for (const schema of schemas) if (await this.#isRight(schema)) right += 1;
    });
    return right;
  }

  async #isRight(schema: TestSchema): Promise<boolean> {
    const id = this.#ids.get(schema);
    if (id === undefined) return false;
    const stored = await this.#client.byVersion(schema.subject, schema.version);
    const found = `${stored.subject} version ${stored.version} id ${stored.id}`;
    if (found !== `${schema.subject} version ${schema.version} id ${id}`) {
      return this.#fail(schema, `expected id ${id}, got ${found}`);
    }
    for (const { type, text } of [stored, await this.#client.byId(id)]) {
      if (type !== schema.type || !sameSchema(type, schema.text, text)) {
        return this.#fail(schema, `came back as ${type} ${text.slice(0, 200)}`);
      }
    }
    return true;
  }

  /** All its subjects are listed: the registry has read them. */
  async isListed(): Promise<boolean> {
    const listed = new Set(await this.#client.subjects('present'));
    return [...this.#bySubject.keys()].every((subject) => listed.has(subject));
  }

  /** The newest version first, then the subject. The number of schemas that are no longer listed and still found by their id. */
  async deleteSoftly(): Promise<number> {
    let right = 0;
    await this.#eachSubject(async (schemas, subject) => {
      const newest = schemas.at(-1);
      if (newest !== undefined && schemas.length > 1) {
        await this.#client.deleteVersion(subject, newest.version);
        const left = await this.#client.versions(subject);
        if (
          left.join() !==
          schemas
            .slice(0, -1)
            .map(({ version }) => version)
            .join()
        ) {
          this.#fail(newest, `was deleted softly, and there are ${left.join()}`);
          return;
        }
      }
      await this.#client.deleteSubject(subject, 'soft');
      for (const schema of schemas) if (await this.#foundByIdOnly(schema)) right += 1;
    });
    await this.#checkLists({ present: false, deleted: true });
    return right;
  }

  async #foundByIdOnly(schema: TestSchema): Promise<boolean> {
    const id = this.#ids.get(schema);
    if (id === undefined) return false;
    if (!(await isMissing(this.#client.byVersion(schema.subject, schema.version)))) {
      return this.#fail(schema, 'was deleted softly and is there');
    }
    const { type, text } = await this.#client.byId(id);
    return (type === schema.type && sameSchema(type, schema.text, text)) || this.#fail(schema, `came back as ${text}`);
  }

  /** The number of schemas that are no longer found by their id either. */
  async deleteForGood(): Promise<number> {
    let right = 0;
    await this.#eachSubject(async (_schemas, subject) => this.#client.deleteSubject(subject, 'hard'));
    await this.#eachSubject(async (schemas) => {
      for (const schema of schemas) if (await this.#isGone(schema)) right += 1;
    });
    await this.#checkLists({ present: false, deleted: false });
    return right;
  }

  async #isGone(schema: TestSchema): Promise<boolean> {
    const id = this.#ids.get(schema);
    if (id === undefined) return false;
    return (await isMissing(this.#client.byId(id))) || this.#fail(schema, 'was deleted for good and is there');
  }

  async #checkLists(expected: { readonly present: boolean; readonly deleted: boolean }): Promise<void> {
    const present = new Set(await this.#client.subjects('present'));
    const all = new Set(await this.#client.subjects('and-deleted'));
    for (const subject of this.#bySubject.keys()) {
      if (present.has(subject) === expected.present && all.has(subject) === expected.deleted) continue;
      this.failures.push(`${subject}: listed ${present.has(subject)}, among the deleted ${all.has(subject)}`);
    }
  }

  #fail(schema: TestSchema, what: string): false {
    this.failures.push(`${schema.subject} version ${schema.version}: ${what}`);
    return false;
  }

  /** A subject's requests follow one another; a failure ends that subject only. */
  async #eachSubject(work: (schemas: readonly TestSchema[], subject: string) => Promise<void>): Promise<void> {
    const subjects = this.#bySubject.entries();
    const worker = async (): Promise<void> => {
      for (const [subject, schemas] of subjects) {
        try {
          await work(schemas, subject);
        } catch (error) {
          this.failures.push(`${subject}: ${String(error)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT }, worker));
  }
}

async function isMissing(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return false;
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return true;
    throw error;
  }
}
