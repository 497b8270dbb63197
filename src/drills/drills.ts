/**
 * The drills of a gateway that was started for them: begun and ended on request, ended by themselves when their time is over, shouted in
 * log and metrics for as long as they last.
 */
import type { Clock, Timer } from '../clock';
import type { Logger } from '../telemetry/log/log';
import type { Instruments } from '../telemetry/metrics/instruments';
import type { RecentTraces } from '../telemetry/trace/recent-traces';
import { DRILL_NAMES, type DrilledEngine, type DrillName, drillOf } from './drill-list';
import type { Fault } from './fault';
import { Faults } from './faults';

export interface DrillRequest {
  readonly drill: DrillName;
  /** Only this topic is met; all where absent. Of drills that take one. */
  readonly topic?: string;
  /** Until it ends by itself, ms. */
  readonly forMs: number;
  /** Instead of the declared delay, ms. */
  readonly delayMs?: number;
}

/** One that is under way, as it is shouted. */
export interface ShoutedDrill {
  readonly drill: DrillName;
  readonly what: string;
  readonly topic: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly endsMs: number;
}

export interface RunningDrill extends ShoutedDrill {
  /** How often its faults struck. */
  readonly fired: number;
  /** What notable traces since then tell: spans that failed or stalled, and why a trace was kept; each with its newest trace. */
  readonly traces: Readonly<Record<string, string>>;
}

export interface DrillResult {
  readonly drill: DrillName;
  readonly passed: boolean;
  /** From its start until all that was expected was seen; undefined where it was not. */
  readonly detectMs: number | undefined;
}

interface Running {
  /** What goes wrong. */
  readonly what: string;
  readonly request: DrillRequest;
  readonly faults: readonly Fault[];
  readonly sinceMs: number;
  readonly endsMs: number;
  readonly timer: Timer;
}

export interface DrillsOptions {
  /** What the gateway stands before. */
  readonly engine: DrilledEngine;
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly log: Logger;
  readonly recent: Pick<RecentTraces, 'find'>;
}

export const DRILL_MS_MAX = 3_600_000;

export class Drills {
  /** What the engine side asks. */
  readonly faults: Faults;
  readonly #options: DrillsOptions;
  readonly #running = new Map<DrillName, Running>();
  readonly #results = new Map<DrillName, DrillResult>();
  readonly #watchers = new Set<() => void>();
  #lookAnew: (topic: string | undefined) => void = () => undefined;
  #toNode: ((faults: readonly Fault[]) => void) | undefined;
  #lastId = 0;

  constructor(options: DrillsOptions) {
    const { clock, instruments, log } = options;
    this.#options = options;
    this.faults = new Faults(clock, ({ drill }) => instruments.add('seaglass_drill_fired_total', { drill }));
    instruments.observe('seaglass_drill_active', () =>
      DRILL_NAMES.map((drill) => [{ drill }, this.#running.has(drill) ? 1 : 0] as const),
    );
    for (const drill of DRILL_NAMES) instruments.add('seaglass_drill_fired_total', { drill }, 0);
    log.write('warn', 'drills.enabled', 'DRILLS ARE ENABLED: whoever reaches the console can make this gateway fail');
  }

  /** Faults that strike in the node go to its thread by `send`; `fired` there is told to `faults.fired`. */
  nodeIsAt(send: (faults: readonly Fault[]) => void): void {
    this.#toNode = send;
  }

  /** `lookAnew` gives up what the engine side holds of the topic, or of all: asked at the start of a drill that only then has anything to strike. */
  engineIs(lookAnew: (topic: string | undefined) => void): void {
    this.#lookAnew = lookAnew;
  }

  get engine(): DrilledEngine {
    return this.#options.engine;
  }

  /** Whether the node's own faults have somewhere to go. */
  get reachesNode(): boolean {
    return this.#toNode !== undefined;
  }

  /** Begins it; one that is under way begins anew. */
  start(request: DrillRequest): RunningDrill {
    const { clock, log } = this.#options;
    const { drill, topic, delayMs } = request;
    this.stop(drill);
    const sinceMs = clock.nowMs();
    const forMs = Math.min(request.forMs, DRILL_MS_MAX);
    const endsMs = sinceMs + forMs;
    const story = drillOf(drill, this.engine);
    const { what } = story;
    const faults = story.faults.map((declared) => ({
      ...declared,
      ...(delayMs === undefined || declared.delayMs === undefined ? {} : { delayMs }),
      match: { ...declared.match, ...(topic === undefined ? {} : { topic }) },
      id: ++this.#lastId,
      drill,
      endsMs,
    }));
    const timer = clock.after(forMs, () => this.stop(drill));
    const running = { what, request, faults, sinceMs, endsMs, timer };
    this.#running.set(drill, running);
    this.#put();
    if (story.asksAnew === true) this.#lookAnew(topic);
    const text = `DRILL ${drill}: ${what} It ends by itself after ${forMs / 1_000} s.`;
    log.write('warn', 'drill.started', text, { 'seaglass.drill': drill, 'messaging.destination.name': topic });
    this.#blockLoop();
    return this.#describe(drill, running);
  }

  stop(drill: DrillName): void {
    const running = this.#running.get(drill);
    if (running === undefined) return;
    running.timer.cancel();
    const { fired } = this.#describe(drill, running);
    this.#running.delete(drill);
    this.#put();
    const text = `DRILL ${drill}: it is over, its faults struck ${fired} times`;
    this.#options.log.write('warn', 'drill.ended', text, { 'seaglass.drill': drill, 'seaglass.drill.fired': fired });
  }

  /** What a run of the drill came to, as whoever checked it says. */
  record(result: DrillResult): void {
    const { instruments, log } = this.#options;
    const { drill, passed, detectMs } = result;
    this.#results.set(drill, result);
    instruments.set('seaglass_drill_result', { drill }, passed ? 1 : 0);
    const took = detectMs === undefined ? '' : ` after ${(detectMs / 1_000).toFixed(1)} s`;
    const text = `DRILL ${drill}: ${passed ? `PASS${took}` : 'FAIL'}`;
    log.write('warn', 'drill.result', text, { 'seaglass.drill': drill, 'seaglass.drill.passed': passed });
  }

  /** What fails on purpose now, for whoever looks at the gateway. */
  shouted(): readonly ShoutedDrill[] {
    return [...this.#running].map(([drill, running]) => shoutedOf(drill, running));
  }

  /** The same with what it came to so far. */
  running(): readonly RunningDrill[] {
    return [...this.#running].map(([drill, running]) => this.#describe(drill, running));
  }

  /** Calls back when one begins or ends; returns how to stop. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  results(): readonly DrillResult[] {
    return [...this.#results.values()];
  }

  close(): void {
    for (const drill of [...this.#running.keys()]) this.stop(drill);
  }

  #put(): void {
    const faults = [...this.#running.values()].flatMap((running) => running.faults);
    this.faults.put(faults);
    this.#toNode?.(faults.filter(({ effect }) => effect === 'fill_disk'));
    for (const changed of this.#watchers) changed();
  }

  /** The event loop stands still for so long, right behind the answer to who asked. */
  #blockLoop(): void {
    this.#options.clock.after(BLOCK_AFTER_MS, () => {
      const fault = this.faults.strike('block_loop');
      // As a long synchronous call does, but without taking a core from others.
      if (fault !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.delayMs);
    });
  }

  #describe(drill: DrillName, running: Running): RunningDrill {
    const counts = this.faults.counts();
    const fired = running.faults.reduce((sum, { id }) => sum + (counts.get(id) ?? 0), 0);
    return { ...shoutedOf(drill, running), fired, traces: this.#traces(running.sinceMs) };
  }

  #traces(sinceMs: number): Readonly<Record<string, string>> {
    const told: Record<string, string> = {};
    for (const { traceId, reason, spans } of this.#options.recent.find({ sinceMs, limit: TRACES_LOOKED_AT })) {
      told[reason] ??= traceId;
      for (const { name, error } of spans) if (error !== undefined) told[name] ??= traceId;
    }
    return told;
  }
}

function shoutedOf(drill: DrillName, { what, request, endsMs, sinceMs }: Running): ShoutedDrill {
  return { drill, what, topic: request.topic, sinceMs, endsMs };
}

const TRACES_LOOKED_AT = 200;
const BLOCK_AFTER_MS = 50;
