/** SeaweedMQ as a dialect: `messaging_pb.SeaweedMessaging` at the partitions' leaders and the filer, through the cluster's channels. */
import { type EngineClock, engineClock } from '../engine-clock';
import { setMaxListeners } from 'node:events';
import { SeaweedMessagingService } from '../../rpc/mq_broker';
import type { Logger } from '../../telemetry/log/log';
import type { CallContext, OperationSource } from '../../telemetry/trace/operation';
import { countRemoved } from '../../telemetry/metrics/removal-metrics';
import { writeRemoval } from '../../telemetry/metrics/removal';
import type { Removal } from '../../telemetry/metrics/removal';
import type { SettingTexts } from '../../topic-settings/holding';
import { toOffset } from '../../types';
import type { Offset, PartitionId, TopicPartition } from '../../types';
import type { Assignment, BacklogRead, Dialect, Judged } from '../dialect';
import type { LogDirs, PartitionRange, PartitionsByTopic, Topic } from '../engine';
import { EngineError, isUnreachable } from '../../engine-error';
import type { EngineChannel } from '../channel/channel';
import { createFilerStore } from '../filer/filer-client';
import { runPhase } from '../../waiting/phase';
import { MqCluster } from './mq-cluster';
import type { ClusterOptions } from './mq-cluster';
import { deletedContents } from './log/deleted-contents';
import type { PartitionContents } from './log/deleted-contents';
import { findFirst, findNewest } from './log/find-offset';
import { DoubtfulAcks } from './log/doubtful-acks';
import { FlushWatch } from './log/flush-watch';
import type { FlushWatchOptions } from './log/flush-watch';
import { bytesOf, LogFiles } from './log/log-files';
import { logSizes } from './log/log-sizes';
import type { SizedPartition } from './log/log-sizes';
import { rangeTo } from './topics/mq-partition';
import type { MqPartition } from './topics/mq-partition';
import { MqPartitions } from './topics/mq-partitions';
import { openPublisher } from './publish/open-publisher';
import { findAssignment, TOPICS_DIRECTORY } from './topics/partition-ring';
import type { MqPublisher, PublisherOptions } from './publish/mq-publisher';
import { faultyValues } from '../partition/read-result';
import { ignoreShared } from '../../waiting/deadline';
import { systemRandom } from '../../random';
import type { FoundProof, ProofSource } from '../../audit/proofs';
import { recordSettings } from './topics/record-settings';
import type { RecordSettings } from './topics/record-settings';
import { judgeUnits, unreadProof } from './proof/judge-units';
import type { RecordProof } from './proof/proof-block';
import { ProofStore } from './proof/proof-store';
import { strikeValues } from '../unit-damage';
import { recordDamage } from './records/damage-record';
import { judgedUnits } from './records/judged-units';
import { assembleBatches } from './records/records';
import type { RecordTime, RecordUnit } from './records/record-unit';
import { MqSubscriber } from './subscribe/mq-subscriber';
import { openSubscription } from './subscribe/subscription';
import { directoryOf } from './topics/topic-state';
import { MqTopics } from './topics/mq-topics';
import type { EngineAbility } from '../../topic-settings/setting';

type MqAssignment = Assignment<MqPartition>;
type SeaweedMqDialect = Dialect<RecordUnit, MqPartition>;

export interface SeaweedMqOptions extends ClusterOptions {
  /** What holds where a topic has no setting of its own. */
  readonly topicDefaults: SettingTexts;
  readonly log: Logger;
  /** For keeping proofs of values in the filer; without it they are kept in memory alone. */
  readonly operations?: OperationSource;
  /** Told of brokers that do not write what they ack; nobody looks where absent. */
  readonly watchFlushes?: Pick<FlushWatchOptions, 'telemetry' | 'intervalMs'>;
}

export const SEAWEEDMQ_ABILITIES: ReadonlySet<EngineAbility> = new Set(['envelopes']);
const ACK_MEANING =
  'the broker has the records in its memory; it writes them to the filer every 5 s or 8 MiB, and a broker that is killed before loses them';
/** The share of a call's deadline that asking for the sizes of log files may take. */
const SIZES_SHARE = 0.6;

/** Throws EngineError('invalid_config') for addresses that are none. */
export function createSeaweedMqDialect(options: SeaweedMqOptions): SeaweedMqDialect {
  return new SeaweedMq(options);
}

class SeaweedMq implements SeaweedMqDialect {
  readonly name = 'seaweedmq';
  readonly ackMeaning = ACK_MEANING;
  readonly abilities = SEAWEEDMQ_ABILITIES;
  readonly backlog = 'log';
  readonly keepsPublishersOpen = true;
  readonly filer: SeaweedMqDialect['filer'];
  readonly #options: SeaweedMqOptions;
  readonly #cluster: MqCluster;
  readonly #files: LogFiles;
  readonly #topics: MqTopics;
  readonly #proofs: ProofStore;
  readonly #doubts: DoubtfulAcks | undefined;
  readonly #flushes: FlushWatch | undefined;
  readonly #lifetime = new AbortController();
  readonly #partitions: MqPartitions;

  constructor(options: SeaweedMqOptions) {
    const { settings, clock, instruments, log } = options;
    // Every call in flight listens to it.
    setMaxListeners(0, this.#lifetime.signal);
    this.#options = options;
    this.#cluster = new MqCluster(options);
    this.#files = new LogFiles(this.#cluster);
    const filer = (): EngineChannel => this.#cluster.filer();
    const errors = options.targets?.filerErrors(filer);
    this.filer = createFilerStore({ channel: filer, settings, clock, errors, faults: options.faults });
    const { operations } = options;
    this.#proofs = new ProofStore({ filer: this.filer, clock, random: systemRandom, instruments, log, operations });
    const parts = { cluster: this.#cluster, files: this.#files, proofs: this.#proofs };
    this.#partitions = new MqPartitions({ ...parts, clock, instruments });
    this.#topics = new MqTopics({
      cluster: this.#cluster,
      filer: this.filer,
      clock,
      log,
      highWatermark: (topic, led, context) =>
        this.#partitions.of(topic, led.partition).log.end.ask(led.leaderBroker, context),
      lifetime: this.#lifetime.signal,
    });
    const generationOf = (topic: string, context: CallContext) => this.#topics.generation(topic, context);
    const { watchFlushes: watched } = options;
    const deadlineMs = settings.callDeadlineMs;
    const logStartOf = ({ topic, partition }: TopicPartition): Offset => this.#topics.logStart(topic, partition);
    const looks = { clock, deadlineMs, generationOf, logStartOf };
    this.#doubts = watched && new DoubtfulAcks({ ...looks, telemetry: watched.telemetry });
    this.#flushes = watched && this.#doubts && new FlushWatch({ ...watched, ...looks, doubts: this.#doubts });
    instruments.observe('seaglass_log_start_offset', () => this.#topics.logStarts());
  }

  listTopics(context: CallContext): Promise<readonly Topic[]> {
    return this.#topics.list(context);
  }

  createTopic(...parameters: Parameters<SeaweedMqDialect['createTopic']>): Promise<Topic> {
    return this.#topics.create(...parameters);
  }

  async deleteTopic(name: string, context: CallContext): Promise<void> {
    const topic = this.#topics.state(name)?.topic;
    const contents = topic === undefined ? [] : await this.#contents(topic, context);
    await this.#topics.delete(name, context);
    for (const removal of contents) this.#removed(removal);
    // Whoever asked for it may be gone by now.
    const { signal } = this.#lifetime;
    await this.#proofs.topicDeleted(name, { ...context, signal }).catch(ignoreShared);
    this.#partitions.topicDeleted(name);
  }

  createPartitions(name: string, partitionCount: number, context: CallContext): Promise<Topic> {
    return this.#topics.grow(name, partitionCount, context);
  }

  alterTopicConfigs(name: string, configs: ReadonlyMap<string, string>, context: CallContext): Promise<Topic> {
    return this.#topics.alter(name, configs, context);
  }

  /** The sizes of the log files. The filer alone is asked: a broker that is late with who leads is none of this. */
  async logDirs(asked: PartitionsByTopic, context: CallContext): Promise<LogDirs> {
    const wanted: SizedPartition[] = [];
    for (const [topic, partitions] of asked) {
      const state = this.#topics.state(topic);
      if (state === undefined) continue;
      for (const partition of partitions) {
        wanted.push({ topic, partition, directory: directoryOf(state, partition) });
      }
    }
    const { clock, settings } = this.#options;
    // Before the call as a whole is late.
    const deadlineMs = settings.callDeadlineMs * SIZES_SHARE;
    const partitions = await logSizes(wanted, this.#files, { clock, deadlineMs }, context);
    return { path: TOPICS_DIRECTORY, totalBytes: -1, usableBytes: -1, partitions };
  }

  async assign(topic: Topic, partition: TopicPartition['partition'], context: CallContext): Promise<MqAssignment> {
    const assignments = await this.#topics.lookUp(topic.name, context);
    const found = findAssignment(assignments, partition);
    if (found === undefined || assignments.length !== topic.partitionCount) {
      throw new EngineError(
        'partition_not_found',
        `partition ${partition} of ${topic.name}: the engine has ${assignments.length} partitions, expected ${topic.partitionCount}`,
      );
    }
    if (found.leaderBroker === '') {
      throw new EngineError('not_leader', `partition ${partition} of ${topic.name} has no leader`);
    }
    const details = this.#partitions.of(topic.name, found.partition);
    return { topicPartition: { topic: topic.name, partition }, address: found.leaderBroker, details };
  }

  /** What was kept of the broker's memory may be another broker's now. */
  doubted({ details, topicPartition }: MqAssignment, error: unknown): void {
    details.log.forget();
    // A log that cannot be read is still the same broker's.
    if (!(error instanceof EngineError) || error.code !== 'contradiction') details.log.end.brokerInDoubt();
    this.#topics.doubt(topicPartition.topic, error instanceof EngineError && !isUnreachable(error));
  }

  async openSubscriber(
    assignment: MqAssignment,
    topic: Topic,
    offset: Offset,
    context: CallContext,
  ): Promise<MqSubscriber> {
    const { address: leader, details, topicPartition: at } = assignment;
    const { instruments, clock, settings } = this.#options;
    const options = { cluster: this.#cluster, topic: topic.name, partition: details.partition, leader, offset };
    const subscription = await openSubscription(options, context);
    const what = `the log's record for ${subscription.what}`;
    const channelState = (): string => this.#cluster.channel(leader).state();
    const phase = {
      clock,
      name: 'subscriber.init',
      deadlineMs: settings.callDeadlineMs,
      what,
      channelState,
    } as const;
    const lookUp = (offsetAt: Offset, outer: CallContext) =>
      runPhase(outer, phase, async (inner) => {
        const range = await this.range(assignment, topic, inner);
        const isThere = offsetAt < range.highWatermark;
        const unit = isThere ? await details.log.at({ leader, offset: offsetAt, range }, inner) : undefined;
        const [judged] = unit === undefined ? [] : await this.#judged([unit], { assignment, topic, range }, inner);
        return { unit: judged, range };
      });
    return new MqSubscriber({ subscription, lookUp, instruments, at }, context.operation);
  }

  async openPublisher(assignment: MqAssignment, topic: Topic, context: CallContext): Promise<MqPublisher> {
    const { address: leader, details, topicPartition } = assignment;
    const { clock, instruments, log } = this.#options;
    const settings = (): RecordSettings => this.#settings(this.#topics.state(topic.name)?.topic ?? topic);
    const logStartOffset = (): Offset => this.#topics.logStart(topic.name, topicPartition.partition);
    const options = { cluster: this.#cluster, leader, details, topicPartition, clock, instruments, log };
    const { proofs } = details;
    const proved: PublisherOptions['proved'] = (offset, { proof, tsNs }, origin) => {
      if (proof !== undefined) proofs.note(offset, proof, tsNs, origin);
    };
    const flushes = this.#flushes?.of(details, leader, topicPartition);
    return openPublisher({ ...options, settings, logStartOffset, proved, flushes }, context);
  }

  async range(
    { address, details, topicPartition }: MqAssignment,
    topic: Topic,
    context: CallContext,
  ): Promise<PartitionRange> {
    const { end } = await details.log.end.find(address, context);
    return rangeTo(end, this.#topics.logStart(topic.name, topicPartition.partition));
  }

  async readBacklog(
    { assignment, topic, offset, bytesMax, range }: Parameters<SeaweedMqDialect['readBacklog']>[0],
    context: CallContext,
  ): Promise<BacklogRead<RecordUnit>> {
    const { log } = assignment.details;
    const found = await log.read({ leader: assignment.address, offset, bytesMax, range }, context);
    const units = await this.#judged(found, { assignment, topic, range }, context);
    // The log may have grown since it was asked where it ends.
    const end = toOffset((units.at(-1)?.lastOffset ?? offset - 1) + 1);
    return { units, range: end > range.highWatermark ? rangeTo(end, range.logStartOffset) : range };
  }

  async findOffset(
    { assignment, topic, target }: Parameters<SeaweedMqDialect['findOffset']>[0],
    context: CallContext,
  ): Promise<RecordTime | undefined> {
    const range = await this.range(assignment, topic, context);
    const searched = { log: assignment.details.log, leader: assignment.address, range };
    if (target === 'max_timestamp') return findNewest(searched, context);
    return findFirst(searched, target.timestampMs, context);
  }

  async deleteRecords(
    { assignment, topic, before }: Parameters<SeaweedMqDialect['deleteRecords']>[0],
    context: CallContext,
  ): Promise<PartitionRange> {
    const range = await this.range(assignment, topic, context);
    const offset = before === 'high_watermark' ? range.highWatermark : before;
    if (offset > range.highWatermark) {
      throw new EngineError('offset_out_of_range', `deleting before ${offset}: the log ends at ${range.highWatermark}`);
    }
    // The broker may say too much of the end: a log start must not lie behind records that are still to come.
    const { log } = assignment.details;
    if (offset > range.logStartOffset && offset > (await log.end.kept(context))) {
      await log.at({ leader: assignment.address, offset: toOffset(offset - 1), range }, context);
    }
    await this.#topics.moveLogStart(topic.name, assignment.topicPartition.partition, offset, context);
    const { logStartOffset: from } = range;
    // The log files stay until the topic is deleted.
    const gone = { from, to: offset, records: offset - from, bytes: 0 };
    if (offset > from) {
      await this.#proofs.deletedBelow(assignment.details.proofs, offset, context).catch(ignoreShared);
    }
    if (offset > from) this.#removed({ ...assignment.topicPartition, cause: 'delete_records', ...gone });
    return this.range(assignment, topic, context);
  }

  assemble(
    ...[units, topic, offset]: Parameters<SeaweedMqDialect['assemble']>
  ): ReturnType<SeaweedMqDialect['assemble']> {
    return assembleBatches(units, this.#settings(topic), offset);
  }

  judge(units: readonly RecordUnit[]): Judged<RecordUnit> {
    return judgedUnits(units);
  }

  async findProof(
    { assignment, offset }: Parameters<SeaweedMqDialect['findProof']>[0],
    context: CallContext,
  ): Promise<FoundProof | undefined> {
    const { proofs } = assignment.details;
    const known = proofs.known(offset);
    if (known !== undefined) return foundProof(known, 'memory');
    const stored = (await this.#proofs.load(proofs, offset, context))?.block.get(offset);
    return stored === undefined ? undefined : foundProof(stored, 'filer');
  }

  channelStates(): ReadonlyMap<string, string> {
    return this.#cluster.channelStates();
  }

  async problems(context: CallContext): Promise<readonly string[]> {
    const problems: string[] = [];
    const check = async (work: Promise<unknown>): Promise<void> => {
      try {
        await work;
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    };
    await Promise.all([
      check(this.#cluster.anyBroker(SeaweedMessagingService.listTopics, {}, context)),
      check(this.filer.get('/topics', 'kafka', context)),
    ]);
    return problems;
  }

  /** The filer's, by the header of an answer, which has whole seconds. */
  async clock(context: CallContext): Promise<EngineClock | undefined> {
    const { clock } = this.#options;
    const askedMs = clock.nowMs();
    const { address, dateMs } = await this.#cluster.filerHttp.date(context);
    if (dateMs === undefined) return undefined;
    return engineClock(address, { fromMs: dateMs, toMs: dateMs + 1_000 }, { askedMs, answeredMs: clock.nowMs() });
  }

  async close(): Promise<void> {
    this.#flushes?.close();
    this.#doubts?.close();
    await this.#proofs.close();
    this.#lifetime.abort();
    this.#cluster.close();
  }

  /** Throws 'corrupt_batch' where the first of them is not what was produced, 'unavailable' where that cannot be known now of a null or an empty value. */
  async #judged(
    units: readonly RecordUnit[],
    { assignment, topic, range }: { assignment: MqAssignment; topic: Topic; range: PartitionRange },
    context: CallContext,
  ): Promise<readonly RecordUnit[]> {
    if (this.#settings(topic).valueProof === 'off') return units;
    const { details, address: leader, topicPartition } = assignment;
    const { log, proofs } = details;
    const options = { store: this.#proofs, proofs, log, leader, range };
    const { faults } = this.#options;
    // Drills strike before the proofs are asked, as a damaged log does.
    const came = faults === undefined ? units : strikeValues(units, topicPartition, faults, recordDamage);
    const judged = await judgeUnits(came, options, context);
    if (judged.units.length > 0) return judged.units;
    if (judged.unreadAt !== undefined) throw unreadProof(topicPartition, judged.unreadAt);
    if (judged.fault === undefined) return judged.units;
    log.distrust(judged.fault.offset);
    throw faultyValues(topicPartition, [judged.fault]);
  }

  #contents(topic: Topic, context: CallContext): Promise<readonly Removal[]> {
    const ask = async (partition: PartitionId, inner: CallContext): Promise<PartitionContents> => {
      const assignment = await this.assign(topic, partition, inner);
      const { flushed } = assignment.details.log;
      await flushed.refresh(0, inner);
      return { range: await this.range(assignment, topic, inner), sizeBytes: bytesOf(flushed.listed) };
    };
    return deletedContents(topic, ask, this.#options.clock, context);
  }

  #removed(removal: Removal): void {
    writeRemoval(this.#options.log, removal);
    countRemoved(this.#options.instruments, removal);
  }

  #settings(topic: Topic): RecordSettings {
    return recordSettings(topic, this.#options.topicDefaults);
  }
}

function foundProof({ length, crc, origin }: RecordProof, from: ProofSource): FoundProof {
  return { length, crc, origin, from };
}
