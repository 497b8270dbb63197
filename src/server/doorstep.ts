/**
 * Where connections wait before they are served: a listener, or all of them, may open only so many a second and a listener only so many at
 * once, and what comes past that waits its turn (KIP-402, KIP-612). An address over its own rate is not let in: as in Kafka its connection
 * is kept unserved for the throttle and then closed, so that a client that tries again at once is slowed down.
 */
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../clock';
import { plainAddress } from '../kafka/quotas/host-address';
import { type RateWindows, throttleMs, WindowedRate } from '../kafka/quotas/windowed-rate';

/** Of a listener, or of all together; absent is no limit. */
export interface ConnectionLimits {
  /** Kafka's max.connections of a listener. */
  readonly connectionsMax?: number | undefined;
  /** Kafka's max.connection.creation.rate: a second. */
  readonly connectionRateMax?: number | undefined;
}

export interface DoorstepOptions {
  readonly clock: Clock;
  readonly windows: RateWindows;
  /** Kafka's max.connection.creation.rate of all listeners together; infinite where there is none. */
  readonly connectionRateMax: number;
  /** For how long a connection of the address is kept unserved, ms; 0 where it may be served. */
  readonly ofAddress: (address: string, nowMs: number) => number;
  readonly delayed: (listener: string, limit: DelayCause) => void;
}

export const DELAY_CAUSES = ['ip', 'rate', 'full'] as const;
export type DelayCause = (typeof DELAY_CAUSES)[number];

interface Arrival {
  readonly socket: Socket;
  readonly admit: () => void;
}

interface Step {
  readonly name: string;
  readonly limits: ConnectionLimits;
  readonly rate: WindowedRate;
  readonly waiting: Arrival[];
  /** Let in and not yet gone. */
  inside: number;
  /** The first of those that wait was counted, and may come in from then on. */
  readyMs: number | undefined;
  isToldFull: boolean;
  timer: Timer | undefined;
}

/** As many as a backlog of the kernel holds; who comes past them is closed. */
const WAITING_MAX = 1_024;

export class Doorstep {
  readonly #options: DoorstepOptions;
  readonly #all: WindowedRate;
  readonly #steps = new Map<string, Step>();
  readonly #kept = new Set<Socket>();

  constructor(options: DoorstepOptions) {
    this.#options = options;
    this.#all = new WindowedRate(options.windows);
  }

  open(listener: string, limits: ConnectionLimits): void {
    const rate = new WindowedRate(this.#options.windows);
    const step = { name: listener, limits, rate, waiting: [], inside: 0 };
    this.#steps.set(listener, { ...step, readyMs: undefined, isToldFull: false, timer: undefined });
  }

  /** `admit` is called where it may be served, at once or later; returns false where it may not even wait. */
  arrive(listener: string, socket: Socket, admit: () => void): boolean {
    const step = this.#steps.get(listener);
    if (step === undefined || step.waiting.length >= WAITING_MAX) return false;
    step.waiting.push({ socket, admit });
    if (step.waiting.length === 1) this.#proceed(step);
    return true;
  }

  /** One that was admitted is gone. */
  left(listener: string): void {
    const step = this.#steps.get(listener);
    if (step === undefined) return;
    step.inside--;
    this.#proceed(step);
  }

  close(): void {
    for (const step of this.#steps.values()) {
      step.timer?.cancel();
      for (const { socket } of step.waiting.splice(0)) socket.destroy();
    }
    for (const socket of this.#kept) socket.destroy();
  }

  /** Lets in who may come in, one behind the other. */
  #proceed(step: Step): void {
    for (let next = step.waiting[0]; next !== undefined; next = step.waiting[0]) {
      if (next.socket.destroyed) {
        step.waiting.shift();
        continue;
      }
      if (!this.#isReady(step) || !this.#hasRoom(step)) return;
      step.waiting.shift();
      step.readyMs = undefined;
      step.isToldFull = false;
      this.#enter(step, next);
    }
  }

  #isReady(step: Step): boolean {
    const { clock, delayed } = this.#options;
    const nowMs = clock.monotonicMs();
    if (step.readyMs === undefined) {
      const waitMs = this.#rateThrottle(step, Math.floor(nowMs));
      step.readyMs = nowMs + waitMs;
      if (waitMs > 0) {
        delayed(step.name, 'rate');
        step.timer = clock.after(waitMs, () => this.#proceed(step));
      }
    }
    return nowMs >= step.readyMs;
  }

  /** At most a window. */
  #rateThrottle({ rate, limits }: Step, nowMs: number): number {
    const { windows, connectionRateMax } = this.#options;
    const own = counted(rate, limits.connectionRateMax ?? Infinity, nowMs);
    return Math.min(windows.windowMs, Math.max(own, counted(this.#all, connectionRateMax, nowMs)));
  }

  #hasRoom(step: Step): boolean {
    if (step.inside < (step.limits.connectionsMax ?? Infinity)) return true;
    if (!step.isToldFull) this.#options.delayed(step.name, 'full');
    step.isToldFull = true;
    return false;
  }

  #enter(step: Step, { socket, admit }: Arrival): void {
    const { clock, ofAddress, delayed } = this.#options;
    const nowMs = Math.floor(clock.monotonicMs());
    const keptMs = ofAddress(plainAddress(socket.remoteAddress ?? ''), nowMs);
    if (keptMs === 0) {
      step.inside++;
      admit();
      return;
    }
    delayed(step.name, 'ip');
    // It is not served, so it counts in no rate.
    if (step.limits.connectionRateMax !== undefined) step.rate.record(-1, nowMs);
    if (this.#options.connectionRateMax !== Infinity) this.#all.record(-1, nowMs);
    this.#keep(socket, keptMs);
  }

  #keep(socket: Socket, ms: number): void {
    if (this.#kept.size >= WAITING_MAX) {
      socket.destroy();
      return;
    }
    this.#kept.add(socket);
    const timer = this.#options.clock.after(ms, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('close', () => {
      timer.cancel();
      this.#kept.delete(socket);
    });
  }
}

/** Records one more; for how long it is too many, ms. */
function counted(rate: WindowedRate, limit: number, nowMs: number): number {
  if (limit === Infinity) return 0;
  rate.record(1, nowMs);
  return throttleMs(rate, limit, nowMs);
}
