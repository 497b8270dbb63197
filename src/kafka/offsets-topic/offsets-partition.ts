/** One partition of `__consumer_offsets` as a partition of any other topic: read and waited for, never written to by clients. */
import type {
  AppendResult,
  Partition,
  PartitionRange,
  ReadPosition,
  ReadRequest,
  ReadResult,
} from '../../engine/engine';
import { EngineError } from '../../engine-error';
import { emptyResult, outOfRange } from '../../engine/partition/read-result';
import { NO_VERDICTS } from '../../audit/verdict';
import { encodeBatch } from '../../protocol/encode-batch';
import type { CallContext } from '../../telemetry/trace/operation';
import { EMPTY_CENSUS, toOffset, type Census, type Int64, type Offset, type TopicPartition } from '../../types';
import { LEADER_EPOCH } from '../cluster/leader-epoch';
import type { LoggedRecord } from './compacted-log';
import type { OffsetsLog } from './offsets-log';

export class OffsetsPartition implements Partition {
  readonly topicPartition: TopicPartition;
  readonly #log: OffsetsLog;

  constructor(topicPartition: TopicPartition, log: OffsetsLog) {
    this.topicPartition = topicPartition;
    this.#log = log;
  }

  get known(): PartitionRange | undefined {
    return this.#log.known(this.topicPartition.partition)?.range;
  }

  async range(context: CallContext): Promise<PartitionRange> {
    return (await this.#log.open(this.topicPartition.partition, context)).range;
  }

  recentRange(context: CallContext): Promise<PartitionRange> {
    return this.range(context);
  }

  async read({ offset, bytesMax }: ReadRequest, context: CallContext): Promise<ReadResult> {
    const log = await this.#log.open(this.topicPartition.partition, context);
    const { range } = log;
    if (offset < range.logStartOffset || offset > range.highWatermark) {
      throw outOfRange(this.topicPartition, offset, range);
    }
    const records = log.from(offset, bytesMax);
    const [first, last] = [records[0], records.at(-1)];
    if (first === undefined || last === undefined) return emptyResult(offset, range, 'none', '');
    const batch = encodeBatch(records, { baseOffset: offset, partitionLeaderEpoch: LEADER_EPOCH });
    const census = censusOf(records);
    return {
      ...range,
      chunks: [batch],
      bytes: batch.byteLength,
      firstOffset: first.offset,
      nextOffset: toOffset(last.offset + 1),
      engineCensus: census,
      deliveredCensus: census,
      verdicts: { ...NO_VERDICTS, unknown: records.length },
      faults: [],
      generation: range.logStartOffset,
      session: { id: '', mode: 'none' },
    };
  }

  /** False for records of a log that was made anew since, which begins elsewhere. In one log, what replaced a record follows it. */
  isCurrent({ generation }: ReadResult): boolean {
    return generation === 0 || this.known?.logStartOffset === generation;
  }

  async waitFor({ offset }: ReadPosition, { signal }: CallContext): Promise<void> {
    for (;;) {
      const range = this.known;
      if (range === undefined || range.highWatermark > offset || range.logStartOffset > offset) return;
      await this.#log.arrivals.wait(signal, `a record at offset ${offset} of ${this.topicPartition.topic}`);
    }
  }

  async findOffset(
    target: { readonly timestampMs: Int64 } | 'max_timestamp',
    context: CallContext,
  ): Promise<{ readonly offset: Offset; readonly timestampMs: number } | undefined> {
    const { records } = await this.#log.open(this.topicPartition.partition, context);
    const greatest = (): number => records.reduce((max, { timestamp }) => Math.max(max, timestamp), -1);
    const timestampMs = target === 'max_timestamp' ? greatest() : target.timestampMs;
    const found = records.find(({ timestamp }) => timestamp >= timestampMs);
    return found === undefined ? undefined : { offset: found.offset, timestampMs: found.timestamp };
  }

  append(): Promise<AppendResult> {
    return Promise.reject(
      new EngineError('invalid_request', `${this.topicPartition.topic} is written by groups alone`),
    );
  }

  deleteRecords(): Promise<PartitionRange> {
    return Promise.reject(new EngineError('invalid_request', `${this.topicPartition.topic} keeps what groups have`));
  }
}

function censusOf(records: readonly LoggedRecord[]): Census {
  const present = records.filter(({ value }) => value !== null);
  const valueBytes = present.reduce((bytes, { value }) => bytes + (value?.byteLength ?? 0), 0);
  return { ...EMPTY_CENSUS, records: records.length, nulls: records.length - present.length, valueBytes };
}
