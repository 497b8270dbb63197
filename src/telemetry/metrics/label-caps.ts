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

export class LabelCaps {
  /** For each label, raw value → how it is shown. Holds at most the cap, the first one seen first. */
  readonly #named = new Map<string, Map<string, Named>>();

  /** The value to show for this label; the first ones seen keep their names. */
  capped(label: string, value: string): string {
    if (value === '') return value;
    let known = this.#named.get(label);
    if (known === undefined) this.#named.set(label, (known = new Map<string, Named>()));
    const named = known.get(value);
    if (named !== undefined) return named.shown;
    if (known.size >= (CAPS[label] ?? CAP_DEFAULT)) return OTHER_LABEL;
    const shown = clientName(value);
    known.set(value, { shown, inTrouble: false });
    return shown;
  }

  /** From now on the value has a name. Returns the name of the one that gave it up for it, if one had to. */
  inTrouble(label: string, value: string): string | undefined {
    const before = this.#named.get(label)?.get(value);
    if (before?.inTrouble === true) return undefined;
    const evicted = this.capped(label, value) === OTHER_LABEL ? this.#evict(label) : undefined;
    this.capped(label, value);
    const named = this.#named.get(label)?.get(value);
    if (named !== undefined) named.inTrouble = true;
    return evicted;
  }

  /** Makes room for another. Returns how it was shown; undefined where it had no name. */
  ended(label: string, value: string): string | undefined {
    const known = this.#named.get(label);
    const shown = known?.get(value)?.shown;
    known?.delete(value);
    return shown;
  }

  #evict(label: string): string | undefined {
    for (const [value, { inTrouble, shown }] of this.#named.get(label) ?? []) {
      if (inTrouble) continue;
      this.#named.get(label)?.delete(value);
      return shown;
    }
    return undefined;
  }
}
