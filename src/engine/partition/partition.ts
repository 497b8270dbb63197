/** One partition as the Kafka layer sees it: reads, waits, appends and questions, each ended by its phases' deadlines. */
import type { CallContext } from '../../telemetry/trace/operation';
import type { Int64, Offset, PartitionId, TopicPartition } from '../../types';
import type { EngineCore } from '../core';
import type { Assignment, LogUnit } from '../dialect';
import type {
  AppendRequest,
  AppendResult,
  Partition,
  PartitionRange,
  ReadPosition,
  ReadRequest,
  ReadResult,
  Topic,
} from '../engine';
import type { EngineError } from '../../engine-error';
import { LogView } from './log-view';
import { PartitionReader } from './partition-reader';
import { runPhase } from '../../waiting/phase';
import { Publisher } from '../publisher/publisher';

export class EnginePartition<U extends LogUnit> implements Partition {
  readonly topicPartition: TopicPartition;
  readonly publisher: Publisher;
  readonly #core: EngineCore<U>;
  readonly #log: LogView<U>;
  readonly #reader: PartitionReader<U>;

  /** `topic` answers the topic as it is now: its settings may change while the partition lives. */
  constructor(core: EngineCore<U>, topic: () => Topic, partition: PartitionId) {
    this.topicPartition = { topic: topic().name, partition };
    this.#core = core;
    this.#log = new LogView(core, topic, partition);
    this.#reader = new PartitionReader(core, this.#log);
    this.publisher = new Publisher(core, topic, partition);
  }

  read(request: ReadRequest, context: CallContext): Promise<ReadResult> {
    return this.#reader.read(request, context);
  }

  isCurrent(result: ReadResult): boolean {
    return this.#log.isCurrent(result);
  }

  waitFor(position: ReadPosition, context: CallContext): Promise<void> {
    return this.#reader.waitFor(position, context);
  }

  async append(request: AppendRequest, context: CallContext): Promise<AppendResult> {
    this.#log.assertOpen();
    try {
      const result = await this.publisher.append(request, context);
      // What was acked is there: readers that wait here need not wait for their streams to say so.
      this.#log.acked(result, context.operation);
      return result;
    } catch (error) {
      this.#log.assertOpen();
      throw error;
    }
  }

  get known(): PartitionRange | undefined {
    return this.#log.known.range;
  }

  range(context: CallContext): Promise<PartitionRange> {
    return this.#log.range(context);
  }

  recentRange(context: CallContext): Promise<PartitionRange> {
    return this.#log.recentRange(context);
  }

  findOffset(
    target: { readonly timestampMs: Int64 } | 'max_timestamp',
    context: CallContext,
  ): Promise<{ readonly offset: Offset; readonly timestampMs: Int64 } | undefined> {
    const { topic } = this.#log;
    return this.#call('finding an offset by time', context, (assignment, inner) =>
      this.#core.dialect.findOffset({ assignment, topic, target }, inner),
    );
  }

  async deleteRecords(before: Offset | 'high_watermark', context: CallContext): Promise<PartitionRange> {
    const { topic } = this.#log;
    const range = await this.#call('deleting records', context, (assignment, inner) =>
      this.#core.dialect.deleteRecords({ assignment, topic, before }, inner),
    );
    this.#log.ranged(range, context.operation);
    return range;
  }

  /** What is held of its log is given up, and asked for again. */
  lookAnew(): void {
    this.#log.lookAnew();
  }

  /** The topic is gone, or the engine side closes: who waits here wakes, and every later call fails with `error`. */
  close(error: EngineError): void {
    this.#log.close(error);
    this.publisher.close(error);
  }

  async #call<T>(
    doing: string,
    context: CallContext,
    work: (assignment: Assignment, context: CallContext) => Promise<T>,
  ): Promise<T> {
    this.#log.assertOpen();
    const { clock, settings, assignments } = this.#core;
    const what = `${doing} in ${this.#log.name}`;
    const deadlineMs = settings.callDeadlineMs;
    try {
      const assignment = await assignments.of(this.#log.topic, this.#log.partition, context);
      return await runPhase(context, { clock, name: 'catalog.call', deadlineMs, what }, (inner) =>
        work(assignment, inner),
      );
    } catch (error) {
      this.#log.failed(error);
      throw error;
    }
  }
}
