/** The flushed part of one partition: which log file holds an offset. Listed anew when what is known is too old to say. */
import type { Clock } from '../../clock';
import type { Instruments } from '../../telemetry/instruments';
import type { CallContext } from '../../telemetry/operation';
import type { Offset } from '../../types';
import type { LogFile, LogFiles, OpenLogFile } from './log-files';
import type { RecordUnit } from './record-unit';

/** What opening a file taught; kept after the file itself was let go. */
interface FileRange {
  readonly first: Offset;
  readonly last: Offset;
  readonly lastTsNs: bigint;
}

export interface FlushedLogOptions {
  readonly directory: string;
  readonly files: LogFiles;
  readonly clock: Clock;
  readonly instruments: Instruments;
}

export class FlushedLog {
  readonly #options: FlushedLogOptions;
  readonly #ranges = new Map<string, FileRange>();
  #listed: readonly LogFile[] = [];
  #listedMs = Number.NEGATIVE_INFINITY;

  constructor(options: FlushedLogOptions) {
    this.#options = options;
  }

  /** Lists the files unless that was done less than `ageMsMax` ago. */
  async refresh(ageMsMax: number, context: CallContext): Promise<void> {
    const { clock, files, directory } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#listedMs < ageMsMax) return;
    const listed = await files.list(directory, context);
    this.#listed = listed;
    this.#listedMs = nowMs;
    const keys = new Set(listed.map(keyOf));
    for (const key of this.#ranges.keys()) if (!keys.has(key)) this.#ranges.delete(key);
  }

  /** The next read lists anew. */
  forget(): void {
    this.#listedMs = Number.NEGATIVE_INFINITY;
  }

  get sizeBytes(): number {
    return this.#listed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** Of the last record in the files as listed; undefined where there is none. */
  async last(context: CallContext): Promise<FileRange | undefined> {
    for (let index = this.#listed.length - 1; index >= 0; index -= 1) {
      const range = await this.#range(index, context);
      if (range !== undefined) return range;
    }
    return undefined;
  }

  /**
   * From the first record at or past `offset` in the files as listed; empty where they end before it. A first record past `offset`
   * is a hole in the log: the engine flushes in order.
   */
  async read(offset: Offset, bytesMax: number, context: CallContext): Promise<RecordUnit[]> {
    let next: number | undefined;
    for (let index = this.#listed.length - 1; index >= 0; index -= 1) {
      const file = this.#listed[index];
      const hint = file && (this.#ranges.get(keyOf(file))?.first ?? file.offsetMin);
      if (hint !== undefined && hint > offset) {
        next = index;
        continue;
      }
      const range = await this.#range(index, context);
      if (range === undefined) continue;
      if (range.first > offset) {
        next = index;
        continue;
      }
      if (range.last >= offset) return this.#readFrom(index, next, offset, bytesMax, context);
      break;
    }
    return next === undefined ? [] : this.#readFrom(next, undefined, offset, bytesMax, context);
  }

  /**
   * After a crash the engine may give out offsets again that a file already holds: then the later file's records are the ones the
   * engine knows, and the earlier file ends where the later begins.
   */
  async #readFrom(
    index: number,
    next: number | undefined,
    offset: Offset,
    bytesMax: number,
    context: CallContext,
  ): Promise<RecordUnit[]> {
    const units = (await this.#open(index, context))?.read(offset, bytesMax) ?? [];
    const nextFile = next === undefined ? undefined : this.#listed[next];
    const nextFirst = nextFile && (this.#ranges.get(keyOf(nextFile))?.first ?? nextFile.offsetMin);
    if (nextFirst === undefined || (units.at(-1)?.lastOffset ?? -1) < nextFirst) return units;
    this.#options.instruments.add('seaglass_engine_contradictions_total', { kind: 'offset_reused' });
    return units.filter((unit) => unit.baseOffset < nextFirst);
  }

  async #range(index: number, context: CallContext): Promise<FileRange | undefined> {
    const file = this.#listed[index];
    if (file === undefined) return undefined;
    const known = this.#ranges.get(keyOf(file));
    if (known !== undefined) return known;
    await this.#open(index, context);
    return this.#ranges.get(keyOf(file));
  }

  async #open(index: number, context: CallContext): Promise<OpenLogFile | undefined> {
    const file = this.#listed[index];
    if (file === undefined) return undefined;
    const opened = await this.#options.files.open(file, context);
    const first = opened.firstOffset;
    const last = opened.last();
    if (first !== undefined && last !== undefined) {
      this.#ranges.set(keyOf(file), { first, last: last.lastOffset, lastTsNs: last.tsNs });
    }
    return opened;
  }
}

const keyOf = (file: LogFile): string => `${file.path} ${file.sizeBytes}`;
