/** A log whose newest record is kept back until another one is behind it, as drills ask for it: by its stream and by reads. */
import type { FaultMatch } from '../drills/fault';
import type { Faults } from '../drills/faults';
import { ignoreShared } from '../waiting/deadline';
import type { BacklogRead, Frame, LogUnit, SubscriberStream } from './dialect';

const EFFECT = 'withhold_newest';
const WHAT = 'the newest record (drill)';
/** How often a read looks for a newer record. */
const LOOK_MS = 250;

type DataFrame<U extends LogUnit> = Extract<Frame<U>, { readonly kind: 'data' }>;

export class NewestWithheld<U extends LogUnit> {
  readonly #stream: Pick<SubscriberStream<U>, 'receive'>;
  readonly #faults: Faults;
  readonly #subject: FaultMatch;
  /** One unit, with what its frame said. */
  #held: DataFrame<U> | undefined;

  constructor(stream: Pick<SubscriberStream<U>, 'receive'>, faults: Faults, subject: FaultMatch) {
    this.#stream = stream;
    this.#faults = faults;
    this.#subject = subject;
  }

  async receive(signal: AbortSignal): Promise<Frame<U>> {
    for (;;) {
      const held = this.#held;
      const frame = held === undefined ? await this.#stream.receive(signal) : await this.#behind(held, signal);
      if (frame.kind !== 'data') return frame;
      const units = held === undefined || frame === held ? frame.units : [...held.units, ...frame.units];
      this.#held = undefined;
      const older = olderThanNewest(units, frame.state.highWatermark, this.#faults, this.#subject);
      if (older.length === units.length) return { ...frame, units };
      this.#held = { ...frame, units: units.slice(-1) };
      if (older.length > 0) return { ...frame, units: older };
    }
  }

  /** As a read finds them; waits where there is none but the newest. */
  static async read<U extends LogUnit>(
    read: () => Promise<BacklogRead<U>>,
    {
      faults,
      subject,
      signal,
    }: { readonly faults: Faults; readonly subject: FaultMatch; readonly signal: AbortSignal },
  ): Promise<BacklogRead<U>> {
    for (;;) {
      const found = await read();
      const older = olderThanNewest(found.units, found.range.highWatermark, faults, subject);
      if (older.length > 0 || found.units.length === 0) return { ...found, units: older };
      await faults.pause(EFFECT, subject, { forMs: LOOK_MS, signal, what: WHAT });
    }
  }

  /** What comes behind the one that is held; that one once nothing is to be held any more. */
  async #behind(held: DataFrame<U>, signal: AbortSignal): Promise<Frame<U>> {
    const over = new AbortController();
    const off = this.#faults.whenOff(EFFECT, this.#subject, over.signal, WHAT).then(() => over.abort());
    off.catch(ignoreShared);
    try {
      return await this.#stream.receive(AbortSignal.any([signal, over.signal]));
    } catch (error) {
      if (over.signal.aborted && !signal.aborted) return held;
      throw error;
    } finally {
      over.abort();
    }
  }
}

/** All of them where the last is not the newest of the log, or is not to be held. */
function olderThanNewest<U extends LogUnit>(
  units: readonly U[],
  end: number,
  faults: Faults,
  subject: FaultMatch,
): readonly U[] {
  const newest = units.at(-1);
  if (newest === undefined || newest.lastOffset + 1 < end) return units;
  return faults.strike(EFFECT, subject) === undefined ? units : units.slice(0, -1);
}
