/**
 * The access control entries that all gateways of a filer share: one item each, named by the digest of what it says, so that an entry
 * made twice is there once. While one cannot be read the list is not whole: it may be one that denies.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { EngineError } from '../../engine-error';
import type { CallContext } from '../../telemetry/trace/operation';
import type { StoredState } from '../state/stored-state';
import type { Codec, WatchedDirectory } from '../state/watched-directory';
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

  watch(action: () => void): () => void {
    return this.#directory.watch(action);
  }

  /** Throws EngineError where it was not stored. */
  async add(acl: Acl, context: CallContext): Promise<void> {
    const name = nameOf(acl);
    if (this.#directory.get(name) === undefined) await this.#directory.put(name, acl, context);
  }

  /** Throws EngineError where it may still be there. */
  remove(acl: Acl, context: CallContext): Promise<void> {
    return this.#directory.delete(nameOf(acl), context);
  }
}
