/**
 * The unflushed tail of one partition, in the broker's memory, by the three ways there are to it. The stateless read is quick and
 * lies in some states (it then counts instead of reading offsets): it is believed only for offsets that are not in a file yet, and
 * only where its numbers agree. The unflushed entries carry true offsets and may lack their first. A subscriber reads right in
 * every state and numbers nothing.
 */
import type { Clock } from '../../../clock';
import { SeaweedMessagingService } from '../../../rpc/mq_broker';
import type { GetUnflushedMessagesResponse } from '../../../rpc/mq_broker';
import type { Partition } from '../../../rpc/mq_schema';
import type { Instruments } from '../../../telemetry/metrics/instruments';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset } from '../../../types';
import type { PartitionRange } from '../../engine';
import { EngineError } from '../../../engine-error';
import { contradicted, type Contradiction } from '../../contradiction';
import { withDeadline } from '../../../waiting/deadline';
import { StreamReader } from '../../channel/stream-reader';
import type { MqCluster } from '../mq-cluster';
import { RecordUnit } from '../records/record-unit';
import type { LogEnd } from './log-end';
import { openSubscription } from '../subscribe/subscription';
import type { Subscription } from '../subscribe/subscription';
import { mqTopic } from '../topics/partition-ring';

export interface UnflushedLogOptions {
  readonly cluster: MqCluster;
  readonly topic: string;
  readonly partition: Partition;
  readonly end: LogEnd;
  readonly clock: Clock;
  readonly instruments: Instruments;
}

export interface TailRequest {
  readonly leader: string;
  readonly offset: Offset;
  readonly bytesMax: number;
  readonly range: PartitionRange;
  /** Timestamp of the last flushed record: what is not flushed is later. */
  readonly afterTsNs: bigint;
  /** True: no subscriber is asked, which takes a second to find nothing. */
  readonly quickly?: boolean | undefined;
}

const MESSAGES_MAX = 1_000;
/** Past this many records one pass over the entries costs less than the stateless read's passes over the whole buffer. */
const STATELESS_RECORDS_MAX = 2_000;
const ENTRIES_BYTES_MAX = 32 * 1024 * 1024;
/** Entries read once serve the reads behind them; a restarted broker gives out other records by then. */
const ENTRIES_AGE_MS_MAX = 3_000;
const ENTRIES_PASS_MS = 1_000;
const SUBSCRIBE_FIRST_MS_MAX = 1_000;
const SUBSCRIBE_NEXT_MS_MAX = 100;

export class UnflushedLog {
  readonly #options: UnflushedLogOptions;
  #entries: readonly RecordUnit[] = [];
  #entriesMs = Number.NEGATIVE_INFINITY;
  #wholePass = false;
  #silentAt: Offset | undefined;

  constructor(options: UnflushedLogOptions) {
    this.#options = options;
  }

  forget(): void {
    this.#entries = [];
    this.#entriesMs = Number.NEGATIVE_INFINITY;
  }

  /** The last read found nothing from there on: no entry, and a subscriber that stayed silent. */
  get silentAt(): Offset | undefined {
    return this.#silentAt;
  }

  /** The last offset of the entries that were read last; -1 where there was none. */
  get lastOffset(): number {
    return this.#entries.at(-1)?.lastOffset ?? -1;
  }

  /** Records of an earlier pass over the entries that still hold. */
  kept({ offset, bytesMax, range }: Pick<TailRequest, 'offset' | 'bytesMax' | 'range'>): RecordUnit[] {
    const last = this.#entries.at(-1);
    const ageMs = this.#options.clock.monotonicMs() - this.#entriesMs;
    if (last === undefined || ageMs > ENTRIES_AGE_MS_MAX || last.lastOffset >= range.highWatermark) return [];
    return sliceFrom(this.#entries, offset, bytesMax);
  }

  /** Records from `offset` on, or from the first past it where it is proven that nothing is there; empty where nothing proves anything. */
  async read(request: TailRequest, context: CallContext): Promise<RecordUnit[]> {
    const { offset, bytesMax, range } = request;
    this.#silentAt = undefined;
    if (range.highWatermark - offset <= STATELESS_RECORDS_MAX) {
      const units = await this.stateless(request, context);
      if (units.length > 0) return units;
    }
    await this.#readEntries(request, context);
    const found = sliceFrom(this.#entries, offset, bytesMax);
    if (found[0]?.baseOffset === offset) return found;
    return request.quickly === true ? [] : this.#fill(request, found, context);
  }

  /** FetchMessage, believed only where it does not contradict itself, the range, or the files. Empty where it does. */
  async stateless(request: TailRequest, context: CallContext): Promise<RecordUnit[]> {
    const { cluster, topic, partition } = this.#options;
    const { leader, offset, bytesMax, range, afterTsNs } = request;
    const answer = await cluster.call(
      leader,
      SeaweedMessagingService.fetchMessage,
      {
        topic: mqTopic(topic),
        partition,
        startOffset: BigInt(offset),
        maxBytes: Math.max(1, Math.min(bytesMax, 2 ** 30)),
        maxMessages: MESSAGES_MAX,
        maxWaitMs: 0,
        minBytes: 0,
        consumerGroup: 'seaglass',
        consumerId: 'seaglass',
      },
      context,
    );
    if (answer.errorCode !== 0) {
      throw new EngineError(
        answer.errorCode === 1 ? 'not_leader' : 'unavailable',
        `FetchMessage of ${topic} at ${leader}: broker error ${answer.errorCode}: ${answer.error}`,
      );
    }
    const { messages } = answer;
    const agrees =
      messages.length > 0 &&
      Number(answer.nextOffset) - messages.length === offset &&
      Number(answer.highWaterMark) >= range.highWatermark &&
      (messages[0]?.tsNs ?? 0n) > afterTsNs;
    if (!agrees) {
      this.#contradiction('stateless_read', offset, context);
      return [];
    }
    return messages.map(
      (message, index) => new RecordUnit(toOffset(offset + index), message.tsNs, message.key, message.value),
    );
  }

  /** What the entries lack at their beginning, read by a subscriber at exactly that offset; the entries prove how much it is. */
  async #fill(request: TailRequest, found: readonly RecordUnit[], context: CallContext): Promise<RecordUnit[]> {
    const { offset, range } = request;
    this.#contradiction('unflushed_hole', offset, context);
    const next = found[0];
    const missing = (next?.baseOffset ?? range.highWatermark) - offset;
    if (missing > MESSAGES_MAX && next !== undefined) return [];
    const wanted = next === undefined ? Math.min(missing, MESSAGES_MAX) : missing + 1;
    const units = await this.#subscribe(request, wanted, context);
    const first = units[0];
    if (first === undefined) {
      if (next === undefined && this.#wholePass) this.#silentAt = offset;
      return [];
    }
    // Without an entry behind them only their number proves which they are: all there is, while nothing was added.
    if (next === undefined) return (await this.#isAll(request, units.length, context)) ? units : [];
    const proof = units.findIndex((unit) => unit.tsNs === next.tsNs);
    if (proof === missing) return units.slice(0, missing);
    // The stream begins with the entries' first: between `offset` and it the engine has nothing.
    return proof === 0 ? [...found] : [];
  }

  /** An offset that the engine gave to a record it then refused holds nothing: then there are fewer records than offsets. */
  async #isAll({ leader, offset, range }: TailRequest, count: number, context: CallContext): Promise<boolean> {
    if (offset + count !== range.highWatermark) return false;
    return (await this.#options.end.ask(leader, context)) === range.highWatermark;
  }

  async #subscribe(request: TailRequest, count: number, context: CallContext): Promise<RecordUnit[]> {
    const { cluster, clock, topic, partition } = this.#options;
    const { leader, offset } = request;
    const subscription = await openSubscription({ cluster, topic, partition, leader, offset }, context);
    const units: RecordUnit[] = [];
    try {
      while (units.length < count) {
        const unit = await this.#nextOf(subscription, units.length === 0, clock, context);
        // A stream may bring records once more; the engine's timestamps only grow.
        if (unit === undefined || unit.tsNs <= (units.at(-1)?.tsNs ?? request.afterTsNs)) break;
        units.push(unit);
      }
    } finally {
      subscription.close();
    }
    return units;
  }

  /** Undefined where the stream stays silent or ends. */
  async #nextOf(
    subscription: Subscription,
    first: boolean,
    clock: Clock,
    context: CallContext,
  ): Promise<RecordUnit | undefined> {
    const deadlineMs = first ? SUBSCRIBE_FIRST_MS_MAX : SUBSCRIBE_NEXT_MS_MAX;
    try {
      return await withDeadline({ clock, deadlineMs, what: subscription.what }, context.signal, async (signal) => {
        for (;;) {
          const received = await subscription.receive(signal);
          if (received.kind === 'data') return received.unit;
          if (received.kind === 'end') return undefined;
        }
      });
    } catch (error) {
      if (error instanceof EngineError && error.code === 'timeout') return undefined;
      throw error;
    }
  }

  /** One pass over the entries. A long one ends early once it has reached `offset`: its reader's patience is short, the next read goes on. */
  async #readEntries({ leader, offset }: TailRequest, context: CallContext): Promise<void> {
    const { cluster, clock, topic, partition } = this.#options;
    const enoughMs = clock.monotonicMs() + ENTRIES_PASS_MS;
    const request = { topic: mqTopic(topic), partition, startBufferOffset: 0n };
    const method = SeaweedMessagingService.getUnflushedMessages;
    const stream = await cluster.channel(leader).serverStream(method, request, context);
    const what = `GetUnflushedMessages of ${topic} at ${leader}`;
    const entries: RecordUnit[] = [];
    let wholePass = false;
    try {
      const reader = new StreamReader<GetUnflushedMessagesResponse>(stream, what);
      let bytes = 0;
      while (bytes < ENTRIES_BYTES_MAX) {
        const received = await reader.receive(context.signal);
        if (received.kind === 'end' && received.error !== undefined) throw received.error;
        wholePass = received.kind === 'end' || received.message.endOfStream;
        if (received.kind === 'end') break;
        const { message, error } = received.message;
        if (error !== '') throw new EngineError('unavailable', `${what}: ${error}`);
        if (wholePass) break;
        if (message === undefined) continue;
        const unit = new RecordUnit(toOffset(Number(message.offset)), message.tsNs, message.key, message.data);
        // Consecutive or nothing: behind a hole the entries begin anew.
        if (entries.length > 0 && unit.baseOffset !== (entries.at(-1)?.lastOffset ?? -1) + 1) entries.length = 0;
        entries.push(unit);
        bytes += unit.bytes;
        if (unit.baseOffset >= offset && clock.monotonicMs() >= enoughMs) break;
      }
    } finally {
      stream.cancel();
    }
    this.#entries = entries;
    this.#wholePass = wholePass;
    this.#entriesMs = clock.monotonicMs();
  }

  #contradiction(kind: Contradiction, offset: Offset, { operation }: CallContext): void {
    const { instruments, topic } = this.#options;
    contradicted(instruments, kind, { topic, offset }, operation);
  }
}

/** The entries from the first at or past `offset` on: about `bytesMax` bytes, at least one. */
function sliceFrom(entries: readonly RecordUnit[], offset: Offset, bytesMax: number): RecordUnit[] {
  const first = entries[0]?.baseOffset;
  if (first === undefined) return [];
  const start = Math.max(0, offset - first);
  const units: RecordUnit[] = [];
  let bytes = 0;
  for (let index = start; index < entries.length; index += 1) {
    const unit = entries[index];
    if (unit === undefined || (units.length > 0 && bytes + unit.bytes > bytesMax)) break;
    units.push(unit);
    bytes += unit.bytes;
  }
  return units;
}
