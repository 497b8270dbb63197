/**
 * What Kafka knows of a topic and SeaweedMQ has no field for, as one small entry each in the filer:
 *
 *     /topics/kafka/.meta/seaglass/topics/<name>
 *     {"version":1,"id":"…","partitionCount":2,"generation":"1795404462073956617","configs":{…},"logStarts":{"0":17}}
 *
 * `generation` is the unix_time_ns of the partitions the entry was made with; `logStarts` holds the partitions whose log does not
 * begin at 0. Names are escaped as in URLs, dots too. A topic made by others has no entry: its id is made of its name and generation, so that
 * every gateway gives it the same.
 */
import { createHash } from 'node:crypto';
import { toOffset, toTopicId } from '../../../types';
import type { Offset, PartitionId, TopicId } from '../../../types';
import type { Topic } from '../../engine';
import { EngineError } from '../../../engine-error';
import { partitionDirectory, ringRange, TOPICS_DIRECTORY } from './partition-ring';

export const META_NAME = '.meta';
export const STATE_DIRECTORY = `${TOPICS_DIRECTORY}/${META_NAME}/seaglass/topics`;
const VERSION = 1;

export interface TopicState {
  readonly topic: Topic;
  readonly generation: bigint;
  readonly logStarts: ReadonlyMap<PartitionId, Offset>;
  /** False for a topic that others made and no gateway has kept anything of. */
  readonly stored: boolean;
}

/** Where the engine keeps a partition's log files. */
export function directoryOf({ topic, generation }: TopicState, partition: PartitionId): string {
  const { start: rangeStart, stop: rangeStop } = ringRange(partition, topic.partitionCount);
  return partitionDirectory(topic.name, { rangeStart, rangeStop, unixTimeNs: generation });
}

export const stateName = (topic: string): string => encodeURIComponent(topic).replace(/\./g, '%2E');

export function topicOfStateName(name: string): string {
  return decodeURIComponent(name);
}

/** The id of a topic's first generation: the same before its state is stored and afterwards. */
export function firstTopicId(name: string, generation: bigint): TopicId {
  const digest = createHash('sha256').update(`seaglass topic ${name} ${generation}`).digest();
  return toTopicId(digest.subarray(0, 16).toString('base64url'));
}

export function encodeTopicState({ topic, generation, logStarts }: TopicState): Buffer {
  return Buffer.from(
    JSON.stringify({
      version: VERSION,
      id: topic.id,
      partitionCount: topic.partitionCount,
      generation: String(generation),
      configs: Object.fromEntries(topic.configs),
      logStarts: Object.fromEntries(logStarts),
    }),
  );
}

/** Throws EngineError('storage_error') where the entry is not one. */
export function decodeTopicState(name: string, content: Uint8Array): TopicState {
  const expected = (what: string): EngineError =>
    new EngineError('storage_error', `the stored settings of topic ${name}: expected ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(content).toString('utf8'));
  } catch (error) {
    throw new EngineError('storage_error', `the stored settings of topic ${name} are no JSON`, error);
  }
  if (!isObject(value) || value['version'] !== VERSION) throw expected(`version ${VERSION}`);
  const { id, partitionCount, generation, configs, logStarts } = value;
  if (typeof id !== 'string' || !/^[\w-]{22}$/.test(id)) throw expected('an id');
  if (typeof partitionCount !== 'number' || !(partitionCount > 0)) throw expected('a partition count');
  if (typeof generation !== 'string' || !/^\d{1,20}$/.test(generation)) throw expected('a generation');
  if (!isObject(configs) || !isObject(logStarts)) throw expected('settings and log starts');
  return {
    topic: {
      name,
      id: toTopicId(id),
      partitionCount,
      configs: new Map(Object.entries(configs).map(([key, text]) => [key, String(text)])),
    },
    generation: BigInt(generation),
    logStarts: new Map(
      Object.entries(logStarts).map(([key, start]) => [Number(key) as PartitionId, toOffset(Number(start))]),
    ),
    stored: true,
  };
}

/** What the engine itself keeps of a topic: how many partitions, and since when. Undefined where the file does not say. */
export function readTopicConf(
  content: Uint8Array,
): { readonly partitionCount: number; readonly generation: bigint } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(content).toString('utf8'));
  } catch {
    return undefined;
  }
  const assignments = isObject(value) ? value['brokerPartitionAssignments'] : undefined;
  if (!Array.isArray(assignments) || assignments.length === 0) return undefined;
  const first: unknown = assignments[0];
  const partition = isObject(first) ? first['partition'] : undefined;
  const time = isObject(partition) ? partition['unixTimeNs'] : undefined;
  if (typeof time !== 'string' || !/^\d{1,20}$/.test(time)) return undefined;
  return { partitionCount: assignments.length, generation: BigInt(time) };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
