/** How drills damage a batch of the record log: its census stays what the node counted when it was appended. */
import { damagedBatch } from '../../drills/damage';
import { toOffset } from '../../types';
import type { UnitDamage, UnitShift } from '../unit-damage';
import type { BatchUnit } from './wire';

export const batchDamage: UnitDamage<BatchUnit> & UnitShift<BatchUnit> = {
  damaged(unit, fault) {
    const data = damagedBatch(fault, unit.data);
    return data === undefined ? undefined : { ...unit, data, bytes: data.byteLength };
  },
  shifted: (unit, by) => ({
    ...unit,
    baseOffset: toOffset(unit.baseOffset + by),
    lastOffset: toOffset(unit.lastOffset + by),
  }),
};
