/**
 * Whether the gateway itself runs in time: a timer that comes late says how long nothing was read, answered or judged. Whoever judges
 * others asks here first how much of their delay was the gateway's own. It measures by itself; a scrape changes nothing.
 */
import type { Clock, Timer } from '../../clock';
import type { Incidents } from '../incidents/incidents';
import type { Instruments } from '../metrics/instruments';
import { type CpuTime, type CpuTimes, cpuSince, processCpuTimes } from './cpu-times';

export interface EventLoopWatchOptions {
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly incidents: Incidents;
  /** What the process was given to run on; the operating system's word by default. */
  readonly cpuTimes?: CpuTimes;
}

const PERIOD_MS = 100;
/** Late by so much it is kept in mind for verdicts; less is the ordinary length of a turn. */
const BLOCK_MS_MIN = 50;
/** Late by so much it is an incident. */
const LATE_MS_MIN = 1_000;
/** The incident lasts so long past the last time. A machine that is short of something is so again and again: it is told once. */
const HOLD_MS = { late: 10_000, starved: 300_000 };
/** The maximum that is shown is that of the last minute: whoever asks, and how often, changes nothing. */
const SLICE_MS = 10_000;
const SLICES = 6;
const BLOCKS_KEPT = 64;
const SHARE_MIN = 0.5;

export class EventLoopWatch {
  readonly #options: EventLoopWatchOptions;
  readonly #timer: Timer;
  readonly #cpuTimes: CpuTimes;
  /** The newest last; monotonic ms. */
  readonly #blocks: { readonly fromMs: number; readonly toMs: number }[] = [];
  readonly #slices: { readonly beganMs: number; maxMs: number }[] = [];
  #dueMs: number;
  #cpu: CpuTime;

  constructor(options: EventLoopWatchOptions) {
    this.#options = options;
    this.#cpuTimes = options.cpuTimes ?? processCpuTimes;
    this.#cpu = this.#cpuTimes();
    this.#dueMs = options.clock.monotonicMs() + PERIOD_MS;
    options.instruments.observe('seaglass_event_loop_late_max_seconds', () => [[{}, this.lateMsMax / 1_000]]);
    this.#timer = options.clock.every(PERIOD_MS, () => this.look());
  }

  /** Takes note of a delay that has just passed. Called by its own timer, and first thing by whoever judges at a time of its own. */
  look(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const lateMs = nowMs - this.#dueMs;
    if (lateMs < 0) return;
    this.#note(lateMs, nowMs);
    if (lateMs >= BLOCK_MS_MIN) {
      this.#blocks.push({ fromMs: this.#dueMs, toMs: nowMs });
      if (this.#blocks.length > BLOCKS_KEPT) this.#blocks.shift();
    }
    const cpu = this.#cpuTimes();
    if (lateMs >= LATE_MS_MIN) this.#tell(lateMs, cpuSince(this.#cpu, cpu));
    this.#cpu = cpu;
    this.#dueMs = nowMs + PERIOD_MS;
  }

  /** How much of the time since then the loop did not run, ms. `sinceMs` is on the monotonic clock. */
  blockedMs(sinceMs: number): number {
    let sum = 0;
    for (let index = this.#blocks.length - 1; index >= 0; index--) {
      const block = this.#blocks[index];
      if (block === undefined || block.toMs <= sinceMs) break;
      sum += block.toMs - Math.max(block.fromMs, sinceMs);
    }
    return sum;
  }

  /** How long the loop ran from then until now, or a time not long ago, ms: so long others had to answer. What has just passed is noted first. */
  awakeMs(sinceMs: number, untilMs = this.#options.clock.monotonicMs()): number {
    this.look();
    return untilMs - sinceMs - this.blockedMs(sinceMs);
  }

  /** The latest that a timer came within the last minute, ms. */
  get lateMsMax(): number {
    const fromMs = this.#options.clock.monotonicMs() - SLICE_MS * SLICES;
    return Math.max(0, ...this.#slices.filter(({ beganMs }) => beganMs >= fromMs).map(({ maxMs }) => maxMs));
  }

  close(): void {
    this.#timer.cancel();
  }

  #note(lateMs: number, nowMs: number): void {
    const newest = this.#slices.at(-1);
    if (newest !== undefined && nowMs - newest.beganMs < SLICE_MS) {
      newest.maxMs = Math.max(newest.maxMs, lateMs);
      return;
    }
    this.#slices.push({ beganMs: nowMs, maxMs: lateMs });
    if (this.#slices.length > SLICES) this.#slices.shift();
  }

  /** A process that wanted to run and was given no core, or no memory, is the machine's trouble; any other delay is its own. */
  #tell(lateMs: number, { ranMs, waitedMs, memoryMs }: CpuTime): void {
    const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
    const { incidents } = this.#options;
    const isMost = (ms: number): boolean => ms >= lateMs * SHARE_MIN;
    if (isMost(waitedMs)) {
      const evidence = `gave the gateway no core for ${seconds(waitedMs)} of ${seconds(lateMs)} s`;
      incidents.open('machine_starved', 'cpu', { evidence, holdMs: HOLD_MS.starved });
      return;
    }
    if (!isMost(ranMs) && isMost(memoryMs)) {
      const evidence = `kept the gateway waiting for ${seconds(memoryMs)} of ${seconds(lateMs)} s`;
      incidents.open('machine_starved', 'memory', { evidence, holdMs: HOLD_MS.starved });
      return;
    }
    const why = isMost(ranMs)
      ? `it computed for ${seconds(ranMs)} s of it`
      : 'it used no CPU meanwhile: it was stopped, or waited for memory or a file';
    incidents.open('event_loop_late', 'gateway', {
      evidence: `did nothing else for ${seconds(lateMs)} s: ${why}`,
      holdMs: HOLD_MS.late,
    });
  }
}
