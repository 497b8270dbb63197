/** What the verdicts of records come to; each was reached when its record came from the engine. */
import type { ValueFault } from '../../../audit/proofs';
import { NO_VERDICTS } from '../../../audit/verdict';
import type { Verdict } from '../../../audit/verdict';
import type { Judged } from '../../dialect';
import type { RecordUnit } from './record-unit';

const NO_FAULTS: readonly ValueFault[] = [];

export function judgedUnits(units: readonly RecordUnit[]): Judged<RecordUnit> {
  const verdicts: Record<Verdict, number> = { ...NO_VERDICTS };
  let faults = NO_FAULTS;
  for (const unit of units) {
    if (unit.isPlaceholder) continue;
    verdicts[unit.verdict] += 1;
    if (unit.repairOf !== undefined) faults = [...faults, unit.repairOf];
  }
  return { units, verdicts, faults };
}
