/** How drills damage a record of SeaweedMQ, as if its stored log were damaged: raw or in its envelope. */
import { damagedValue } from '../../../drills/damage';
import { toOffset } from '../../../types';
import type { UnitDamage, UnitShift } from '../../unit-damage';
import { decodeEnvelope, encodeEnvelope } from './envelope';
import { RecordUnit } from './record-unit';

export const recordDamage: UnitDamage<RecordUnit> = {
  damaged(unit, fault) {
    const { stored, baseOffset, tsNs, key } = unit;
    if (unit.isPlaceholder || stored.byteLength === 0) return undefined;
    const envelope = decodeEnvelope(stored);
    if (envelope === undefined) {
      return new RecordUnit(baseOffset, tsNs, key, damagedValue(fault, stored) ?? new Uint8Array());
    }
    if (envelope.value === null || envelope.value.byteLength === 0) return undefined;
    return new RecordUnit(
      baseOffset,
      tsNs,
      key,
      encodeEnvelope({ ...envelope, value: damagedValue(fault, envelope.value) }),
    );
  },
};

export const recordShift: UnitShift<RecordUnit> = {
  shifted: ({ baseOffset, tsNs, key, stored }, by) => new RecordUnit(toOffset(baseOffset + by), tsNs, key, stored),
};
