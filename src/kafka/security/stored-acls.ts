/**
 * The access control entries that all gateways of a filer share: one item each, named by the digest of what it says, so that an entry
 * made twice is there once. While one cannot be read the list is not whole: it may be one that denies.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { EngineError } from '../../engine-error';
import type { CallContext } from '../../telemetry/trace/operation';
import type { StoredState } from '../state/stored-state';
import type { Codec, Difference, WatchedDirectory } from '../state/watched-directory';
import { type Acl, aclKey, OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES } from './acl';

const FORMAT = 1;

const namesOf = <T extends string>(codes: Readonly<Record<T, number>>) => z.enum(Object.keys(codes) as [T, ...T[]]);

const STORED = z.object({
  version: z.literal(FORMAT),
  resourceType: namesOf(RESOURCE_TYPES),
  resourceName: z.string().min(1),
  patternType: namesOf(PATTERN_TYPES),
  principal: z.string(),
  host: z.string(),
  operation: namesOf(OPERATIONS),
  permission: namesOf(PERMISSIONS),
});

const CODEC: Codec<Acl> = {
  encode: (acl) => Buffer.from(JSON.stringify({ version: FORMAT, ...acl })),
  decode: (content) => {
    try {
      const { version: _, ...acl } = STORED.parse(JSON.parse(Buffer.from(content).toString()));
      return acl;
    } catch (error) {
      throw new EngineError('storage_error', 'expected a stored access control entry', error);
    }
  },
};

/** What is there as it is wanted. */
const KEPT = 'kept';

const nameOf = (acl: Acl): string => createHash('sha256').update(aclKey(acl)).digest('hex');

export class StoredAcls {
  readonly #directory: WatchedDirectory<Acl>;

  /** To be made before `state` is started. */
  constructor(state: StoredState) {
    this.#directory = state.directory('acls', CODEC);
  }

  /** Whether all of them are known. */
  get isWhole(): boolean {
    return this.#directory.isLoaded && this.#directory.unreadable.size === 0;
  }

  /** Resolves once they were read; they may still not be whole. */
  get loaded(): Promise<void> {
    return this.#directory.loaded;
  }

  get size(): number {
    return this.#directory.entries().size;
  }

  all(): Iterable<Acl> {
    return this.#directory.entries().values();
  }

  watch(action: (difference: Difference<Acl>) => void): () => void {
    return this.#directory.watch(action);
  }

  /** Those that are not there yet, in one change; undefined for each that is there now, in their order. */
  add(acls: readonly Acl[], context: CallContext): Promise<readonly (EngineError | undefined)[]> {
    return this.#change(acls, context, (name, acl) => (this.#directory.get(name) === undefined ? acl : KEPT));
  }

  /** In one change; undefined for each that is not there any more, in their order. */
  remove(acls: readonly Acl[], context: CallContext): Promise<readonly (EngineError | undefined)[]> {
    return this.#change(acls, context, () => undefined);
  }

  /** Each name once, whatever was asked how often. */
  async #change(
    acls: readonly Acl[],
    context: CallContext,
    wanted: (name: string, acl: Acl) => Acl | typeof KEPT | undefined,
  ): Promise<readonly (EngineError | undefined)[]> {
    const names = acls.map(nameOf);
    const changes = new Map<string, Acl | undefined>();
    for (const [index, acl] of acls.entries()) {
      const name = names[index] ?? '';
      const value = wanted(name, acl);
      if (value !== KEPT) changes.set(name, value);
    }
    const failures = changes.size === 0 ? [] : await this.#directory.change([...changes], context);
    const byName = new Map([...changes.keys()].map((name, index) => [name, failures[index]]));
    return names.map((name) => byName.get(name));
  }
}
