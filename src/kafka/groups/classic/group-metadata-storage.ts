/**
 * Groups in the filer, one entry each, beside the directory of their offsets, where neither SeaweedFS's own Kafka gateway nor our listing
 * of committed offsets looks:
 *
 *   /topics/kafka/.meta/consumer_groups/<group>
 *
 * The content is drawn in `stored-group.ts`; names are escaped as those of offsets are (`filer-names.ts`).
 */
import { EngineError } from '../../../engine-error';
import type { Filer } from '../../../engine/engine';
import type { CallContext } from '../../../telemetry/trace/operation';
import type { StoredChanges } from '../../offsets-topic/offsets-log';
import { escapeName, unescapeName } from '../filer-names';
import type { StoredGroup } from './stored-group';
import { decodeGroup, encodeGroup } from './stored-group';

const DIRECTORY = '/topics/kafka/.meta/consumer_groups';
/** Kafka's bound is the largest batch of its offsets topic, 1 MiB. */
const ENTRY_BYTES_MAX = 8 * 1024 * 1024;

/** An entry that could be read, or what is wrong with it. */
export type LoadedEntry =
  | { readonly group: StoredGroup }
  /** `groupId` is undefined where the name is no group's. */
  | {
      readonly group: undefined;
      readonly name: string;
      readonly groupId: string | undefined;
      readonly damage: EngineError;
    };

/** Every method throws EngineError. */
export class GroupMetadataStorage {
  readonly #filer: Filer;
  readonly #changes: StoredChanges | undefined;

  /** `changes` are told of every group that was stored or removed. */
  constructor(filer: Filer, changes?: StoredChanges) {
    this.#filer = filer;
    this.#changes = changes;
  }

  /** Overwrites what was there. Throws EngineError('record_too_large') past 8 MiB. */
  async put(group: StoredGroup, context: CallContext): Promise<void> {
    const content = encodeGroup(group);
    if (content.length > ENTRY_BYTES_MAX) {
      const what = `a group with ${group.members.length} members takes ${content.length} bytes`;
      throw new EngineError('record_too_large', `${what}, more than the ${ENTRY_BYTES_MAX} that an entry may have`);
    }
    await this.#filer.put(DIRECTORY, escapeName(group.id), content, context);
    this.#changes?.stored(group);
  }

  /** Whether this is what is there; undefined: nothing. */
  async holds(groupId: string, group: StoredGroup | undefined, context: CallContext): Promise<boolean> {
    const entry = await this.#filer.get(DIRECTORY, escapeName(groupId), context);
    if (entry === undefined || group === undefined) return entry === group;
    return Buffer.compare(entry.content, encodeGroup(group)) === 0;
  }

  /** An absent group is no error. */
  async delete(groupId: string, context: CallContext): Promise<void> {
    await this.#filer.delete(DIRECTORY, escapeName(groupId), { recursive: false }, context);
    this.#changes?.removed(groupId);
  }

  /** What a load waits for, as spans name it. */
  loadCall(): Readonly<Record<string, string | number>> {
    return this.#filer.listCall?.() ?? {};
  }

  /** In the order of entries' names. */
  async *load(context: CallContext): AsyncGenerator<LoadedEntry> {
    for await (const entry of this.#filer.list(DIRECTORY, context)) {
      if (!entry.isDirectory) yield read(entry.name, entry.content);
    }
  }
}

function read(name: string, content: Uint8Array): LoadedEntry {
  const groupId = unescapeName(name);
  try {
    const group = decodeGroup(content);
    if (group.id === groupId) return { group };
    const damage = new EngineError('storage_error', 'a stored group cannot be read: it has the name of another one');
    return { group: undefined, name, groupId, damage };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { group: undefined, name, groupId, damage: error };
  }
}
