/**
 * Proofs of the values of all partitions: the newest in memory, all of them in entries of the filer beside the topic's data. Written off the path of
 * a produce, right behind the first ack after a pause and then every half second, for each time rewrites what lies in a block; each gateway
 * writes entries of its own. What cannot be written is dropped past a bound, told, and proves nothing.
 */
import type { Clock, Timer } from '../../../clock';
import type { Logger } from '../../../telemetry/log/log';
import type { Instruments } from '../../../telemetry/metrics/instruments';
import type { CallContext, OperationSource } from '../../../telemetry/trace/operation';
import type { Filer } from '../../engine';
import type { Random } from '../../../random';
import { giveUpAfter } from '../../../waiting/give-up';
import { NEVER } from '../../../waiting/never';
import { NANOSECONDS_PER_MS } from '../records/record-unit';
import { KeptBlocks } from './kept-blocks';
import { BLOCK_OFFSETS, firstOf, ProofBlock } from './proof-block';
import { ProofEntries } from './proof-entries';
import { type KeptBlock, type ProofKeeper, ProvenLog, type ProvenPartition } from './proven-log';

export interface ProofStoreOptions {
  readonly filer: Filer;
  readonly clock: Clock;
  readonly random: Random;
  readonly instruments: Instruments;
  readonly log: Logger;
  /** Without it nothing is written or read: the proofs are of this process alone. */
  readonly operations: OperationSource | undefined;
}

const FLUSH_MS = 500;
/** Behind an ack that comes after a pause: what is produced at the same time goes with it. */
const SOON_MS = 25;
/** An entry that lacked a proof is not asked for again sooner, nor one that could not be read. */
const RELOAD_MS = { read: 5_000, unread: 1_000 };
/** Proofs of records this young may not be there yet: those of another gateway come with its next write. They are not asked for. */
const ASKED_AGE_MS = 2_000;
/**
 * What has none at this age gets none. The rest of the time is how long an answer holds for who reads on: with none, a reader that stays two seconds
 * behind where nobody keeps proofs would ask at each read.
 */
const SETTLED_AGE_MS = 1_500;
const WRITES_AT_ONCE_MAX = 16;
const CLOSE_MS_MAX = 3_000;

export class ProofStore implements ProofKeeper {
  readonly #options: ProofStoreOptions;
  readonly #entries: ProofEntries;
  readonly #logs = new Map<string, ProvenLog>();
  readonly #blocks = new KeptBlocks();
  #timer: Timer | undefined;
  #isClosed = false;
  #flushing: Promise<void> | undefined;
  #flushedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ProofStoreOptions) {
    const { filer, clock, random } = options;
    this.#options = options;
    this.#entries = new ProofEntries({ filer, clock, writer: random.uuid().slice(0, 8) });
  }

  of(at: ProvenPartition): ProvenLog {
    const key = `${at.topic}/${at.log}`;
    let log = this.#logs.get(key);
    if (log === undefined) this.#logs.set(key, (log = new ProvenLog(at, this)));
    return log;
  }

  begin(log: ProvenLog, offset: number): KeptBlock {
    const block = new ProofBlock(firstOf(offset));
    const never = { loadedMs: Number.NEGATIVE_INFINITY, isRead: false, settledNs: 0n, loading: undefined };
    const made: KeptBlock = { of: log, block, unwritten: 0, isPart: false, ...never, writing: undefined };
    const dropped = this.#blocks.add(made);
    if (dropped > 0) this.#tellDropped(dropped);
    return made;
  }

  used(kept: KeptBlock): void {
    this.#blocks.used(kept);
  }

  changed(kept: KeptBlock): void {
    if (this.#options.operations === undefined) return;
    this.#blocks.waits(kept);
    this.#flushSoon();
  }

  /** The proofs of records up to this time can be had from the filer, whichever gateway wrote them. */
  settledNs(): bigint {
    return this.#agoNs(ASKED_AGE_MS);
  }

  /**
   * The block of the offset, once what the filer has of it, of records up to `tsNs` at least, is in memory or cannot be had soon: then `isRead` is false.
   * Another one may take its place in memory any time. Undefined where nothing is read and nothing in memory. Never rejects.
   */
  async load(log: ProvenLog, offset: number, context: CallContext, tsNs = 0n): Promise<KeptBlock | undefined> {
    const { clock, operations } = this.#options;
    if (operations === undefined) return log.use(offset);
    const kept = log.use(offset) ?? log.begin(offset);
    const restMs = kept.isRead ? RELOAD_MS.read : RELOAD_MS.unread;
    const isTooOld = clock.monotonicMs() - kept.loadedMs >= restMs || (kept.isRead && tsNs > kept.settledNs);
    if (isTooOld) await this.#loaded(kept, context);
    return kept;
  }

  async topicDeleted(topic: string, context: CallContext): Promise<void> {
    const forgotten: KeptBlock[] = [];
    for (const [key, log] of this.#logs) {
      if (log.at.topic !== topic) continue;
      log.isDeleted = true;
      forgotten.push(...log.blocks());
      this.#logs.delete(key);
    }
    await this.#forget(forgotten);
    if (this.#options.operations === undefined) return;
    await this.#entries.deleteTopic(topic, context);
  }

  /** Records below the offset were deleted: so are the entries of nothing else. */
  async deletedBelow(log: ProvenLog, offset: number, context: CallContext): Promise<void> {
    const isBelow = ({ block }: KeptBlock): boolean => block.first + BLOCK_OFFSETS <= offset;
    await this.#forget([...log.blocks()].filter(isBelow));
    if (this.#options.operations !== undefined) await this.#entries.deleteBelow(log.at, offset, context);
  }

  /** Writes what waits, within seconds; nothing is begun to be written behind that. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    const late = giveUpAfter(CLOSE_MS_MAX, NEVER, this.#options.clock);
    await Promise.race([late.reached, (this.#flushing ?? Promise.resolve()).then(() => this.#writeAll())]);
    late.end();
  }

  /** Resolves when no entry of theirs is being written any more. */
  async #forget(blocks: readonly KeptBlock[]): Promise<void> {
    for (const kept of blocks) this.#blocks.forget(kept);
    await Promise.all(blocks.flatMap(({ writing }) => (writing === undefined ? [] : [writing])));
  }

  #tellDropped(proofs: number): void {
    const { instruments, log } = this.#options;
    instruments.add('seaglass_value_proofs_dropped_total', {}, proofs);
    const message = `${String(proofs)} proofs of values were dropped: the filer does not take them in time. Such records are unknown`;
    log.write('warn', 'value_proofs.dropped', message, { proofs });
  }

  #flushSoon(): void {
    if (this.#isClosed) return;
    const { clock } = this.#options;
    const restMs = this.#flushedMs + FLUSH_MS - clock.monotonicMs();
    this.#timer ??= clock.after(Math.max(SOON_MS, restMs), () => this.#flush());
  }

  #flush(): void {
    this.#timer = undefined;
    this.#flushedMs = this.#options.clock.monotonicMs();
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined;
      if (this.#blocks.anyWaits) this.#flushSoon();
    });
  }

  async #writeAll(): Promise<void> {
    const waiting = this.#blocks.waiting();
    let next = 0;
    const work = async (): Promise<void> => {
      for (let kept = waiting[next++]; kept !== undefined; kept = waiting[next++]) {
        if (!this.#blocks.waitsStill(kept)) continue;
        kept.writing = this.#write(kept).finally(() => (kept.writing = undefined));
        await kept.writing;
      }
    };
    await Promise.all(Array.from({ length: Math.min(WRITES_AT_ONCE_MAX, waiting.length) }, work));
  }

  async #write(kept: KeptBlock): Promise<void> {
    const { operations } = this.#options;
    if (operations === undefined) return;
    const operation = operations.root('filer.call', { spanName: 'store value proofs' });
    const context = { operation, signal: NEVER };
    let unwritten = 0;
    try {
      if (kept.isPart && !(await this.#loaded(kept, context)))
        throw new Error('what is stored of the block cannot be read');
      unwritten = kept.unwritten;
      kept.unwritten = 0;
      await this.#entries.put(kept.of.at, kept.block, context);
      operation.end('ok');
      if (kept.unwritten === 0) this.#blocks.written(kept);
    } catch (error) {
      operation.end('engine_error', { type: 'value_proofs', message: String(error) });
      kept.unwritten += unwritten;
    }
  }

  #loaded(kept: KeptBlock, context: CallContext): Promise<boolean> {
    kept.loading ??= this.#read(kept, context).finally(() => (kept.loading = undefined));
    return kept.loading;
  }

  #agoNs(ms: number): bigint {
    return BigInt(Math.floor(this.#options.clock.nowMs()) - ms) * NANOSECONDS_PER_MS;
  }

  async #read(kept: KeptBlock, { operation }: CallContext): Promise<boolean> {
    const settledNs = this.#agoNs(SETTLED_AGE_MS);
    // Not with the signal of who asked first: others wait for it, too.
    kept.isRead = await this.#entries.mergeInto(kept.block, kept.of.at, { operation });
    kept.loadedMs = this.#options.clock.monotonicMs();
    if (!kept.isRead) return false;
    kept.settledNs = settledNs;
    kept.isPart = false;
    return true;
  }
}
