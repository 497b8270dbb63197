/**
 * What the engine's storage refuses, told as incidents: a full disk, a failing one, a damaged range. The first two last as long as their
 * cause: a full disk until an append as large as the smallest refused is taken, and both until the node says that its disk takes one. A
 * damaged range is over once its offsets are brought.
 */
import type { Clock, Timer } from '../clock';
import { EngineError } from '../engine-error';
import type { IncidentKind } from '../telemetry/incidents/incident-kinds';
import { writerInWords } from '../telemetry/incidents/record-writers';
import type { Telemetry } from '../telemetry/telemetry';
import { toOffset, toPartitionId } from '../types';
import type { Offset } from '../types';
import { ignoreShared } from '../waiting/deadline';
import type { Dialect } from './dialect';

/** What cannot be asked is over when nobody met it for so long: reads, and disks that do not tell. */
const HOLD_MS = 60_000;
const CHECK_MS = 1_000;
const FULL = /ENOSPC|EDQUOT|no space left/i;
const DAMAGED = /damaged/i;
/** As the node says it of a range. */
const OFFSETS = /offsets (\d+) to (\d+) of/;

/** A disk that refused. */
interface Refusal {
  /** Of the smallest append that it had no room for; 0 where room was not what it lacked. */
  bytes: number;
  times: number;
  /** It refused for another reason than room. */
  isFailing: boolean;
}

interface OffsetRange {
  readonly first: Offset;
  readonly last: Offset;
}

interface StorageTroubleOptions {
  readonly telemetry: Pick<Telemetry, 'incidents' | 'recordWriters' | 'operations'>;
  readonly clock: Clock;
  /** Ends its checks. */
  readonly lifetime: AbortSignal;
  readonly dialect: Pick<Dialect, 'checkDisk'>;
}

export class StorageTrouble {
  readonly #options: StorageTroubleOptions;
  readonly #disks = new Map<string, Refusal>();
  /** The damaged range of each partition that was met last. */
  readonly #damaged = new Map<string, OffsetRange>();
  #checks: Timer | undefined;

  constructor(options: StorageTroubleOptions) {
    this.#options = options;
    options.lifetime.addEventListener('abort', () => this.#checks?.cancel(), { once: true });
  }

  /** A read or an append failed; nothing happens where that is not the storage's doing. */
  failed(
    error: unknown,
    {
      partition,
      appended,
    }: {
      readonly partition: string;
      /** How much was sent where; absent of a read. */
      readonly appended?: { readonly address: string | undefined; readonly bytes: number };
    },
  ): void {
    if (!(error instanceof EngineError) || error.code !== 'storage_error') return;
    if (DAMAGED.test(error.message)) {
      const range = rangeIn(error.message);
      if (range !== undefined) this.#damaged.set(partition, range);
      const evidence = `cannot be read: ${error.message}${this.#writtenBy(partition, range)}`;
      this.#tell('damaged_range', partition, { evidence, holdMs: HOLD_MS });
      return;
    }
    const isFull = FULL.test(error.message);
    const kind = isFull ? 'disk_full' : 'disk_failing';
    const evidence = `refused: ${error.message}`;
    const address = appended?.address;
    if (address === undefined) {
      this.#tell(kind, partition, { evidence, holdMs: HOLD_MS });
      return;
    }
    this.#refused(address, isFull ? (appended?.bytes ?? 0) : 0);
    const isAsked = this.#options.dialect.checkDisk !== undefined;
    this.#tell(kind, address, { evidence, ...(isAsked ? {} : { holdMs: HOLD_MS }) });
  }

  /** An append was stored there. */
  stored(address: string | undefined, bytes: number): void {
    if (this.#disks.size === 0 || address === undefined) return;
    const refusal = this.#disks.get(address);
    if (refusal === undefined || bytes < refusal.bytes) return;
    // One partition may take appends while another refuses them all: the node knows.
    if (refusal.isFailing && this.#options.dialect.checkDisk !== undefined) return;
    this.#over(address);
  }

  /** The engine brought what the log holds from `from` up to `end`. */
  brought(log: { readonly name: string }, from: Offset, end: Offset): void {
    if (this.#damaged.size === 0) return;
    const range = this.#damaged.get(log.name);
    if (range === undefined || from > range.last || end <= range.first) return;
    this.#damaged.delete(log.name);
    this.#options.telemetry.incidents.close('damaged_range', log.name, 'can be read again');
  }

  #refused(address: string, bytes: number): void {
    const known = this.#disks.get(address);
    if (known === undefined) this.#disks.set(address, { bytes, times: 1, isFailing: bytes === 0 });
    else {
      known.times += 1;
      known.isFailing ||= bytes === 0;
      if (bytes > 0 && (known.bytes === 0 || bytes < known.bytes)) known.bytes = bytes;
    }
    const { clock, dialect, lifetime } = this.#options;
    if (dialect.checkDisk === undefined || lifetime.aborted) return;
    this.#checks ??= clock.every(CHECK_MS, () => this.#checkAll());
  }

  #over(address: string): void {
    this.#disks.delete(address);
    for (const kind of ['disk_full', 'disk_failing'] as const)
      this.#options.telemetry.incidents.close(kind, address, 'takes records again');
    if (this.#disks.size > 0) return;
    this.#checks?.cancel();
    this.#checks = undefined;
  }

  #checkAll(): void {
    for (const [address, refusal] of this.#disks) this.#check(address, refusal).catch(ignoreShared);
  }

  /** A disk that refuses, or an engine that cannot be asked, leaves things as they are. */
  async #check(address: string, refusal: Refusal): Promise<void> {
    const { telemetry, dialect, lifetime: signal } = this.#options;
    const { bytes, times } = refusal;
    const operation = telemetry.operations.root('catalog.call', { spanName: 'disk check' });
    try {
      await dialect.checkDisk?.(bytes, { operation, signal });
    } finally {
      operation.end();
    }
    // What was refused meanwhile is newer than what the disk said.
    if (this.#disks.get(address) === refusal && refusal.times === times) this.#over(address);
  }

  /** Of a damaged range, where the gateway remembers who wrote it. */
  #writtenBy(name: string, range: OffsetRange | undefined): string {
    if (range === undefined) return '';
    const at = name.lastIndexOf('-');
    const partition = toPartitionId(Number(name.slice(at + 1)));
    const records = { topic: name.slice(0, at), partition, firstOffset: range.first, lastOffset: range.last };
    const by = writerInWords(this.#options.telemetry.recordWriters.of(records));
    return by === '' ? '' : `; they were produced${by}`;
  }

  #tell(kind: IncidentKind, target: string, facts: { readonly evidence: string; readonly holdMs?: number }): void {
    this.#options.telemetry.incidents.open(kind, target, { ...facts, failed: 1 });
  }
}

function rangeIn(message: string): OffsetRange | undefined {
  const [, first, last] = OFFSETS.exec(message) ?? [];
  if (first === undefined || last === undefined) return undefined;
  return { first: toOffset(Number(first)), last: toOffset(Number(last)) };
}
