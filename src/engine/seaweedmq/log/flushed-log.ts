/** The flushed part of one partition: which log file holds an offset. Listed anew when what is known is too old to say. */
import type { Clock } from '../../../clock';
import { contradicted } from '../../contradiction';
import type { Instruments } from '../../../telemetry/metrics/instruments';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset } from '../../../types';
import { fileKey, lowestFirsts } from './log-files';
import type { LogFile, LogFiles, OpenLogFile } from './log-files';
import type { RecordUnit } from '../records/record-unit';

/** What opening a file taught; kept after the file itself was let go. */
interface FileRange {
  readonly first: Offset;
  /** Behind `first` where it begins with placeholders; past the last where it holds nothing else. */
  readonly firstRecord: Offset;
  readonly last: Offset;
  readonly lastTsNs: bigint;
}

/** How often a file that is wrong is fetched anew, at most. */
const DISTRUST_MS_MIN = 5_000;

export interface FlushedLogOptions {
  readonly directory: string;
  readonly files: LogFiles;
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly topic: string;
}

export class FlushedLog {
  readonly #options: FlushedLogOptions;
  readonly #ranges = new Map<string, FileRange>();
  #listed: readonly LogFile[] = [];
  #lowestFirst: readonly number[] = [];
  #listedMs = Number.NEGATIVE_INFINITY;
  /** Counts the listings asked for; the last of them that was taken. */
  #asks = 0;
  #taken = 0;
  #doubts = 0;
  #distrusted = false;
  #distrustedMs = Number.NEGATIVE_INFINITY;

  constructor(options: FlushedLogOptions) {
    this.#options = options;
  }

  /** Lists the files unless that was done less than `ageMsMax` ago. */
  async refresh(ageMsMax: number, context: CallContext): Promise<void> {
    const { clock, files, directory } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#listedMs < ageMsMax) return;
    this.#asks += 1;
    const [ask, doubts] = [this.#asks, this.#doubts];
    const listed = await files.list(directory, context);
    // One that was asked for later came before it.
    if (ask < this.#taken) return;
    this.#taken = ask;
    this.#take(listed);
    if (doubts === this.#doubts) {
      this.#listedMs = nowMs;
      this.#distrusted = false;
    }
    const keys = new Set(listed.map(fileKey));
    for (const key of this.#ranges.keys()) if (!keys.has(key)) this.#ranges.delete(key);
  }

  /** Lists what came behind the last file that is known; that one may have grown. For who asks often, and for nothing but the end. */
  async extend(context: CallContext): Promise<void> {
    const { files, directory } = this.#options;
    const before = this.#listed;
    const from = before.at(-1)?.path.slice(directory.length + 1);
    const found = await files.list(directory, context, from);
    // Who listed all of them meanwhile knows more.
    if (found.length > 0 && this.#listed === before) this.#take([...before.slice(0, -1), ...found]);
  }

  /** The next read lists anew. */
  forget(): void {
    this.#doubts += 1;
    this.#listedMs = Number.NEGATIVE_INFINITY;
  }

  /** What the file with this offset brought is not what was produced. It may be restored: it is listed and fetched anew, now and then. */
  distrust(offset: Offset): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#distrustedMs < DISTRUST_MS_MIN) return;
    this.#distrustedMs = nowMs;
    this.#distrusted = true;
    this.forget();
    for (const file of this.#listed) {
      const range = this.#ranges.get(fileKey(file));
      if (range !== undefined && range.first <= offset && offset <= range.last) this.#options.files.drop(file);
    }
  }

  /** Lists the files where one of them was found wrong since. */
  async refreshIfDistrusted(context: CallContext): Promise<void> {
    if (this.#distrusted) await this.refresh(0, context);
  }

  /** The log files as they were last listed. */
  get listed(): readonly LogFile[] {
    return this.#listed;
  }

  /** The range of the last listed file that holds records; undefined where none does. */
  async last(context: CallContext): Promise<FileRange | undefined> {
    for (let index = this.#listed.length - 1; index >= 0; index -= 1) {
      const range = await this.#range(index, context);
      if (range !== undefined) return range;
    }
    return undefined;
  }

  /** Behind the last offset of the files as listed; 0 where there is none. Not always the last file's: see `#readFrom`. */
  async end(context: CallContext): Promise<Offset> {
    let last = -1;
    for (const [index, file] of this.#listed.entries()) {
      // The engine notes no offsets on a file that holds offset 0: such a one is looked into where none after it can tell more.
      const unnoted = file.offsetMax === undefined && index >= this.#listed.length - 2;
      const found = unnoted ? (await this.#range(index, context))?.last : file.offsetMax;
      if (found !== undefined && found > last) last = found;
    }
    return toOffset(last + 1);
  }

  /** The offset at which the newest listed files of about `bytesMax` bytes begin; 0 where there is none. */
  tailStart(bytesMax: number): Offset {
    let bytes = 0;
    let start: number | undefined;
    for (let index = this.#listed.length - 1; index >= 0; index -= 1) {
      bytes += this.#listed[index]?.sizeBytes ?? 0;
      if (bytes > bytesMax && start !== undefined) break;
      start = this.#lowestFirst[index];
    }
    return toOffset(start ?? 0);
  }

  /**
   * From the first record at or past `offset` in the files as listed; empty where they end before it. A first record past `offset`
   * is a hole in the log: the engine flushes in order.
   */
  async read(offset: Offset, bytesMax: number, context: CallContext): Promise<RecordUnit[]> {
    let next: number | undefined;
    let placeholders: RecordUnit[] | undefined;
    for (let index = this.#listed.length - 1; index >= 0; index -= 1) {
      const file = this.#listed[index];
      const hint = file && (this.#ranges.get(fileKey(file))?.first ?? file.offsetMin);
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
      if (range.last < offset) {
        // What placeholders repeat lies in a file before.
        if (range.firstRecord > range.first) continue;
        break;
      }
      const units = await this.#readFrom(index, next, offset, bytesMax, context);
      if (units[0]?.isPlaceholder !== true) return units;
      // Whose offset it took may be in a file before.
      placeholders ??= units;
      next = index;
    }
    if (placeholders !== undefined) return placeholders;
    return next === undefined ? [] : this.#readFrom(next, undefined, offset, bytesMax, context);
  }

  /**
   * A broker that began anew may give out offsets again that a file already holds. Placeholders say that a gateway saw it: the records
   * of the earlier file stand. Records say that somebody wrote without looking: those are the ones the engine knows, and the earlier
   * file ends where they begin.
   */
  async #readFrom(
    index: number,
    next: number | undefined,
    offset: Offset,
    bytesMax: number,
    context: CallContext,
  ): Promise<RecordUnit[]> {
    const units = (await this.#open(index, context))?.read(offset, bytesMax) ?? [];
    const behind = (units.at(-1)?.lastOffset ?? -1) + 1;
    let end = behind;
    for (let later = next ?? this.#listed.length; (this.#lowestFirst[later] ?? end) < end; later += 1) {
      if ((this.#listed[later]?.offsetMin ?? 0) >= end) continue;
      const again = await this.#range(later, context);
      if (again !== undefined && again.firstRecord < end) end = again.firstRecord;
    }
    if (end === behind) return units;
    const { instruments, topic } = this.#options;
    contradicted(instruments, 'offset_reused', { topic, offset: end }, context.operation);
    return units.filter((unit) => unit.baseOffset < end);
  }

  #take(listed: readonly LogFile[]): void {
    this.#listed = listed;
    this.#lowestFirst = lowestFirsts(listed);
  }

  async #range(index: number, context: CallContext): Promise<FileRange | undefined> {
    const file = this.#listed[index];
    if (file === undefined) return undefined;
    const known = this.#ranges.get(fileKey(file));
    if (known !== undefined) return known;
    await this.#open(index, context);
    return this.#ranges.get(fileKey(file));
  }

  async #open(index: number, context: CallContext): Promise<OpenLogFile | undefined> {
    const file = this.#listed[index];
    if (file === undefined) return undefined;
    const opened = await this.#options.files.open(file, context);
    const { firstOffset: first, firstRecord } = opened;
    const last = opened.last();
    if (first !== undefined && last !== undefined) {
      this.#ranges.set(fileKey(file), { first, firstRecord, last: last.lastOffset, lastTsNs: last.tsNs });
    }
    return opened;
  }
}
