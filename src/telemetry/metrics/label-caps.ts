/**
 * Bounds on the number of values a metric label may take. Topics are named by clients, so without a cap one of them could make as
 * many series as it likes; whatever comes past a cap is counted under `_other`.
 */
import { clientName } from '../trace/client-name';

export const OTHER_LABEL = '_other';
const CAPS: Readonly<Record<string, number>> = { topic: 200, api: 90, phase: 48 };
const CAP_DEFAULT = 64;

export class LabelCaps {
  /** For each label, raw value → the value shown. Holds at most the cap. */
  readonly #shown = new Map<string, Map<string, string>>();

  /** The value to show for this label; the first ones seen keep their names. */
  capped(label: string, value: string): string {
    let known = this.#shown.get(label);
    if (known === undefined) this.#shown.set(label, (known = new Map<string, string>()));
    const shown = known.get(value);
    if (shown !== undefined) return shown;
    if (known.size >= (CAPS[label] ?? CAP_DEFAULT)) return OTHER_LABEL;
    const safe = clientName(value);
    known.set(value, safe);
    return safe;
  }
}
