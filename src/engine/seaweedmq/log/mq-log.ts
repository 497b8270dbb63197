/**
 * One partition's log with true offsets: the flushed part from its files, the rest from the broker's memory. The files come first
 * wherever they reach, because the stateless read can return other offsets' records under consistent numbers once data is on disk.
 */
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset } from '../../../types';
import type { PartitionRange } from '../../engine';
import { EngineError } from '../../../engine-error';
import { FlushedLog } from './flushed-log';
import type { FlushedLogOptions } from './flushed-log';
import { FlushedTimes } from './flushed-times';
import { LogEnd } from './log-end';
import type { RecordUnit } from '../records/record-unit';
import { UnflushedLog } from './unflushed-log';
import type { UnflushedLogOptions } from './unflushed-log';

export interface LogRead {
  readonly leader: string;
  readonly offset: Offset;
  readonly bytesMax: number;
  readonly range: PartitionRange;
  /** What takes long to find may be missing. */
  readonly quickly?: boolean;
}

/** What was in memory this recently is there still or in a file: the broker keeps flushed windows for a while. */
export const LISTING_AGE_MS_MAX = 1_000;
const SCAN_BYTES = 4 * 1024 * 1024;

export class MqLog {
  readonly flushed: FlushedLog;
  readonly unflushed: UnflushedLog;
  readonly end: LogEnd;
  readonly times: FlushedTimes;
  /** Of its files; tells it from every other log. */
  readonly directory: string;
  readonly #name: string;

  constructor(options: FlushedLogOptions & Omit<UnflushedLogOptions, 'end'>) {
    this.directory = options.directory;
    this.flushed = new FlushedLog(options);
    this.end = new LogEnd(this.flushed, options);
    this.unflushed = new UnflushedLog({ ...options, end: this.end });
    this.#name = `${options.topic} [${options.partition.rangeStart}, ${options.partition.rangeStop})`;
    this.times = new FlushedTimes(this.flushed, options.files, `times in ${this.#name}`);
  }

  /** The broker changed or failed: nothing kept of its memory holds. */
  forget(): void {
    this.flushed.forget();
    this.unflushed.forget();
    this.end.forget();
  }

  /** What was read at the offset is not what was produced. */
  distrust(offset: Offset): void {
    this.flushed.distrust(offset);
    this.unflushed.forget();
  }

  /**
   * At least one record, consecutive, from `offset` on; from the first past it only where it is proven that nothing is there. Throws
   * EngineError('contradiction') where the engine says there are records and nothing brings them.
   */
  async read(request: LogRead, context: CallContext): Promise<RecordUnit[]> {
    const { offset, range } = request;
    const units = consecutive(await this.#find(request, context));
    const last = units.at(-1);
    if (last === undefined) {
      await this.#doubtEnd(request, context);
      throw new EngineError(
        'contradiction',
        `${this.#name}: the engine's log is said to end at ${range.highWatermark} and nothing brings offset ${offset}`,
      );
    }
    this.end.saw(toOffset(last.lastOffset + 1));
    return units;
  }

  async #find(request: LogRead, context: CallContext): Promise<RecordUnit[]> {
    const { offset, bytesMax } = request;
    await this.flushed.refreshIfDistrusted(context);
    const kept = this.unflushed.kept(request);
    if (kept[0]?.baseOffset === offset && !kept[0].isPlaceholder) return kept;
    const cached = await this.flushed.read(offset, bytesMax, context);
    if (cached[0]?.baseOffset === offset) return cached;
    await this.flushed.refresh(cached.length > 0 ? 0 : LISTING_AGE_MS_MAX, context);
    const files = await this.flushed.read(offset, bytesMax, context);
    if (files.length > 0) return files;
    const last = await this.flushed.last(context);
    const tail = await this.unflushed.read({ ...request, afterTsNs: last?.lastTsNs ?? 0n }, context);
    if (tail.length > 0 && tail[0]?.isPlaceholder === false) return tail;
    // Flushed in the meantime, or lost; what a placeholder stands for was flushed before it.
    await this.flushed.refresh(0, context);
    const late = await this.flushed.read(offset, bytesMax, context);
    return late.length > 0 ? late : tail;
  }

  /** Where nothing at all lies behind the last record, the broker may say too much. */
  async #doubtEnd(request: LogRead, context: CallContext): Promise<void> {
    const { leader, offset, range } = request;
    if (this.unflushed.silentAt !== offset) return;
    const last = Math.max((await this.flushed.end(context)) - 1, this.unflushed.lastOffset, range.logStartOffset - 1);
    const end = toOffset(last + 1);
    if (end > offset) return;
    if (end < offset) {
      const units = await this.#find({ ...request, offset: end, bytesMax: 1 }, context);
      if (units.length > 0 || this.unflushed.silentAt !== end) return;
    }
    await this.end.nothingAt(end, leader, context);
  }

  /** The record at `offset`, for comparing; undefined where nothing with true offsets has it. */
  async at(request: Omit<LogRead, 'bytesMax'>, context: CallContext): Promise<RecordUnit | undefined> {
    const [unit] = await this.read({ ...request, bytesMax: 1 }, context);
    return unit?.baseOffset === request.offset ? unit : undefined;
  }

  /** Reads as `read` does, as many bytes as are worth one pass. */
  readMany(request: Omit<LogRead, 'bytesMax'>, context: CallContext): Promise<RecordUnit[]> {
    return this.read({ ...request, bytesMax: SCAN_BYTES }, context);
  }

  /** All records from the log's start on. */
  async *scan(leader: string, range: PartitionRange, context: CallContext): AsyncGenerator<readonly RecordUnit[]> {
    let offset = range.logStartOffset;
    while (offset < range.highWatermark) {
      const units = await this.readMany({ leader, offset, range }, context);
      const last = units.at(-1);
      if (last === undefined) return;
      yield units;
      offset = toOffset(last.lastOffset + 1);
    }
  }
}

/** Up to the first hole: what lies behind it is the next read's. */
function consecutive(units: RecordUnit[]): RecordUnit[] {
  for (let index = 1; index < units.length; index += 1) {
    if (units[index]?.baseOffset !== (units[index - 1]?.baseOffset ?? 0) + 1) return units.slice(0, index);
  }
  return units;
}
