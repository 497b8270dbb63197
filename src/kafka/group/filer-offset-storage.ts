/**
 * Committed offsets in the filer, in the layout that SeaweedFS's own Kafka gateway uses, so that both read each other's:
 *
 *   /topics/kafka/.meta/consumer_offsets/<group>/<topic>/<partition>/offset
 *   {"type":"offset","value":42,"committed_at":1700000000000,"metadata":"","leader_epoch":3}
 *
 * `leader_epoch` is ours and left out where the client gave none. Names are escaped (`filer-names.ts`).
 */
import { EngineError } from '../../engine/engine-error';
import type { FilerStore } from '../../engine/engine';
import type { CallContext } from '../../telemetry/operation';
import { toOffset, toPartitionId } from '../../types';
import type { TopicPartition } from '../../types';
import { escapeName, unescapeName } from './filer-names';
import { mapBounded } from './map-bounded';
import type { CommittedOffset, OffsetStorage, PartitionOffset } from './offset-storage';
import { byTopicAndPartition, checkCommit, closedError } from './offset-storage';

const ROOT = '/topics/kafka/.meta/consumer_offsets';
const ENTRY = 'offset';
/** Filer calls in flight for one request. */
const CALLS_MAX = 32;

export class FilerOffsetStorage implements OffsetStorage {
  private readonly filer: FilerStore;
  private closed = false;

  constructor(filer: FilerStore) {
    this.filer = filer;
  }

  async commit(group: string, offset: PartitionOffset, context: CallContext): Promise<void> {
    this.checkOpen();
    checkCommit(group, offset);
    await this.filer.put(directoryOf(group, offset), ENTRY, encode(offset), context);
  }

  async fetch(group: string, of: TopicPartition, context: CallContext): Promise<CommittedOffset | undefined> {
    this.checkOpen();
    const directory = directoryOf(group, of);
    const entry = await this.filer.get(directory, ENTRY, context);
    return entry === undefined ? undefined : decode(entry.content, directory);
  }

  async fetchAll(group: string, context: CallContext): Promise<readonly PartitionOffset[]> {
    this.checkOpen();
    const partitions: TopicPartition[] = [];
    const groupDirectory = `${ROOT}/${escapeName(group)}`;
    for (const topic of await this.directoriesIn(groupDirectory, context)) {
      for (const name of await this.directoriesIn(`${groupDirectory}/${topic}`, context)) {
        if (/^[0-9]{1,10}$/.test(name)) {
          partitions.push({ topic: unescapeName(topic), partition: toPartitionId(Number(name)) });
        }
      }
    }
    const offsets = await mapBounded(partitions, CALLS_MAX, async (of) => {
      const committed = await this.fetch(group, of, context);
      return committed === undefined ? [] : [{ ...of, ...committed }];
    });
    return offsets.flat().sort(byTopicAndPartition);
  }

  async deleteOffsets(group: string, of: readonly TopicPartition[], context: CallContext): Promise<void> {
    this.checkOpen();
    await mapBounded(of, CALLS_MAX, async (each) => {
      const topicDirectory = `${ROOT}/${escapeName(group)}/${escapeName(each.topic)}`;
      await this.filer.delete(topicDirectory, String(each.partition), { recursive: true }, context);
    });
  }

  async deleteGroup(group: string, context: CallContext): Promise<void> {
    this.checkOpen();
    await this.filer.delete(ROOT, escapeName(group), { recursive: true }, context);
  }

  async listGroups(context: CallContext): Promise<readonly string[]> {
    this.checkOpen();
    const names = await this.directoriesIn(ROOT, context);
    // Directories outlive the offsets in them; a group is one that has some.
    const found = await mapBounded(names, CALLS_MAX, async (name) => {
      const group = unescapeName(name);
      return (await this.hasOffset(group, context)) ? [group] : [];
    });
    return found.flat().sort();
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private async hasOffset(group: string, context: CallContext): Promise<boolean> {
    const groupDirectory = `${ROOT}/${escapeName(group)}`;
    for (const topic of await this.directoriesIn(groupDirectory, context)) {
      for (const name of await this.directoriesIn(`${groupDirectory}/${topic}`, context)) {
        if ((await this.filer.get(`${groupDirectory}/${topic}/${name}`, ENTRY, context)) !== undefined) return true;
      }
    }
    return false;
  }

  private async directoriesIn(directory: string, context: CallContext): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const entry of this.filer.list(directory, context)) if (entry.isDirectory) names.push(entry.name);
    return names;
  }

  private checkOpen(): void {
    if (this.closed) throw closedError();
  }
}

function directoryOf(group: string, of: TopicPartition): string {
  return `${ROOT}/${escapeName(group)}/${escapeName(of.topic)}/${of.partition}`;
}

function encode(offset: PartitionOffset): Uint8Array {
  const entry = {
    type: 'offset',
    value: offset.offset,
    committed_at: offset.committedAtMs,
    metadata: offset.metadata,
    ...(offset.leaderEpoch >= 0 ? { leader_epoch: offset.leaderEpoch } : {}),
  };
  return new TextEncoder().encode(JSON.stringify(entry));
}

/** What cannot be read is an error: taking it for absent would lose the group's place. */
function decode(content: Uint8Array, where: string): CommittedOffset {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(content));
  } catch (cause) {
    throw new EngineError(
      'storage_error',
      `expected JSON in ${where}/${ENTRY}, got ${content.length} other bytes`,
      cause,
    );
  }
  const { value, committed_at, metadata, leader_epoch } = (parsed ?? {}) as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(value) || (value as number) < -1) {
    throw new EngineError('storage_error', `expected a committed offset in ${where}/${ENTRY}, got another entry`);
  }
  return {
    offset: toOffset(value as number),
    leaderEpoch: Number.isSafeInteger(leader_epoch) ? (leader_epoch as number) : -1,
    metadata: typeof metadata === 'string' ? metadata : '',
    committedAtMs: Number.isSafeInteger(committed_at) ? (committed_at as number) : 0,
  };
}
