/**
 * Counting values by kind on both sides of the gateway. The conservation law: the value bytes that came from the engine are the
 * value bytes that leave for the client; a difference is a lost or an invented value, and never explained away.
 */
import type { Census } from '../types';

export const VALUE_KINDS = ['present', 'empty', 'null', 'control', 'mismatch'] as const;
export const SIDES = ['engine', 'delivered'] as const;
export type Side = (typeof SIDES)[number];

/** Values with at least one byte. */
export function presentValues(census: Census): number {
  return census.records - census.nulls - census.empties - census.controls;
}

/** How many values differ at least; 0 where both sides agree. */
export function mismatchedValues(engine: Census, delivered: Census): number {
  const differences = [
    engine.records - delivered.records,
    engine.nulls - delivered.nulls,
    engine.empties - delivered.empties,
    engine.controls - delivered.controls,
    presentValues(engine) - presentValues(delivered),
  ];
  const most = Math.max(...differences.map(Math.abs));
  // The kinds may agree and the bytes not: at least one value was cut, grown or exchanged.
  return most === 0 && engine.valueBytes !== delivered.valueBytes ? 1 : most;
}

export function addCensuses(a: Census, b: Census): Census {
  return {
    records: a.records + b.records,
    nulls: a.nulls + b.nulls,
    empties: a.empties + b.empties,
    controls: a.controls + b.controls,
    valueBytes: a.valueBytes + b.valueBytes,
  };
}
