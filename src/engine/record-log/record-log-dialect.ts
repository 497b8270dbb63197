/** The record log as a dialect: `seaglass.v1.RecordLog` and the filer subset, both at one address (the embedded node's). */
import { engineClock } from '../engine-clock';
import type { Clock } from '../../clock';
import { Handover } from '../../handover';
import type { HandoverEnd } from '../../handover';
import { RecordLogService } from '../../rpc/record_log';
import type { DescribeNodeResponse } from '../../rpc/record_log';
import type { Instruments } from '../../telemetry/metrics/instruments';
import { int64Of } from '../../protocol/int64';
import type { Faults } from '../../drills/faults';
import { EMPTY_CENSUS } from '../../types';
import type { SettingTexts } from '../../topic-settings/holding';
import { topicConfig } from '../../topic-settings/topic-config';
import type { CallContext } from '../../telemetry/trace/operation';
import type { Offset, TopicPartition } from '../../types';
import type { PeerIdentity } from '../../tls/peer-identity';
import { addCensuses } from '../../audit/census';
import { RemovalMetrics } from '../../telemetry/metrics/removal-metrics';
import { EngineChannel } from '../channel/channel';
import type { EngineTargets } from '../channel/engine-targets';
import type { Assignment, Dialect } from '../dialect';
import { createFilerStore } from '../filer/filer-client';
import { FilerBatches } from './filer-batches';
import type { EngineSettings } from '../settings';
import { proofInBatch } from './batch-proof';
import { judgeBatches } from './judge-batches';
import { nullAnswer } from './null-answer';
import { publishMethod, subscribeMethod } from './methods';
import { RecordLogPublisher } from './record-log-publisher';
import { RecordLogSubscriber } from './record-log-subscriber';
import {
  toldLogStart,
  nodePartition,
  offsetOf,
  partitionOf,
  rangeOf,
  throwRefusal,
  toNumber,
  toTopic,
  topicOf,
  totalsOf,
  unitsOf,
} from './wire';
import type { BatchUnit, NodePartition } from './wire';
import type { EngineAbility } from '../../topic-settings/setting';

export interface RecordLogOptions {
  /** `unix:/path/of/socket` or `host:port`. */
  readonly address: string;
  /** One sentence; depends on how the node was started. */
  readonly ackMeaning: string;
  /** To the node, where it is a thread of this process. */
  readonly handover?: HandoverEnd;
  /** Who this side is to the node; plain where absent. */
  readonly tls?: (() => PeerIdentity | undefined) | undefined;
  /** What the node asks for with each call. */
  readonly token?: (() => string) | undefined;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly instruments: Instruments;
  /** Where the node's health is kept; nobody watches it where absent. */
  readonly targets?: EngineTargets;
  /** Counts what the node removes; made here where nobody else tells it anything. */
  readonly removals?: RemovalMetrics;
  /** Of drills. */
  readonly faults?: Faults | undefined;
  /** What holds where a topic has no setting of its own. */
  readonly topicDefaults?: SettingTexts;
  /** Told what the node says of itself, whenever it is asked. */
  readonly onDescribed?: (node: DescribeNodeResponse) => void;
}

export const RECORD_LOG_ABILITIES: ReadonlySet<EngineAbility> = new Set(['compaction', 'retention', 'segments']);
const KEEPALIVE_MS = 5_000;
const NO_DEFAULTS: SettingTexts = new Map();

export function createRecordLogDialect(options: RecordLogOptions): Dialect<BatchUnit, NodePartition> {
  const { address, settings, clock, instruments, faults } = options;
  const handover = options.handover === undefined ? undefined : new Handover(options.handover);
  const target = options.targets === undefined ? undefined : ({ role: 'node', targets: options.targets } as const);
  const { tls, token } = options;
  const connection = { address, settings, clock, instruments, target, faults, tls, token, keepaliveMs: KEEPALIVE_MS };
  const channel = new EngineChannel(connection);
  // Node's HTTP/2 stops reading a connection while a write to it is not taken. With much under way in both directions, both ends of one
  // connection would wait for the other to read, for ever; so what is appended goes by a connection of its own.
  const appends = new EngineChannel(connection);
  const batches = new FilerBatches(channel);
  return {
    name: 'record_log',
    ackMeaning: options.ackMeaning,
    abilities: RECORD_LOG_ABILITIES,
    backlog: 'session',
    keepsPublishersOpen: false,
    filer: createFilerStore({
      channel: () => channel,
      settings,
      clock,
      create: (request, context) => batches.create(request, context),
      errors: options.targets?.filerErrors(() => channel),
    }),
    ...topicCalls(channel, options.removals ?? new RemovalMetrics(instruments)),
    ...partitionCalls({ channel, appends, handover }, options),
    assign: (topic, partition) => Promise.resolve(assignment(address, nodePartition(topic, partition))),
    assemble(units) {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      let census = EMPTY_CENSUS;
      for (const unit of units) {
        chunks.push(unit.data);
        bytes += unit.bytes;
        census = addCensuses(census, unit.census);
      }
      return { chunks, bytes, census };
    },
    judge: (units, topic) =>
      judgeBatches(units, topicConfig(topic.configs, options.topicDefaults ?? NO_DEFAULTS).valueProof),
    channelStates: () =>
      new Map([
        [address, channel.state()],
        [`${address} (appends)`, appends.state()],
      ]),
    async problems(context) {
      try {
        options.onDescribed?.(await channel.unary(RecordLogService.describeNode, {}, context));
        return [];
      } catch (error) {
        return [error instanceof Error ? error.message : String(error)];
      }
    },
    async clock(context) {
      const askedMs = clock.nowMs();
      const told = Number((await channel.unary(RecordLogService.describeNode, {}, context)).nowMs);
      if (told === 0) return undefined;
      return engineClock(address, { fromMs: told, toMs: told }, { askedMs, answeredMs: clock.nowMs() });
    },
    close() {
      channel.close();
      appends.close();
      return Promise.resolve();
    },
  };
}

type RecordLogDialect = Dialect<BatchUnit, NodePartition>;
type RecordLogAssignment = Assignment<NodePartition>;

function assignment(address: string, details: NodePartition): RecordLogAssignment {
  const { topic, partition } = details;
  return { topicPartition: { topic, partition }, address, details };
}

function topicCalls(
  channel: EngineChannel,
  removals: RemovalMetrics,
): Pick<
  RecordLogDialect,
  'listTopics' | 'createTopic' | 'deleteTopic' | 'createPartitions' | 'alterTopicConfigs' | 'logDirs' | 'checkDisk'
> {
  return {
    async listTopics(context) {
      const answer = await channel.unary(RecordLogService.listTopics, {}, context);
      removals.heard(totalsOf(answer));
      removals.listed(answer.topics.map(toldLogStart));
      return answer.topics.map(toTopic);
    },
    async createTopic({ name, partitionCount, configs }, context) {
      const request = { name, partitionCount, configs: Object.fromEntries(configs), id: new Uint8Array() };
      return topicOf(await channel.unary(RecordLogService.createTopic, request, context), `creating topic ${name}`);
    },
    async deleteTopic(name, context) {
      const answer = await channel.unary(RecordLogService.deleteTopic, { name }, context);
      throwRefusal(answer.error, `deleting topic ${name}`);
    },
    async createPartitions(name, partitionCount, context) {
      const answer = await channel.unary(RecordLogService.createPartitions, { name, partitionCount }, context);
      return topicOf(answer, `raising the partitions of ${name} to ${partitionCount}`);
    },
    async alterTopicConfigs(name, configs, context) {
      const request = { name, configs: Object.fromEntries(configs) };
      return topicOf(await channel.unary(RecordLogService.alterTopicConfigs, request, context), `settings of ${name}`);
    },
    async checkDisk(bytes, context) {
      const answer = await channel.unary(RecordLogService.checkDisk, { bytes: BigInt(bytes) }, context);
      throwRefusal(answer.error, 'a check of the disk');
    },
    async logDirs(partitions, context) {
      const answer = await channel.unary(RecordLogService.describeLogDirs, {}, context);
      throwRefusal(answer.error, 'log directories');
      return {
        path: answer.directory,
        totalBytes: toNumber(answer.totalBytes, 'total bytes'),
        usableBytes: toNumber(answer.usableBytes, 'usable bytes'),
        partitions: answer.partitions.flatMap(({ topicPartition, sizeBytes }) => {
          const found = topicPartition && partitionOf(topicPartition);
          if (found === undefined || partitions.get(found.topic)?.has(found.partition) !== true) return [];
          return [{ ...found, sizeBytes: toNumber(sizeBytes, 'partition size') }];
        }),
      };
    },
  };
}

interface Routes {
  readonly channel: EngineChannel;
  readonly appends: EngineChannel;
  readonly handover: Handover | undefined;
}

function partitionCalls(
  { channel, appends, handover }: Routes,
  { settings, instruments, clock, faults }: RecordLogOptions,
): Pick<
  RecordLogDialect,
  'openSubscriber' | 'openPublisher' | 'range' | 'readBacklog' | 'findProof' | 'findOffset' | 'deleteRecords'
> {
  const read = async (
    { topicPartition, details }: RecordLogAssignment,
    offset: Offset,
    bytesMax: number,
    context: CallContext,
  ) => {
    const what = `read of ${nameOf(topicPartition)} at offset ${offset}`;
    const request = {
      topicPartition: details,
      offset: BigInt(offset),
      bytesMax: BigInt(bytesMax),
    };
    const answer = await channel.unary(RecordLogService.read, request, context);
    throwRefusal(answer.error, what);
    const isStruck = faults?.strike('null_answer', topicPartition) !== undefined;
    const records = isStruck ? undefined : answer.records;
    if (records === undefined) throw nullAnswer(instruments, topicPartition, what, context.operation);
    return { units: unitsOf(records, what), range: rangeOf(records) };
  };
  return {
    async openSubscriber({ details: topicPartition }, _topic, offset, context) {
      const stream = await channel.duplex(subscribeMethod, context, { greets: true });
      const { heartbeatIntervalMs } = settings;
      return new RecordLogSubscriber(stream, {
        topicPartition,
        offset,
        heartbeatIntervalMs,
        instruments,
        clock,
        handover,
        faults,
      });
    },
    async openPublisher({ details: topicPartition }, _topic, context) {
      const stream = await appends.duplex(publishMethod, context, { greets: true });
      const publisher = new RecordLogPublisher(stream, { topicPartition, handover, clock });
      try {
        await publisher.open(context);
      } catch (error) {
        publisher.close();
        throw error;
      }
      return publisher;
    },
    async range({ topicPartition, details }, _topic, context) {
      const request = { topicPartition: details };
      const answer = await channel.unary(RecordLogService.getPartitionRange, request, context);
      throwRefusal(answer.error, `range of ${nameOf(topicPartition)}`);
      return rangeOf(answer);
    },
    readBacklog: ({ assignment, offset, bytesMax }, context) => read(assignment, offset, bytesMax, context),
    async findProof({ assignment, offset }, context) {
      const { units } = await read(assignment, offset, 1, context);
      return units[0] === undefined ? undefined : proofInBatch(units[0], offset);
    },
    async findOffset({ assignment: { topicPartition, details }, target }, context) {
      const request = {
        topicPartition: details,
        target:
          target === 'max_timestamp'
            ? ({ $case: 'maxTimestamp', maxTimestamp: true } as const)
            : ({ $case: 'timestampMs', timestampMs: BigInt(target.timestampMs) } as const),
      };
      const answer = await channel.unary(RecordLogService.findOffset, request, context);
      throwRefusal(answer.error, `offset of a time in ${nameOf(topicPartition)}`);
      if (!answer.found) return undefined;
      return {
        offset: offsetOf(answer.offset, 'offset'),
        timestampMs: int64Of(answer.timestampMs),
      };
    },
    async deleteRecords({ assignment: { topicPartition, details }, before }, context) {
      const beforeOffset = before === 'high_watermark' ? -1n : BigInt(before);
      const request = { topicPartition: details, beforeOffset };
      const answer = await channel.unary(RecordLogService.deleteRecords, request, context);
      throwRefusal(answer.error, `deleting records of ${nameOf(topicPartition)} before ${before}`);
      return rangeOf(answer);
    },
  };
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
