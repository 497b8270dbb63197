/**
 * The faults that are on now, asked at the places where they strike. Made only where the gateway was started for drills: everybody else
 * holds `undefined` and pays one comparison.
 */
import type { Clock } from '../clock';
import { Wakeups } from '../waiting/wakeups';
import { type Fault, type FaultEffect, type FaultMatch, meets } from './fault';

interface Counted {
  readonly fault: Fault;
  fired: number;
}

export class Faults {
  readonly #clock: Clock;
  readonly #onFired: (fault: Fault) => void;
  readonly #changed = new Wakeups();
  #active: readonly Counted[] = [];

  /** `onFired` is told each time that a fault struck. */
  constructor(clock: Clock, onFired: (fault: Fault) => void = () => undefined) {
    this.#clock = clock;
    this.#onFired = onFired;
  }

  /** What holds from now on; a fault that goes on keeps its count. */
  put(faults: readonly Fault[]): void {
    const known = new Map(this.#active.map((each) => [each.fault.id, each]));
    this.#active = faults.map((fault) => known.get(fault.id) ?? { fault, fired: 0 });
    this.#changed.wake();
  }

  /** Whether the fault is on for the subject; not counted. */
  isOn(effect: FaultEffect, subject: FaultMatch = {}): boolean {
    return this.#find(effect, subject) !== undefined;
  }

  /** The fault that strikes the subject now, counted; undefined where none does. */
  strike(effect: FaultEffect, subject: FaultMatch = {}): Fault | undefined {
    const found = this.#find(effect, subject);
    if (found === undefined) return undefined;
    this.fired(found.fault.id);
    return found.fault;
  }

  /** It struck, here or in another thread. */
  fired(id: number): void {
    const found = this.#active.find(({ fault }) => fault.id === id);
    if (found === undefined) return;
    found.fired += 1;
    this.#onFired(found.fault);
  }

  /** How often each that is on has struck. */
  counts(): ReadonlyMap<number, number> {
    return new Map(this.#active.map(({ fault, fired }) => [fault.id, fired]));
  }

  /** Where such a fault strikes: holds the caller up for its delay, or for as long as it is on. Rejects with 'cancelled' on the signal. */
  async holdUp(effect: FaultEffect, subject: FaultMatch, signal: AbortSignal, what: string): Promise<void> {
    const fault = this.strike(effect, subject);
    if (fault === undefined) return;
    const { delayMs } = fault;
    const endMs = this.#clock.monotonicMs() + (delayMs ?? Number.POSITIVE_INFINITY);
    const timer = delayMs === undefined ? undefined : this.#clock.after(delayMs, () => this.#changed.wake());
    try {
      while (this.#isActive(fault) && this.#clock.monotonicMs() < endMs) await this.#changed.wait(signal, what);
    } finally {
      timer?.cancel();
    }
  }

  /** Waits so long, or until no such fault is on for the subject. Rejects with 'cancelled' on the signal. */
  async pause(
    effect: FaultEffect,
    subject: FaultMatch,
    { forMs, signal, what }: { readonly forMs: number; readonly signal: AbortSignal; readonly what: string },
  ): Promise<void> {
    const endMs = this.#clock.monotonicMs() + forMs;
    const timer = this.#clock.after(forMs, () => this.#changed.wake());
    try {
      while (this.isOn(effect, subject) && this.#clock.monotonicMs() < endMs) await this.#changed.wait(signal, what);
    } finally {
      timer.cancel();
    }
  }

  /** Resolves once no such fault is on for the subject. */
  async whenOff(effect: FaultEffect, subject: FaultMatch, signal: AbortSignal, what: string): Promise<void> {
    while (this.isOn(effect, subject)) await this.#changed.wait(signal, what);
  }

  /** Resolves once such a fault is on for the subject. */
  async whenOn(effect: FaultEffect, subject: FaultMatch, signal: AbortSignal, what: string): Promise<void> {
    while (!this.isOn(effect, subject)) await this.#changed.wait(signal, what);
  }

  #find(effect: FaultEffect, subject: FaultMatch): Counted | undefined {
    for (const each of this.#active) {
      const { fault, fired } = each;
      if (fault.effect !== effect || fired >= (fault.count ?? Number.POSITIVE_INFINITY)) continue;
      if (this.#clock.nowMs() < fault.endsMs && meets(fault.match, subject)) return each;
    }
    return undefined;
  }

  #isActive({ id, endsMs }: Fault): boolean {
    return this.#clock.nowMs() < endsMs && this.#active.some(({ fault }) => fault.id === id);
  }
}
