/**
 * Bounds on the number of values a metric label may take. Topics are named by clients, so without a cap one of them could make as
 * many series as it likes; whatever comes past a cap is counted under `_other`. A value in trouble takes the place of one that is not.
 */
import { clientName } from '../trace/client-name';

export const OTHER_LABEL = '_other';
const CAPS: Readonly<Record<string, number>> = { topic: 200, api: 90, phase: 48 };
const CAP_DEFAULT = 64;

interface Named {
  readonly shown: string;
  inTrouble: boolean;
}

/** One label. */
class LabelCap {
  readonly #max: number;
  /** Raw value → how it is shown. Holds at most the cap, the first one seen first. */
  readonly #named = new Map<string, Named>();
  readonly #onNamed: (value: string) => void;
  /** Whether something was counted under `_other`. */
  #overflowed = false;

  constructor(label: string, onNamed: (value: string) => void) {
    this.#max = CAPS[label] ?? CAP_DEFAULT;
    this.#onNamed = onNamed;
  }

  shown(value: string): string {
    const named = this.#named.get(value);
    if (named !== undefined) return named.shown;
    if (this.#named.size >= this.#max) {
      this.#overflowed = true;
      return OTHER_LABEL;
    }
    const shown = clientName(value);
    this.#named.set(value, { shown, inTrouble: false });
    this.#onNamed(value);
    return shown;
  }

  isTold(value: string): boolean {
    return !this.#overflowed || this.#named.has(value);
  }

  inTrouble(value: string): string | undefined {
    const hasPlace = this.#named.has(value) || this.#named.size < this.#max;
    const evicted = hasPlace ? undefined : this.#evict();
    this.shown(value);
    const named = this.#named.get(value);
    if (named !== undefined) named.inTrouble = true;
    return evicted;
  }

  calm(value: string): void {
    const named = this.#named.get(value);
    if (named !== undefined) named.inTrouble = false;
  }

  ended(value: string): string | undefined {
    const shown = this.#named.get(value)?.shown;
    this.#named.delete(value);
    return shown;
  }

  #evict(): string | undefined {
    for (const [value, { inTrouble, shown }] of this.#named) {
      if (inTrouble) continue;
      this.#overflowed = true;
      this.#named.delete(value);
      return shown;
    }
    return undefined;
  }
}

export class LabelCaps {
  readonly #labels = new Map<string, LabelCap>();
  readonly #onNamed: (label: string, value: string) => void;

  /** `onNamed` is told of each value that has a name from now on, before it is first shown. */
  constructor(onNamed: (label: string, value: string) => void) {
    this.#onNamed = onNamed;
  }

  /** The value to show for this label; the first ones seen keep their names. */
  capped(label: string, value: string): string {
    return value === '' ? value : this.#of(label).shown(value);
  }

  /** Whether the value has a name, or nothing was counted of it: false where it may be among what is under `_other`. */
  isTold(label: string, value: string): boolean {
    return this.#of(label).isTold(value);
  }

  /** From now on the value has a name. Returns the name of the one that gave it up for it, if one had to. */
  inTrouble(label: string, value: string): string | undefined {
    return this.#of(label).inTrouble(value);
  }

  /** It keeps its name until another one in trouble wants it. */
  calm(label: string, value: string): void {
    this.#of(label).calm(value);
  }

  /** Makes room for another. Returns how it was shown; undefined where it had no name. */
  ended(label: string, value: string): string | undefined {
    return this.#of(label).ended(value);
  }

  #of(label: string): LabelCap {
    let cap = this.#labels.get(label);
    if (cap === undefined) {
      cap = new LabelCap(label, (value) => this.#onNamed(label, value));
      this.#labels.set(label, cap);
    }
    return cap;
  }
}
