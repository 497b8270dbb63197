/**
 * What the engine's storage refuses, told as incidents: a full disk, a failing one, a damaged range. The first two last as long as their
 * cause: a full disk until an append as large as the smallest refused is taken, and both until the node says that its disk takes one. A
 * damaged range is over once its offsets are brought.
 */
import type { Clock, Timer } from '../clock';
import { EngineError } from '../engine-error';
import { blameOf } from '../telemetry/incidents/incidents';
import { writerInWords } from '../telemetry/incidents/record-writers';
import type { Telemetry } from '../telemetry/telemetry';
import type { Operation } from '../telemetry/trace/operation';
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

/** Who met a failure, and where. */
export interface MetBy {
  readonly partition: string;
  /** How much was sent where; absent of a read. */
  readonly appended?: { readonly address: string | undefined; readonly bytes: number };
  /** Whose request fails because of it; absent where none waits for it. */
  readonly operation?: Operation;
}

interface Trouble {
  readonly kind: 'damaged_range' | 'disk_full' | 'disk_failing';
  readonly target: string;
  readonly message: string;
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
  failed(error: unknown, met: MetBy): void {
    const trouble = troubleOf(error, met);
    if (trouble === undefined) return;
    const { kind, target, message } = trouble;
    const { incidents } = this.#options.telemetry;
    const { appended, operation } = met;
    operation?.blame(blameOf(kind, target));
    if (kind === 'damaged_range') {
      const range = rangeIn(message);
      if (range !== undefined) this.#damaged.set(target, range);
      const evidence = `cannot be read: ${message}${this.#writtenBy(target, range)}`;
      incidents.open(kind, target, { evidence, holdMs: HOLD_MS });
      return;
    }
    const evidence = `refused: ${message}`;
    const disk = appended?.address === undefined ? undefined : appended;
    if (disk !== undefined) this.#refused(target, kind === 'disk_full' ? disk.bytes : 0);
    const isAsked = disk !== undefined && this.#options.dialect.checkDisk !== undefined;
    incidents.open(kind, target, { evidence, ...(isAsked ? {} : { holdMs: HOLD_MS }) });
  }

  /** The same failure came to another operation than the one that told of it. */
  came(error: unknown, met: MetBy): void {
    const trouble = troubleOf(error, met);
    if (trouble !== undefined) met.operation?.blame(blameOf(trouble.kind, trouble.target));
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
}

/** Undefined where the storage did not do it. */
function troubleOf(error: unknown, { partition, appended }: MetBy): Trouble | undefined {
  if (!(error instanceof EngineError) || error.code !== 'storage_error') return undefined;
  const { message } = error;
  if (DAMAGED.test(message)) return { kind: 'damaged_range', target: partition, message };
  const kind = FULL.test(message) ? 'disk_full' : 'disk_failing';
  return { kind, target: appended?.address ?? partition, message };
}

function rangeIn(message: string): OffsetRange | undefined {
  const [, first, last] = OFFSETS.exec(message) ?? [];
  if (first === undefined || last === undefined) return undefined;
  return { first: toOffset(Number(first)), last: toOffset(Number(last)) };
}
