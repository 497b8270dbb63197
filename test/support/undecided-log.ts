/**
 * An engine whose log has transactions that are not decided: the last stable offset lies below the high watermark. Everything above the
 * dialect is as it ships; the dialect is a log of batches of one record each, in memory.
 */
import { NO_VERDICTS } from '../../src/audit/verdict';
import { createEngine } from '../../src/engine/create-engine';
import type { BacklogRead, Dialect, Frame, LogState, LogUnit, SubscriberStream } from '../../src/engine/dialect';
import type { Engine, Topic } from '../../src/engine/engine';
import { EngineError } from '../../src/engine-error';
import { Wakeups } from '../../src/waiting/wakeups';
import { encodeBatch } from '../../src/protocol/encode-batch';
import type { Telemetry } from '../../src/telemetry/telemetry';
import { toOffset, toPartitionId, toTopicId } from '../../src/types';

interface Batch extends LogUnit {
  readonly data: Uint8Array;
}

export class UndecidedLog {
  static readonly topic: Topic = {
    name: 't',
    id: toTopicId('AQEBAQEBAQEBAQEBAQEBAQ'),
    partitionCount: 1,
    configs: new Map(),
  };
  readonly moved = new Wakeups();
  readonly #batches: Batch[];
  #lastStableOffset: number;

  constructor(options: { readonly lastStableOffset: number; readonly highWatermark: number }) {
    this.#lastStableOffset = options.lastStableOffset;
    this.#batches = Array.from({ length: options.highWatermark }, (_, index) => batchAt(index));
  }

  get state(): LogState {
    const lastStableOffset = toOffset(this.#lastStableOffset);
    return { logStartOffset: toOffset(0), lastStableOffset, highWatermark: toOffset(this.#batches.length) };
  }

  /** The transactions below the offset are decided. */
  decideUntil(offset: number): void {
    this.#lastStableOffset = offset;
    this.moved.wake();
  }

  /** Up to `bytesMax`, but at least one. */
  from(offset: number, bytesMax = Infinity): Batch[] {
    let bytes = 0;
    return this.#batches.slice(offset).filter((batch, index) => (bytes += batch.bytes) <= bytesMax || index === 0);
  }

  /** `backlog`: as the record log has it, or as SeaweedMQ has it. */
  engine(backlog: Dialect['backlog'], telemetry: Telemetry): Engine {
    const topicPartition = { topic: UndecidedLog.topic.name, partition: toPartitionId(0) };
    const read = (offset: number, bytesMax: number): BacklogRead<Batch> => ({
      units: this.from(offset, bytesMax),
      range: this.state,
    });
    const dialect: Partial<Dialect<Batch>> = {
      name: backlog === 'session' ? 'record_log' : 'seaweedmq',
      backlog,
      abilities: new Set(),
      listTopics: () => Promise.resolve([UndecidedLog.topic]),
      assign: () => Promise.resolve({ address: '', topicPartition, details: undefined }),
      openSubscriber: (_assignment, _topic, offset) => Promise.resolve(new Stream(this, offset)),
      range: () => Promise.resolve(this.state),
      readBacklog: ({ offset, bytesMax }) => Promise.resolve(read(offset, bytesMax)),
      assemble: (units) => ({
        chunks: units.map(({ data }) => data),
        bytes: units.reduce((sum, { bytes }) => sum + bytes, 0),
        census: { ...CENSUS, records: units.length, valueBytes: units.length },
      }),
      judge: (units) => ({ units, verdicts: NO_VERDICTS, faults: [] }),
      channelStates: () => new Map(),
      close: () => Promise.resolve(),
    };
    return createEngine({ kind: 'embedded', dialect: dialect as Dialect<Batch>, telemetry });
  }
}

const CENSUS = { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: 1 };

function batchAt(index: number): Batch {
  const offset = toOffset(index);
  const record = { timestamp: 1_000 + index, key: null, value: Buffer.from(String(index)), headers: [] };
  const data = encodeBatch([record], { baseOffset: offset });
  return { baseOffset: offset, lastOffset: offset, bytes: data.byteLength, census: CENSUS, data };
}

/** Brings all that is there, decided or not, and then says whenever the log moved. */
class Stream implements SubscriberStream<Batch> {
  readonly counters = { frames: 0, data: 0, ctrl: 0, bytes: 0, emptyValues: 0 };
  readonly #log: UndecidedLog;
  #next: number;

  constructor(log: UndecidedLog, offset: number) {
    this.#log = log;
    this.#next = offset;
  }

  async init(): Promise<LogState> {
    const { state } = this.#log;
    if (this.#next > state.highWatermark) throw new EngineError('offset_out_of_range', `behind ${state.highWatermark}`);
    return state;
  }

  credit(): void {
    // All of the log fits into what every session may be sent.
  }

  async receive(signal: AbortSignal): Promise<Frame<Batch>> {
    const units = this.#log.from(this.#next);
    this.#next += units.length;
    this.counters.data += units.length;
    if (units.length > 0) return { kind: 'data', units, state: this.#log.state };
    await this.#log.moved.wait(signal, 'the log');
    if (signal.aborted) throw new EngineError('cancelled', 'closed');
    return { kind: 'heartbeat', state: this.#log.state };
  }

  close(): void {
    // Its receive ends with the session's signal.
  }
}
