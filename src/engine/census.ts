/** Sums of censuses. */
import type { Census } from '../types';

export function addCensus(left: Census, right: Census): Census {
  return {
    records: left.records + right.records,
    nulls: left.nulls + right.nulls,
    empties: left.empties + right.empties,
    controls: left.controls + right.controls,
    valueBytes: left.valueBytes + right.valueBytes,
  };
}
