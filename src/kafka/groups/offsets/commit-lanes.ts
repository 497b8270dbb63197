/**
 * The order in which what groups commit reaches the storage. Each partition of a group has a lane with one write under way; commits that
 * arrive meanwhile wait as one, the newest, and all are answered when it is stored. So a newer offset is never overtaken by an older.
 *
 * A write whose outcome is unknown (it timed out, the connection broke) may still be carried out when the storage wakes up. Its lane is
 * then in doubt: the next write waits until the storage answers a read, so that it does not pile up behind the other, and is read back
 * afterwards. Work that concerns a whole group waits for its lanes, and they for it.
 */
import { setMaxListeners } from 'node:events';
import { EngineError } from '../../../engine-error';
import type { CallContext } from '../../../telemetry/trace/operation';
import type { TopicPartition } from '../../../types';
import type { OffsetStorage, PartitionOffset } from './offset-storage';
import { closedError } from './offset-storage';
import { Slots } from '../../../waiting/slots';

export interface CommitLanesOptions {
  readonly storage: OffsetStorage;
  /** Writes under way at the same time, over all groups. */
  readonly writesMax: number;
  /** Commits and deletions that have not been answered, over all groups; beyond it they are refused. */
  readonly waitingMax: number;
}

/** Lanes remembered as being in doubt. */
const DOUBTS_MAX = 100_000;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Commit {
  readonly kind: 'commit';
  offset: PartitionOffset;
  context: CallContext;
  readonly waiters: Set<Waiter>;
}

interface Work {
  readonly kind: 'work';
  readonly run: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly waiter: Waiter;
}

type Job = Commit | Work;

interface Lane {
  readonly key: string;
  readonly jobs: Job[];
  running: boolean;
  inDoubt: boolean;
}

interface GroupLanes {
  readonly id: string;
  readonly lanes: Map<string, Lane>;
  /** Lanes with a job under way. */
  running: number;
  /** Work on the whole group: it waits for its lanes, and all that arrives later waits for it. */
  work: Work | undefined;
  readonly later: (() => void)[];
  inDoubt: boolean;
}

export class CommitLanes {
  readonly #options: CommitLanesOptions;
  readonly #groups = new Map<string, GroupLanes>();
  readonly #slots: Slots;
  readonly #closing = new AbortController();
  /** Rejects each that waits. A signal with as many listeners takes ever longer to add one. */
  readonly #unanswered = new Set<(error: Error) => void>();
  #waiting = 0;
  #doubts = 0;

  constructor(options: CommitLanesOptions) {
    this.#options = options;
    this.#slots = new Slots(options.writesMax);
    // Every write under way listens to it.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Commits and deletions that wait for their answer. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when this offset, or a newer one of the partition, is stored. A commit nobody waits for any more is not begun. */
  commit(group: string, offset: PartitionOffset, context: CallContext): Promise<void> {
    return this.#wait(group, context.signal, (lanes, waiter) => {
      const lane = laneOf(lanes, offset);
      const last = lane.jobs.at(-1);
      const joined: Commit = last?.kind === 'commit' ? last : { kind: 'commit', offset, context, waiters: new Set() };
      if (joined !== last) lane.jobs.push(joined);
      Object.assign(joined, { offset, context });
      joined.waiters.add(waiter);
      context.signal.addEventListener('abort', () => joined.waiters.delete(waiter), { once: true });
      this.#begin(lanes, lane);
    });
  }

  /** Runs where no commit to this partition is under way, in the order of arrival. */
  onPartition(group: string, of: TopicPartition, run: () => Promise<void>, signal: AbortSignal): Promise<void> {
    return this.#wait(group, signal, (lanes, waiter) => {
      const lane = laneOf(lanes, of);
      lane.jobs.push({ kind: 'work', run, signal, waiter });
      this.#begin(lanes, lane);
    });
  }

  /** Runs where no commit of this group is under way or waits; those that arrive meanwhile come after it. */
  onGroup(group: string, run: () => Promise<void>, signal: AbortSignal): Promise<void> {
    return this.#wait(group, signal, (lanes, waiter) => {
      lanes.work = { kind: 'work', run, signal, waiter };
      if (lanes.running === 0) void this.#workOn(lanes, lanes.work);
    });
  }

  /** Groups with a job under way or in doubt. */
  groups(): readonly string[] {
    return [...this.#groups.keys()];
  }

  close(): void {
    this.#closing.abort(closedError());
    for (const reject of [...this.#unanswered]) reject(closedError());
  }

  #wait(id: string, signal: AbortSignal, begin: (group: GroupLanes, waiter: Waiter) => void): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(closedError());
    if (signal.aborted) return Promise.reject(cancelled());
    if (this.#waiting >= this.#options.waitingMax) {
      return Promise.reject(new EngineError('unavailable', `${this.#waiting} commits wait for the storage already`));
    }
    this.#waiting += 1;
    return new Promise<void>((resolve, reject) => {
      const give = (end: () => void) => () => {
        signal.removeEventListener('abort', leave);
        this.#unanswered.delete(shut);
        end();
      };
      const leave = give(() => reject(cancelled()));
      const shut = (error: Error): void => give(() => reject(error))();
      signal.addEventListener('abort', leave, { once: true });
      this.#unanswered.add(shut);
      const waiter = { resolve: give(resolve), reject: shut };
      const group = this.#lanesOf(id);
      if (group.work === undefined) begin(group, waiter);
      else group.later.push(() => (signal.aborted ? undefined : begin(group, waiter)));
    }).finally(() => {
      this.#waiting -= 1;
    });
  }

  #lanesOf(id: string): GroupLanes {
    let lanes = this.#groups.get(id);
    if (lanes === undefined) {
      this.#groups.set(id, (lanes = { id, lanes: new Map(), running: 0, work: undefined, later: [], inDoubt: false }));
    }
    return lanes;
  }

  #begin(group: GroupLanes, lane: Lane): void {
    if (!lane.running) void this.#run(group, lane);
  }

  async #workOn(group: GroupLanes, work: Work): Promise<void> {
    if (!(await settle(work))) group.inDoubt = true;
    group.work = undefined;
    this.#resume(group);
    this.#forget(group);
  }

  /** Lets in what arrived meanwhile, up to the next work on the whole group. */
  #resume(group: GroupLanes): void {
    for (let next = group.later.shift(); next !== undefined; next = group.later.shift()) {
      next();
      if (group.work !== undefined) return;
    }
  }

  async #run(group: GroupLanes, lane: Lane): Promise<void> {
    lane.running = true;
    group.running += 1;
    await this.#slots.take();
    // Taken only now: until here newer commits joined it.
    const job = lane.jobs.shift();
    if (job?.kind === 'commit') await this.#store(group, lane, job);
    else if (job !== undefined && !(await settle(job))) this.#doubt(lane, true);
    this.#slots.giveBack();
    group.running -= 1;
    lane.running = false;
    if (lane.jobs.length > 0) this.#begin(group, lane);
    else this.#forget(group, lane);
    if (group.work !== undefined && group.running === 0) void this.#workOn(group, group.work);
  }

  #forget(group: GroupLanes, lane?: Lane): void {
    if (lane !== undefined && !lane.inDoubt) group.lanes.delete(lane.key);
    if (group.lanes.size === 0 && group.work === undefined && !group.inDoubt) this.#groups.delete(group.id);
  }

  /** Doubts are few: past the bound the newest are not remembered. */
  #doubt(lane: Lane, inDoubt: boolean): void {
    if (lane.inDoubt === inDoubt || (inDoubt && this.#doubts >= DOUBTS_MAX)) return;
    lane.inDoubt = inDoubt;
    this.#doubts += inDoubt ? 1 : -1;
  }

  async #store(group: GroupLanes, lane: Lane, commit: Commit): Promise<void> {
    if (commit.waiters.size === 0) return;
    const { storage } = this.#options;
    const { offset } = commit;
    const context = { operation: commit.context.operation, signal: this.#closing.signal };
    try {
      const inDoubt = lane.inDoubt || group.inDoubt;
      if (inDoubt) await storage.fetch(group.id, offset, context);
      await storage.commit(group.id, offset, context);
      if (inDoubt && !isSame(offset, await storage.fetch(group.id, offset, context))) {
        await storage.commit(group.id, offset, context);
      }
      this.#doubt(lane, false);
      group.inDoubt = false;
      for (const waiter of commit.waiters) waiter.resolve();
    } catch (error) {
      this.#doubt(lane, true);
      for (const waiter of commit.waiters) waiter.reject(asError(error));
    }
  }
}

function laneOf(group: GroupLanes, of: TopicPartition): Lane {
  const key = `${of.partition}/${of.topic}`;
  let lane = group.lanes.get(key);
  if (lane === undefined) group.lanes.set(key, (lane = { key, jobs: [], running: false, inDoubt: false }));
  return lane;
}

/** False where it is not known whether it was done. */
async function settle({ run, signal, waiter }: Work): Promise<boolean> {
  if (signal.aborted) return true;
  try {
    await run();
    waiter.resolve();
    return true;
  } catch (error) {
    waiter.reject(asError(error));
    return false;
  }
}

function isSame(offset: PartitionOffset, stored: Partial<PartitionOffset> | undefined): boolean {
  return stored?.offset === offset.offset && stored.committedAtMs === offset.committedAtMs;
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new EngineError('internal', String(error));

const cancelled = (): EngineError =>
  new EngineError('cancelled', 'a change of committed offsets was given up while it waited for the storage');
