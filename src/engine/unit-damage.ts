/** Units damaged as drills ask for it: a value of one, or the offsets of all. */
import { type Fault, type FaultMatch, VALUE_DAMAGES, type ValueDamage } from '../drills/fault';
import type { Faults } from '../drills/faults';
import type { LogUnit } from './dialect';

/** How a dialect's units are given other offsets. */
export interface UnitShift<U extends LogUnit> {
  /** The same content under offsets that lie `by` further on. */
  shifted(unit: U, by: number): U;
}

/** How values in a dialect's units are damaged. */
export interface UnitDamage<U extends LogUnit> {
  /** One value of it as the fault leaves it; undefined where it has none. */
  damaged(unit: U, fault: ValueDamage): U | undefined;
}

/** The first unit that a fault on values meets is damaged. */
export function strikeValues<U extends LogUnit>(
  units: readonly U[],
  subject: FaultMatch,
  faults: Faults,
  damage: UnitDamage<U>,
): readonly U[] {
  const fault = VALUE_DAMAGES.find((each) => faults.isOn(each, subject));
  if (fault === undefined) return units;
  const index = units.findIndex((unit) => damage.damaged(unit, fault) !== undefined);
  const target = units[index];
  const damaged = target && damage.damaged(target, fault);
  if (damaged === undefined) return units;
  const struck: Fault | undefined = faults.strike(fault, subject);
  return struck === undefined ? units : units.with(index, damaged);
}
