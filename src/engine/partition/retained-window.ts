/**
 * What was just delivered from one partition, by offset, so that a re-request is answered at once and with the same bytes. It is
 * made of runs: units that followed one another without a hole that nobody saw. A read never crosses from one run into what is not
 * there. Bounded in bytes per partition, over all partitions by a shared budget that empties the window used least recently, and
 * in age: not every engine tells what left its log since. One that does has the window cleared (partition-log.ts).
 */
import type { Clock } from '../../clock';
import { toOffset } from '../../types';
import type { Offset } from '../../types';
import type { LogUnit } from '../dialect';

/** What a unit costs beyond its bytes: its objects and slots. */
const UNIT_OVERHEAD_BYTES = 128;
/** Readers at scattered offsets each leave a run; the oldest go first. */
const RUNS_MAX = 64;
const COMPACT_AFTER_UNITS = 256;
/** As long as a log's owner may have to wait until what it removed elsewhere is read nowhere. */
const RUN_AGE_MS_MAX = 300_000;

interface Run<U> {
  /** Offsets from ≤ offset < next are answered by the units from `head` on; a hole between them is one the engine delivered across. */
  from: Offset;
  next: Offset;
  readonly units: (U | undefined)[];
  head: number;
  readonly begunMs: number;
}

/** Bytes kept over all windows; the window used least recently pays. */
export class RetainedBudget {
  readonly #bytesMax: number;
  readonly #windows = new Set<{ evictOne(): boolean }>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  charge(window: { evictOne(): boolean }, bytes: number): void {
    this.#bytes += bytes;
    this.touch(window);
    while (this.#bytes > this.#bytesMax) {
      const [oldest] = this.#windows;
      if (oldest === undefined) return;
      if (!oldest.evictOne()) this.#windows.delete(oldest);
    }
  }

  refund(bytes: number): void {
    this.#bytes -= bytes;
  }

  touch(window: { evictOne(): boolean }): void {
    this.#windows.delete(window);
    this.#windows.add(window);
  }

  remove(window: { evictOne(): boolean }): void {
    this.#windows.delete(window);
  }
}

export interface RetainedWindowOptions {
  readonly budget: RetainedBudget;
  readonly bytesMax: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export class RetainedWindow<U extends LogUnit> {
  readonly #budget: RetainedBudget;
  readonly #bytesMax: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** In the order of use: the last one was used last. */
  #runs: Run<U>[] = [];
  #bytes = 0;

  constructor({ budget, bytesMax, clock }: RetainedWindowOptions) {
    this.#budget = budget;
    this.#bytesMax = bytesMax;
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** One past the greatest offset held; 0 where nothing is. */
  get end(): Offset {
    return this.#runs.reduce((end, run) => (run.next > end ? run.next : end), toOffset(0));
  }

  /** Keeps consecutive units, the first of which answers `from`. What is already here is not kept twice. */
  add(from: Offset, units: readonly U[]): void {
    let next = from;
    for (const unit of units) {
      if (unit.lastOffset < next) continue;
      if (this.#runAt(next) === undefined || unit.lastOffset >= this.#coveredUntil(next)) this.#append(next, unit);
      next = toOffset(unit.lastOffset + 1);
    }
    while (this.#bytes > this.#bytesMax && this.evictOne());
  }

  /** Appends the units that answer `offset` and follow it to `into`, held for the reader, up to `bytesMax` but, where `into` is empty, at least one. Returns their bytes. */
  read(offset: Offset, bytesMax: number, into: U[]): number {
    const run = this.#runAt(offset);
    if (run === undefined) return 0;
    if (this.#isOld(run)) {
      this.#drop(run);
      return 0;
    }
    let bytes = 0;
    for (let index = indexOf(run, offset); index < run.units.length; index += 1) {
      const unit = run.units[index];
      if (unit === undefined || (into.length > 0 && bytes + unit.bytes > bytesMax)) break;
      unit.lease?.hold();
      into.push(unit);
      bytes += unit.bytes;
    }
    this.#use(run);
    return bytes;
  }

  /** Drops the oldest unit of the run used least recently; false where nothing is left. */
  evictOne(): boolean {
    const [run] = this.#runs;
    if (run === undefined) {
      this.#budget.remove(this);
      return false;
    }
    this.#evictHead(run);
    return true;
  }

  /** Forgets what lies below the log start. */
  trimBelow(logStart: Offset): void {
    for (const run of [...this.#runs]) {
      while (
        this.#runs.includes(run) &&
        run.from < logStart &&
        (run.units[run.head]?.lastOffset ?? logStart) < logStart
      ) {
        this.#evictHead(run);
      }
    }
  }

  clear(): void {
    for (const run of [...this.#runs]) this.#drop(run);
    this.#budget.remove(this);
  }

  #isOld(run: Run<U>): boolean {
    return this.#clock.monotonicMs() - run.begunMs > RUN_AGE_MS_MAX;
  }

  #runAt(offset: Offset): Run<U> | undefined {
    return this.#runs.find((run) => run.from <= offset && offset < run.next);
  }

  #coveredUntil(offset: Offset): Offset {
    return this.#runAt(offset)?.next ?? offset;
  }

  #append(from: Offset, unit: U): void {
    const next = toOffset(unit.lastOffset + 1);
    // A run that begins inside the unit was cut along other boundaries (a compacted segment): the newer delivery stays.
    const overlapped = this.#runs.filter((run) => run.from < next && run.next > from);
    for (const run of overlapped) this.#drop(run);
    let run = this.#runs.find((candidate) => candidate.next === from && !this.#isOld(candidate));
    if (run === undefined) {
      const first = unit.baseOffset < from ? unit.baseOffset : from;
      run = { from: first, next: from, units: [], head: 0, begunMs: this.#clock.monotonicMs() };
      this.#runs.push(run);
      const [oldest] = this.#runs;
      if (this.#runs.length > RUNS_MAX && oldest !== undefined) this.#drop(oldest);
    }
    unit.lease?.hold();
    run.units.push(unit);
    run.next = next;
    this.#bytes += unit.bytes + UNIT_OVERHEAD_BYTES;
    this.#use(run);
    this.#budget.charge(this, unit.bytes + UNIT_OVERHEAD_BYTES);
  }

  #use(run: Run<U>): void {
    if (this.#runs.at(-1) !== run) this.#runs = [...this.#runs.filter((other) => other !== run), run];
    this.#budget.touch(this);
  }

  #evictHead(run: Run<U>): void {
    const unit = run.units[run.head];
    if (unit === undefined) {
      this.#runs = this.#runs.filter((other) => other !== run);
      return;
    }
    run.units[run.head] = undefined;
    run.head += 1;
    run.from = toOffset(unit.lastOffset + 1);
    this.#refund(unit);
    if (run.head === run.units.length) this.#runs = this.#runs.filter((other) => other !== run);
    else if (run.head >= COMPACT_AFTER_UNITS && run.head * 2 >= run.units.length) {
      run.units.splice(0, run.head);
      run.head = 0;
    }
  }

  #drop(run: Run<U>): void {
    for (let index = run.head; index < run.units.length; index += 1) {
      const unit = run.units[index];
      if (unit !== undefined) this.#refund(unit);
    }
    this.#runs = this.#runs.filter((other) => other !== run);
  }

  #refund(unit: U): void {
    this.#bytes -= unit.bytes + UNIT_OVERHEAD_BYTES;
    this.#budget.refund(unit.bytes + UNIT_OVERHEAD_BYTES);
    unit.lease?.release();
  }
}

/** Index of the first unit that ends at or past the offset. */
function indexOf<U extends LogUnit>(run: Run<U>, offset: Offset): number {
  let low = run.head;
  let high = run.units.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((run.units[middle]?.lastOffset ?? -1) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
