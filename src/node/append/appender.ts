/**
 * Appends to one partition. What arrives within one turn of the event loop is checked, given offsets and written together, and
 * answered in order once it is as safe as the policy asks:
 *
 *   os        answered after the write: survives the end of this process by any signal
 *   interval  the same; the partition is synced every so often besides
 *   always    answered after an fdatasync that covers it; appends that arrive meanwhile share the next one
 *
 * A write that fails leaves nothing behind: the file is cut back, the producers' sequences are as before, and every append of
 * the turn is refused.
 */
import { subtractInt64 } from '../../protocol/int64';
import { setBaseOffset, setLogAppendTime, setPartitionLeaderEpoch } from '../../protocol/patch-batch';
import { readBatchHeader } from '../../protocol/record-batch';
import { toLeaderEpoch, toOffset } from '../../types';
import { AppendStage, refuse } from './append-stage';
import type { AppendAnswer, AppendOutcome, StagedAppend } from './append-stage';
import { checkIncomingBatch } from './batch-check';
import type { BatchHeader } from '../log/batch-header';
import { countCensus } from '../log/count-census';
import { NodeError, storageError } from '../node-error';
import type { PartitionLog } from '../log/partition-log';
import { Segment } from '../log/segment';
import type { TailChunk } from '../log/tail-cache';
import { WrittenAppends } from './written-appends';

type Appended = Extract<AppendOutcome, { kind: 'appended' }>;

export type FsyncPolicy = 'os' | 'interval' | 'always';

/** One leader, for ever: there is no election to count. */
const LEADER_EPOCH = toLeaderEpoch(0);
/** An offset within a segment is kept as 32 bits. */
const SEGMENT_OFFSETS_MAX = 0x7fff_ffff;

export interface AppenderOptions {
  readonly log: PartitionLog;
  readonly fsync: FsyncPolicy;
  /** Runs the action after the present turn of the event loop. */
  readonly afterTurn: (action: () => void) => void;
  /** A full segment that nothing is appended to any more. */
  readonly onSealed: (log: PartitionLog, segment: Segment, producers: Buffer) => void;
  /** Batches were written. */
  readonly onWritten: (log: PartitionLog) => void;
  /** Puts the log back to what is on the disk below the high watermark, after a sync that failed. */
  readonly reload: (log: PartitionLog) => void;
}

export class Appender {
  readonly log: PartitionLog;
  /** Appended since the last sync. */
  unsyncedWrites = false;
  /** Appended since the active segment's index was written. */
  dirty = false;
  readonly #options: AppenderOptions;
  #pending: StagedAppend[] = [];
  /** Admitted in this turn, and not yet written. */
  #stage = new AppendStage();
  readonly #written: WrittenAppends;
  #nextOffset: number;
  #mustCut = false;
  #stopped: NodeError | undefined;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.log = options.log;
    this.#nextOffset = options.log.active.nextOffset;
    this.#written = new WrittenAppends({
      log: options.log,
      endOffset: () => this.#nextOffset,
      syncFailed: (error) => this.#abandon(error),
    });
  }

  /** Why everything is refused; undefined where it is not. */
  get refusal(): NodeError | undefined {
    return this.#stopped ?? this.log.failure;
  }

  /** Answers through `request.done`, never before this returns. */
  append(request: StagedAppend): void {
    this.#pending.push(request);
    if (this.#pending.length === 1) this.#options.afterTurn(() => this.flush());
  }

  /** From now on everything is refused with the first `reason`; what was written before is still answered as it deserves. */
  async stop(reason: NodeError): Promise<void> {
    this.flush();
    this.#stopped ??= reason;
    await this.#written.settled();
  }

  /** Appends that were answered may be gone: nothing more is appended, nor what waits for this turn. */
  async fail(reason: NodeError): Promise<void> {
    this.#stopped ??= reason;
    await this.stop(reason);
  }

  flush(): void {
    const requests = this.#pending;
    if (requests.length === 0) return;
    this.#pending = [];
    for (const request of requests) {
      try {
        this.#admit(request);
      } catch (error) {
        this.#stage.answers.push(this.#refusal(request, error));
      }
    }
    this.#commitStage();
  }

  #admit(request: StagedAppend): void {
    if (this.refusal !== undefined) throw this.refusal;
    const header = checkIncomingBatch(request.batch);
    const { producers, settings } = this.log;
    let verdict = producers.judge(header);
    if (verdict.kind === 'append' && this.#mustRoll(header)) {
      this.#commitStage();
      this.beginSegment();
      // What was staged may not have been written.
      verdict = producers.judge(header);
    }
    if (verdict.kind === 'append') {
      this.#place(request);
      return;
    }
    const { baseOffset, timestampMs } = verdict;
    this.#answer(request, { baseOffset, logAppendTimeMs: settings.logAppendTime ? timestampMs : -1, duplicate: true });
  }

  /** Gives the batch its offsets and adds it to the stage. */
  #place(request: StagedAppend): void {
    const { batch } = request;
    const logAppendTimeMs = this.log.settings.logAppendTime ? this.log.clock.nowMs() : -1;
    const baseOffset = this.#nextOffset;
    const census = request.census ?? countCensus(batch);
    setBaseOffset(batch, 0, toOffset(baseOffset));
    setPartitionLeaderEpoch(batch, 0, LEADER_EPOCH);
    if (logAppendTimeMs >= 0) setLogAppendTime(batch, 0, logAppendTimeMs);
    const header = readBatchHeader(batch, 0);
    this.log.producers.append(header, this.log.clock.nowMs());
    this.#stage.add(batch, { header, census });
    this.#nextOffset = header.lastOffset + 1;
    this.#answer(request, { baseOffset, logAppendTimeMs, duplicate: false });
  }

  #answer(request: StagedAppend, told: Omit<Appended, 'kind'>): void {
    this.#stage.answers.push({ request, outcome: { kind: 'appended', ...told }, endOffset: this.#nextOffset });
  }

  #mustRoll({ bytes, maxTimestamp, lastOffsetDelta }: BatchHeader): boolean {
    const { active, settings } = this.log;
    const size = active.size + this.#stage.bytes;
    if (size === 0) return false;
    if (size + bytes > settings.segmentBytes) return true;
    const first = active.index.firstTimestampMs;
    if (first >= 0 && subtractInt64(maxTimestamp, first) > settings.segmentMs) return true;
    return this.#nextOffset + lastOffsetDelta + 1 - active.baseOffset > SEGMENT_OFFSETS_MAX;
  }

  /** Closes the active segment, if anything is in it, and begins one at the next offset. Throws STORAGE_ERROR. */
  beginSegment(): void {
    const { active } = this.log;
    if (active.nextOffset === active.baseOffset) return;
    if (this.#options.fsync === 'always') {
      try {
        active.sync();
      } catch (error) {
        // A later sync of the same file may succeed without the bytes that this one lost.
        this.#abandon(error);
        throw storageError('sync', active.file('log'), error);
      }
      this.#written.complete(active.nextOffset);
    }
    const following = new Segment(this.log.storage, this.log.directory, this.#nextOffset);
    following.create();
    this.log.segments.push(following);
    this.dirty = false;
    this.#options.onSealed(this.log, active, this.log.producers.encode());
  }

  /** Writes what is staged; whatever comes of it, it is not staged any more. */
  #commitStage(): void {
    const stage = this.#stage;
    if (stage.answers.length === 0) return;
    this.#stage = new AppendStage();
    const chunks = stage.chunks();
    try {
      if (stage.batches.length > 0) this.#write(stage, chunks);
    } catch (error) {
      this.#undo(stage, error);
      return;
    }
    this.#written.add(stage.answers, chunks);
    if (this.#options.fsync === 'always') this.#written.startSync();
    else this.#written.complete(this.#nextOffset);
  }

  #write(stage: AppendStage, chunks: readonly TailChunk[]): void {
    const { active } = this.log;
    if (active.size === 0) active.create();
    if (this.#mustCut) active.cut();
    this.#mustCut = true;
    active.append(
      chunks.map((chunk) => chunk.bytes),
      stage.batches,
    );
    this.#mustCut = false;
    this.unsyncedWrites = true;
    this.dirty = true;
    this.log.producers.commit();
    this.#options.onWritten(this.log);
  }

  /** The write failed: what it left in the file goes, and everything is as before. */
  #undo(stage: AppendStage, error: unknown): void {
    this.log.producers.rollback();
    this.#nextOffset = this.log.active.nextOffset;
    const reason = error instanceof NodeError ? error : storageError('append to', this.log.active.file('log'), error);
    refuse(stage.answers, reason);
    try {
      if (this.#mustCut) this.log.active.cut();
      this.#mustCut = false;
    } catch {
      // The disk refuses this too. `mustCut` stays set, and the next append begins with it.
    }
  }

  /** A sync failed: nobody knows which bytes are on the disk, so all that was not yet answered goes. */
  #abandon(error: unknown): void {
    const waiting = this.#written.giveUp();
    const reason = error instanceof NodeError ? error : storageError('sync', this.log.active.file('log'), error);
    try {
      this.#options.reload(this.log);
      this.#nextOffset = this.log.active.nextOffset;
    } catch (failure) {
      this.#stopped = failure instanceof NodeError ? failure : storageError('reload', this.log.directory, failure);
    }
    refuse(waiting, reason);
  }

  #refusal(request: StagedAppend, error: unknown): AppendAnswer {
    const reason = error instanceof NodeError ? error : storageError('append to', this.log.directory, error);
    return { request, outcome: { kind: 'refused', error: reason }, endOffset: this.#nextOffset };
  }
}
