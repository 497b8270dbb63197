/** A partition of the scripted SeaweedMQ: records with strictly increasing timestamps, a flushed part in log files, and who waits for more. */
import { LogEntry } from '../../src/rpc/filer';

export interface ScriptedRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly tsNs: bigint;
  /** Its offset was given, and it is neither in memory nor in a file. */
  readonly isGone?: true;
}

export interface LogFileOffsets {
  readonly min: number;
  readonly max: number;
}

type WriteFile = (name: string, content: Uint8Array, offsets: LogFileOffsets) => void;

export class ScriptedPartition {
  readonly records: ScriptedRecord[] = [];
  readonly rangeStart: number;
  readonly rangeStop: number;
  /** Offsets below it are in log files. */
  flushedTo = 0;
  /** Behind the last offset that files hold. */
  #filesEnd = 0;
  /** The buffer's own count of offsets, once the partition is loaded. */
  #buffered: number | undefined = 0;
  readonly #writeFile: WriteFile;
  readonly #waiting = new Set<() => void>();
  readonly #streams = new Set<() => void>();
  readonly #flushes = new Set<() => void>();
  #lastFile: { readonly name: string; readonly content: Buffer; readonly offsets: LogFileOffsets } | undefined;

  constructor(rangeStart: number, rangeStop: number, writeFile: WriteFile) {
    this.rangeStart = rangeStart;
    this.rangeStop = rangeStop;
    this.#writeFile = writeFile;
  }

  /** The record's offset and timestamp: now where it has none, and one more than the last where it is not later. */
  append(record: Partial<ScriptedRecord>): { readonly offset: number; readonly tsNs: bigint } {
    const last = this.records.at(-1)?.tsNs ?? 0n;
    const wanted = record.tsNs === undefined || record.tsNs === 0n ? BigInt(Date.now()) * 1_000_000n : record.tsNs;
    const tsNs = wanted > last ? wanted : last + 1n;
    this.records.push({ key: record.key ?? Buffer.alloc(0), value: record.value ?? Buffer.alloc(0), tsNs });
    this.#buffered = this.load() + 1;
    for (const wake of [...this.#waiting]) wake();
    return { offset: this.records.length - 1, tsNs };
  }

  /**
   * As a broker that ends and begins anew: its streams are gone, the files stay, it goes on at `nextOffset`. Records before that are there still,
   * or, where it `forgets`, those of them that are in files: it had noted how far it gave offsets, and not written so far.
   */
  restart(nextOffset: number, { forgets = false } = {}): void {
    this.records.length = nextOffset;
    if (forgets)
      for (const [index, record] of this.records.entries())
        if (index >= this.flushedTo) this.records[index] = { ...record, isGone: true };
    this.#buffered = undefined;
    this.flushedTo = Math.min(this.flushedTo, nextOffset);
    for (const end of [...this.#streams]) end();
  }

  /** Publishing, subscribing and reading load a partition: its buffer counts on from the files then. */
  load(): number {
    this.#buffered ??= this.#filesEnd;
    return this.#buffered;
  }

  /** As GetPartitionRangeInfo says it: the later of two counts. */
  get highWatermark(): number {
    return Math.max(this.records.length, this.#buffered ?? 0);
  }

  /** Calls `end` at each restart until the returned function is called. */
  onRestart(end: () => void): () => void {
    this.#streams.add(end);
    return () => this.#streams.delete(end);
  }

  /** Calls `flushed` after each flush until the returned function is called. */
  onFlush(flushed: () => void): () => void {
    this.#flushes.add(flushed);
    return () => this.#flushes.delete(flushed);
  }

  /** Calls `wake` after each append until the returned function is called. */
  onAppend(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  slice(start: number, countMax: number, bytesMax: number): ScriptedRecord[] {
    const taken: ScriptedRecord[] = [];
    let bytes = 0;
    for (const record of this.records.slice(start, start + countMax)) {
      if (record.isGone) break;
      bytes += record.key.length + record.value.length;
      if (taken.length > 0 && bytes > bytesMax) break;
      taken.push(record);
    }
    return taken;
  }

  entries(start: number): LogEntry[] {
    return this.records.flatMap(({ tsNs, value: data, key, isGone }, offset) =>
      offset < start || isGone ? [] : [{ tsNs, partitionKeyHash: 0, data, key, offset: BigInt(offset) }],
    );
  }

  /** `sameFile`: as where two windows begin in the second that names their file. */
  flush({ sameFile = false } = {}): void {
    const entries = this.entries(this.flushedTo);
    const first = entries[0];
    if (first === undefined) return;
    const pieces = entries.flatMap((entry) => {
      const bytes = LogEntry.encode(entry).finish();
      const size = Buffer.alloc(4);
      size.writeUInt32BE(bytes.length);
      return [size, bytes];
    });
    const last = sameFile ? this.#lastFile : undefined;
    const file = {
      name: last?.name ?? fileName(first.tsNs),
      content: Buffer.concat([last?.content ?? Buffer.alloc(0), ...pieces]),
      offsets: {
        min: Math.min(Number(first.offset), last?.offsets.min ?? Infinity),
        max: Math.max(this.records.length - 1, last?.offsets.max ?? 0),
      },
    };
    this.#writeFile(file.name, file.content, file.offsets);
    this.#lastFile = file;
    this.flushedTo = this.records.length;
    this.#filesEnd = Math.max(this.#filesEnd, this.flushedTo);
    for (const flushed of [...this.#flushes]) flushed();
  }
}

/** The engine names a log file by its window's start: `2006-01-02-15-04-05.000000000`. */
function fileName(tsNs: bigint): string {
  const seconds = new Date(Number(tsNs / 1_000_000n)).toISOString().slice(0, 19).replace(/[T:]/g, '-');
  return `${seconds}.${String(tsNs % 1_000_000_000n).padStart(9, '0')}`;
}
