/**
 * The log files of a partition in the filer: what was flushed, every record with its true offset. A file's content never changes
 * under its name and size (it may grow when two windows begin in one second), so a fetched file is kept, within a bound, until it is
 * found to be wrong.
 */
import { SeaweedFilerService } from '../../../rpc/filer';
import type { Entry, ListEntriesResponse } from '../../../rpc/filer';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset } from '../../../types';
import { EngineError } from '../../../engine-error';
import { StreamReader } from '../../channel/stream-reader';
import type { MqCluster } from '../mq-cluster';
import { indexEntries, inOffsetOrder, readLogEntry } from '../records/log-entry';
import type { RecordTime, RecordUnit } from '../records/record-unit';

/** A file as listed. */
export interface LogFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** What the engine notes of its first and last offset; absent on the file that holds offset 0. */
  readonly offsetMin: number | undefined;
  readonly offsetMax: number | undefined;
  /** Small files may be inline. */
  readonly content: Uint8Array | undefined;
}

const PAGE_ENTRIES = 1_000;
/** Files fetched and kept, over all partitions. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;
const FILE_NAME = /^\d{4}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2}/;

export const bytesOf = (files: readonly LogFile[]): number => files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** A file's content never changes under it. */
export const fileKey = (file: LogFile): string => `${file.path} ${file.sizeBytes}`;

/** For each file, the lowest first offset of it and all later files. Files begin one behind the other, unless offsets are given again. */
export function lowestFirsts(files: readonly LogFile[]): number[] {
  const firsts: number[] = [];
  let lowest = Number.POSITIVE_INFINITY;
  for (let index = files.length - 1; index >= 0; index -= 1) {
    lowest = Math.min(lowest, files[index]?.offsetMin ?? 0);
    firsts[index] = lowest;
  }
  return firsts;
}

export class LogFiles {
  readonly #cluster: MqCluster;
  readonly #kept = new Map<string, OpenLogFile>();
  readonly #opening = new Map<string, Promise<OpenLogFile>>();
  #keptBytes = 0;

  constructor(cluster: MqCluster) {
    this.#cluster = cluster;
  }

  /** In the order of their windows, from the one of this name on where one is named; none where the directory is absent. */
  async list(directory: string, context: CallContext, from = ''): Promise<LogFile[]> {
    const files: LogFile[] = [];
    for (const entry of await listDirectory(this.#cluster, directory, context, from)) {
      if (!entry.isDirectory && FILE_NAME.test(entry.name) && !entry.name.endsWith('.parquet')) {
        files.push(logFile(directory, entry));
      }
    }
    return files;
  }

  /** The file's records; fetched once for all who ask at the same time, by whoever came first. */
  async open(file: LogFile, context: CallContext): Promise<OpenLogFile> {
    const key = fileKey(file);
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const opening = this.#opening.get(key) ?? this.#fetch(file, key, context);
    try {
      return await opening;
    } catch (error) {
      // Whoever fetched it gave up; that is no failure of those who waited along.
      if (context.signal.aborted || !(error instanceof EngineError) || error.code !== 'cancelled') throw error;
      return this.open(file, context);
    }
  }

  /** Who opens it next fetches it. */
  drop(file: LogFile): void {
    const key = fileKey(file);
    this.#keptBytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }

  #fetch(file: LogFile, key: string, context: CallContext): Promise<OpenLogFile> {
    const opening = this.#read(file, context)
      .then((opened) => {
        this.#keep(key, opened);
        return opened;
      })
      .finally(() => this.#opening.delete(key));
    this.#opening.set(key, opening);
    return opening;
  }

  async #read(file: LogFile, context: CallContext): Promise<OpenLogFile> {
    const content = file.content ?? (await this.#cluster.filerHttp.file(file, context));
    return new OpenLogFile(content, file.path);
  }

  #keep(key: string, file: OpenLogFile): void {
    this.#kept.set(key, file);
    this.#keptBytes += file.bytes;
    for (const [oldest, kept] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES_MAX || oldest === key) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= kept.bytes;
    }
  }
}

/** A fetched file. Records handed out are copies, so that one kept record does not keep its whole file. */
export class OpenLogFile {
  readonly #content: Uint8Array;
  readonly #positions: readonly number[];
  readonly #offsets: readonly Offset[];

  constructor(stored: Uint8Array, path: string) {
    const { content, positions, offsets } = inOffsetOrder(stored, indexEntries(stored, path));
    this.#content = content;
    this.#positions = positions;
    this.#offsets = offsets;
  }

  get bytes(): number {
    return this.#content.byteLength + this.#positions.length * 16;
  }

  get firstOffset(): Offset | undefined {
    return this.#offsets[0];
  }

  /** The offset of the first entry that is no placeholder; behind the last offset where all are. */
  get firstRecord(): Offset {
    for (const [index, offset] of this.#offsets.entries()) {
      if (!this.#unit(this.#content, this.#positions[index] ?? 0, this.#end(index)).isPlaceholder) return offset;
    }
    return toOffset((this.#offsets.at(-1) ?? -1) + 1);
  }

  last(): RecordUnit | undefined {
    const index = this.#offsets.length - 1;
    return index < 0 ? undefined : this.#unit(this.#content, this.#positions[index] ?? 0, this.#end(index));
  }

  /** The first of the records with the greatest time. */
  newest(): RecordTime | undefined {
    let newest: RecordTime | undefined;
    for (const [index, offset] of this.#offsets.entries()) {
      const unit = this.#unit(this.#content, this.#positions[index] ?? 0, this.#end(index));
      if (unit.isPlaceholder) continue;
      const { timestampMs } = unit;
      if (newest === undefined || timestampMs > newest.timestampMs) newest = { offset, timestampMs };
    }
    return newest;
  }

  /** Records from the first at or past `offset` on: about `bytesMax` bytes, and at least one record where there is one. */
  read(offset: Offset, bytesMax: number): RecordUnit[] {
    const from = this.#indexOf(offset);
    const start = this.#positions[from];
    if (start === undefined) return [];
    let to = from;
    while (to + 1 < this.#positions.length && this.#end(to + 1) - start <= bytesMax) to += 1;
    const copy = Buffer.from(this.#content.subarray(start, this.#end(to)));
    const units: RecordUnit[] = [];
    for (let index = from; index <= to; index += 1) {
      units.push(this.#unit(copy, (this.#positions[index] ?? 0) - start, this.#end(index) - start));
    }
    return units;
  }

  #indexOf(offset: Offset): number {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#offsets[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #end(index: number): number {
    return this.#positions[index + 1] ?? this.#content.byteLength;
  }

  #unit(bytes: Uint8Array, start: number, end: number): RecordUnit {
    return readLogEntry(bytes, start + 4, end);
  }
}

/** The entries of a directory, all or from a name on, by pages; none where it is absent. */
export async function listDirectory(
  cluster: MqCluster,
  directory: string,
  context: CallContext,
  from = '',
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const request = {
      directory,
      prefix: '',
      startFromFileName: entries.at(-1)?.name ?? from,
      inclusiveStartFrom: entries.length === 0 && from !== '',
      limit: PAGE_ENTRIES,
    };
    const stream = await cluster.filer().serverStream(SeaweedFilerService.listEntries, request, context);
    const before = entries.length;
    try {
      const reader = new StreamReader<ListEntriesResponse>(stream, `filer ListEntries of ${directory}`);
      for (;;) {
        const received = await reader.receive(context.signal);
        if (received.kind === 'end') {
          if (received.error !== undefined && !/no entry is found|not found/i.test(received.error.message)) {
            throw received.error;
          }
          break;
        }
        if (received.message.entry !== undefined) entries.push(received.message.entry);
      }
    } finally {
      stream.cancel();
    }
    if (entries.length - before < PAGE_ENTRIES) return entries;
  }
}

function logFile(directory: string, entry: Entry): LogFile {
  const size = entry.attributes?.fileSize ?? 0n;
  const chunked = entry.chunks.reduce((max, chunk) => {
    const end = Number(chunk.offset) + Number(chunk.size);
    return end > max ? end : max;
  }, 0);
  return {
    path: `${directory}/${entry.name}`,
    sizeBytes: Math.max(Number(size), chunked, entry.content.byteLength),
    offsetMin: int64Of(entry.extended['offset_min']),
    offsetMax: int64Of(entry.extended['offset_max']),
    content: entry.chunks.length === 0 ? entry.content : undefined,
  };
}

function int64Of(bytes: Uint8Array | undefined): number | undefined {
  if (bytes?.byteLength !== 8) return undefined;
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0));
}
