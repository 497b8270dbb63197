/**
 * The newest record of each log file of one partition, learnt by opening it once and kept after the file itself was let go: a search by
 * time passes over files that cannot hold what it looks for, and one that ran out of time goes on where it ended.
 *
 * Only what a file holds proves anything: a record's own time may lie before or behind the engine's, and so behind its file's name. What a
 * file holds may lie below the log's start, or have its offset taken by a later file, so its newest record is a bound.
 */
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Int64, Offset } from '../../../types';
import { cancelled } from '../../../waiting/deadline';
import type { FlushedLog } from './flushed-log';
import { fileKey, lowestFirsts } from './log-files';
import type { LogFile, LogFiles } from './log-files';
import type { RecordTime } from '../records/record-unit';

export interface FileTimes {
  readonly first: Offset;
  readonly last: Offset;
  /** The first of those with the greatest time; undefined where there are placeholders only. */
  readonly newest: RecordTime | undefined;
}

/** Small files are opened together. */
const TOGETHER_MAX = 16;
const TOGETHER_BYTES_MAX = 4 * 1024 * 1024;

export class FlushedTimes {
  readonly #flushed: FlushedLog;
  readonly #files: LogFiles;
  readonly #what: string;
  /** By file; undefined for a file that holds nothing. */
  readonly #known = new Map<string, FileTimes | undefined>();

  constructor(flushed: FlushedLog, files: LogFiles, what: string) {
    this.#flushed = flushed;
    this.#files = files;
    this.#what = what;
  }

  /**
   * From `offset` on, up to where every record is proven to be older than the time: there is a newer one, or nothing is known. The files
   * are those listed.
   */
  async olderUntil(offset: Offset, timestampMs: Int64, context: CallContext): Promise<Offset> {
    const files = this.#listed();
    const lowest = lowestFirsts(files);
    let until = offset;
    for (const [index, file] of files.entries()) {
      if (file.offsetMax !== undefined && file.offsetMax < until) continue;
      const times = await this.#learn(files, index, context);
      if (times === undefined || times.last < until) continue;
      if (times.first > until || isNewer(times, timestampMs)) return until;
      let end = times.last + 1;
      // A broker that began anew may have given its offsets again.
      for (let later = index + 1; later < files.length && (lowest[later] ?? end) < end; later += 1) {
        if ((files[later]?.offsetMin ?? 0) >= end) continue;
        const again = await this.#learn(files, later, context);
        if (again === undefined || again.first >= end || again.last < until || !isNewer(again, timestampMs)) continue;
        end = Math.max(again.first, until);
      }
      until = toOffset(Math.max(until, end));
    }
    return until;
  }

  /** The times of all files that reach to `offset` or further. */
  async from(offset: Offset, context: CallContext): Promise<FileTimes[]> {
    const files = this.#listed();
    const found: FileTimes[] = [];
    for (const [index, file] of files.entries()) {
      if (file.offsetMax !== undefined && file.offsetMax < offset) continue;
      const times = await this.#learn(files, index, context);
      if (times !== undefined && times.last >= offset) found.push(times);
    }
    return found;
  }

  #listed(): readonly LogFile[] {
    const { listed } = this.#flushed;
    if (this.#known.size > listed.length) {
      const keys = new Set(listed.map(fileKey));
      for (const key of this.#known.keys()) if (!keys.has(key)) this.#known.delete(key);
    }
    return listed;
  }

  /** Opens the file where it never was, and small ones behind it that never were. */
  async #learn(files: readonly LogFile[], index: number, context: CallContext): Promise<FileTimes | undefined> {
    const wanted = files[index];
    if (wanted === undefined) return undefined;
    const key = fileKey(wanted);
    if (!this.#known.has(key)) {
      await new Promise((resolve) => setImmediate(resolve));
      if (context.signal.aborted) throw cancelled(this.#what);
      await Promise.all(this.#together(files, index).map((file) => this.#open(file, context)));
    }
    return this.#known.get(key);
  }

  #together(files: readonly LogFile[], index: number): LogFile[] {
    const together: LogFile[] = [];
    let bytes = 0;
    for (const file of files.slice(index, index + TOGETHER_MAX)) {
      bytes += file.sizeBytes;
      if (together.length > 0 && bytes > TOGETHER_BYTES_MAX) break;
      if (!this.#known.has(fileKey(file))) together.push(file);
    }
    return together;
  }

  async #open(file: LogFile, context: CallContext): Promise<void> {
    const opened = await this.#files.open(file, context);
    const first = opened.firstOffset;
    const last = opened.last()?.lastOffset;
    const times = first === undefined || last === undefined ? undefined : { first, last, newest: opened.newest() };
    this.#known.set(fileKey(file), times);
  }
}

const isNewer = ({ newest }: FileTimes, timestampMs: Int64): boolean =>
  newest !== undefined && newest.timestampMs >= timestampMs;
