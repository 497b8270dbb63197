/**
 * Proofs of the values of all partitions: the newest in memory, all of them in entries of the filer beside the topic's data,
 * `/topics/kafka/.meta/value_proofs/<topic>/<generation and range>/<first offset>.<writer>`. Written off the path of a produce, right behind the
 * first ack after a pause and then every half second, for each time rewrites what lies in a block; each gateway writes entries of its own. What cannot be written is dropped past a bound, and proves nothing.
 */
import type { Clock, Timer } from '../../../clock';
import type { CallContext, OperationSource } from '../../../telemetry/trace/operation';
import type { Filer } from '../../engine';
import type { Random } from '../../../random';
import { BLOCK_OFFSETS, decodeProofs, firstOf, ProofBlock } from './proof-block';
import { type KeptBlock, type ProofKeeper, ProvenLog, type ProvenPartition } from './proven-log';

export interface ProofStoreOptions {
  readonly filer: Filer;
  readonly clock: Clock;
  readonly random: Random;
  /** Without it nothing is written or read: the proofs are of this process alone. */
  readonly operations: OperationSource | undefined;
}

export const PROOFS_DIRECTORY = '/topics/kafka/.meta/value_proofs';
const FLUSH_MS = 500;
/** Behind an ack that comes after a pause: what is produced at the same time goes with it. */
const SOON_MS = 25;
/** About 18 KiB each. */
const BLOCKS_MAX = 1_024;
const NAME_DIGITS = 16;
const LOAD_MS_MAX = 1_000;
/** An entry that lacked a proof is not asked for again sooner. */
const RELOAD_MS = 5_000;
const WRITES_AT_ONCE_MAX = 16;
const CLOSE_MS_MAX = 3_000;

export class ProofStore implements ProofKeeper {
  readonly #options: ProofStoreOptions;
  readonly #writer: string;
  readonly #logs = new Map<string, ProvenLog>();
  /** In memory, in the order in which they were begun. */
  readonly #kept = new Set<KeptBlock>();
  readonly #dirty = new Set<KeptBlock>();
  #timer: Timer | undefined;
  #flushing: Promise<void> | undefined;
  #flushedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ProofStoreOptions) {
    this.#options = options;
    this.#writer = options.random.uuid().slice(0, 8);
  }

  of(at: ProvenPartition): ProvenLog {
    const key = directoryOf(at);
    let log = this.#logs.get(key);
    if (log === undefined) this.#logs.set(key, (log = new ProvenLog(at, this)));
    return log;
  }

  begin(log: ProvenLog, offset: number): KeptBlock {
    const block = new ProofBlock(firstOf(offset));
    const made = { of: log, block, dirty: false, loadedMs: Number.NEGATIVE_INFINITY, loading: undefined };
    this.#kept.add(made);
    for (const oldest of this.#kept) {
      if (this.#kept.size <= BLOCKS_MAX) break;
      // A filer that takes nothing must not cost more memory than this.
      this.#forget(oldest);
    }
    return made;
  }

  changed(kept: KeptBlock): void {
    if (this.#options.operations === undefined) return;
    kept.dirty = true;
    this.#dirty.add(kept);
    this.#timer ??= this.#soon();
  }

  /** Resolves when what the filer has around the offset is in memory, or cannot be had soon. Never rejects. */
  async load(log: ProvenLog, offset: number, context: CallContext): Promise<void> {
    const { clock, operations } = this.#options;
    if (operations === undefined) return;
    const kept = log.block(offset) ?? log.begin(offset);
    if (clock.monotonicMs() - kept.loadedMs < RELOAD_MS) return;
    kept.loading ??= this.#read(kept, context).finally(() => (kept.loading = undefined));
    await kept.loading;
  }

  async topicDeleted(topic: string, context: CallContext): Promise<void> {
    for (const [key, log] of this.#logs) {
      if (log.at.topic !== topic) continue;
      log.isDeleted = true;
      for (const kept of log.blocks()) this.#forget(kept);
      this.#logs.delete(key);
    }
    if (this.#options.operations === undefined) return;
    await this.#options.filer.delete(PROOFS_DIRECTORY, topic, { recursive: true }, context);
  }

  /** Records below the offset were deleted: so are the entries of nothing else. */
  async deletedBelow({ at }: ProvenLog, offset: number, context: CallContext): Promise<void> {
    if (this.#options.operations === undefined) return;
    const directory = directoryOf(at);
    for await (const { name } of this.#options.filer.list(directory, context)) {
      if (Number(name.split('.')[0]) + BLOCK_OFFSETS > offset) return;
      await this.#options.filer.delete(directory, name, { recursive: false }, context);
    }
  }

  /** Writes what waits, within seconds. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const late = new Promise<void>((resolve) => void this.#options.clock.after(CLOSE_MS_MAX, resolve));
    await Promise.race([late, (this.#flushing ?? Promise.resolve()).then(() => this.#writeAll())]);
  }

  #forget(kept: KeptBlock): void {
    kept.of.forget(kept);
    this.#kept.delete(kept);
    this.#dirty.delete(kept);
  }

  #soon(): Timer {
    const { clock } = this.#options;
    const restMs = this.#flushedMs + FLUSH_MS - clock.monotonicMs();
    return clock.after(Math.max(SOON_MS, restMs), () => this.#flush());
  }

  #flush(): void {
    this.#timer = undefined;
    this.#flushedMs = this.#options.clock.monotonicMs();
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined;
      if (this.#dirty.size > 0) this.#timer ??= this.#soon();
    });
  }

  async #writeAll(): Promise<void> {
    const waiting = [...this.#dirty];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let kept = waiting[next++]; kept !== undefined; kept = waiting[next++]) await this.#write(kept);
    };
    await Promise.all(Array.from({ length: Math.min(WRITES_AT_ONCE_MAX, waiting.length) }, work));
  }

  async #write(kept: KeptBlock): Promise<void> {
    const { filer, operations } = this.#options;
    if (operations === undefined) return;
    kept.dirty = false;
    this.#dirty.delete(kept);
    const operation = operations.root('filer.call', { spanName: 'store value proofs' });
    const context = { operation, signal: new AbortController().signal };
    try {
      await filer.put(
        directoryOf(kept.of.at),
        `${nameOf(kept.block.first)}.${this.#writer}`,
        kept.block.encode(),
        context,
      );
      operation.end('ok');
    } catch (error) {
      operation.end('engine_error', { type: 'value_proofs', message: String(error) });
      kept.dirty = true;
      if (this.#kept.has(kept)) this.#dirty.add(kept);
    }
  }

  async #read(kept: KeptBlock, { operation, signal }: CallContext): Promise<void> {
    const { filer, clock } = this.#options;
    const giveUp = new AbortController();
    const stop = (): void => giveUp.abort();
    const timer = clock.after(LOAD_MS_MAX, stop);
    signal.addEventListener('abort', stop, { once: true });
    const prefix = `${nameOf(kept.block.first)}.`;
    try {
      for await (const entry of filer.list(directoryOf(kept.of.at), { operation, signal: giveUp.signal }, prefix)) {
        const proofs = entry.name.startsWith(prefix) ? decodeProofs(entry.content, kept.block.first) : undefined;
        if (proofs !== undefined) kept.block.merge(proofs);
      }
    } catch {
      // Without its proof a record is unknown; whoever reads it is not made to wait for more.
    } finally {
      kept.loadedMs = clock.monotonicMs();
      timer.cancel();
      signal.removeEventListener('abort', stop);
    }
  }
}

const nameOf = (first: number): string => String(first).padStart(NAME_DIGITS, '0');
const directoryOf = ({ topic, log }: ProvenPartition): string => `${PROOFS_DIRECTORY}/${topic}/${log}`;
