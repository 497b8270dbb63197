/**
 * Batches held against their proof before they are delivered: Kafka's CRC-32C, which covers every value, and the census that the node
 * keeps beside each batch. Looked at once for each batch, however many readers it has.
 */
import type { ValueFault } from '../../audit/proofs';
import { NO_VERDICTS } from '../../audit/verdict';
import type { Verdict, VerdictCounts } from '../../audit/verdict';
import { BatchError } from '../../protocol/batch-error';
import { hasValidCrc } from '../../protocol/patch-batch';
import {
  attributesAt,
  BATCH_HEADER_BYTES,
  baseOffsetAt,
  batchBytesAt,
  isControl,
  readBatchHeader,
} from '../../protocol/record-batch';
import { censusOfSection } from '../../protocol/section-census';
import { readBatchRecords } from '../../protocol/record';
import { recordsSection } from '../../protocol/validate-batch';
import type { ValueProofMode } from '../../topic-settings/topic-config';
import { toOffset } from '../../types';
import type { Census, Offset } from '../../types';
import type { Judged } from '../dialect';
import type { BatchUnit } from './wire';

/** Each that is told costs every fetch that meets it. */
const NAMED_MAX = 16;

/** `auto`: the CRC. `always`: and what the batch holds, counted anew. `off`: nothing. */
export function judgeBatches(units: readonly BatchUnit[], mode: ValueProofMode): Judged<BatchUnit> {
  let match = 0;
  let unknown = 0;
  for (const [index, unit] of units.entries()) {
    const { records } = unit.census;
    if (mode === 'off') {
      unknown += records;
      continue;
    }
    unit.verdict ??= verdictOfBatch(unit, mode);
    if (unit.verdict === 'match') {
      match += records;
      continue;
    }
    return { units: units.slice(0, index), verdicts: counts(match, unknown), faults: faultsOf(unit, unit.verdict) };
  }
  return { units, verdicts: counts(match, unknown), faults: [] };
}

const counts = (match: number, unknown: number): VerdictCounts => ({ ...NO_VERDICTS, match, unknown });

type BatchVerdict = Exclude<Verdict, 'unknown'>;

function verdictOfBatch({ data, baseOffset, lastOffset, census }: BatchUnit, mode: 'auto' | 'always'): BatchVerdict {
  const isWhole = data.byteLength >= BATCH_HEADER_BYTES && batchBytesAt(data, 0) === data.byteLength;
  if (!isWhole) return 'altered';
  if (!hasValidCrc(data, 0, data.byteLength)) return damageOf(data, census);
  // The CRC does not cover the offset.
  if (baseOffsetAt(data, 0) !== baseOffset) return 'wrong_offset';
  const header = readBatchHeader(data, 0);
  if (header.lastOffset !== lastOffset) return 'wrong_offset';
  return mode === 'always' ? recounted(data, census) : 'match';
}

/** Of a batch that its CRC rejects: lost or truncated where its records can still be counted and say so. */
function damageOf(data: Uint8Array, census: Census): BatchVerdict {
  const counted = recounted(data, census);
  return counted === 'match' ? 'altered' : counted;
}

function recounted(data: Uint8Array, census: Census): BatchVerdict {
  if (isControl(attributesAt(data, 0))) return 'match';
  let found: Census;
  try {
    found = censusOfSection(recordsSection(data, readBatchHeader(data, 0)));
  } catch (error) {
    // A producer's fault: the CRC says that it came like this.
    if (error instanceof BatchError) return 'match';
    throw error;
  }
  if (found.nulls > census.nulls || found.empties > census.empties || found.records < census.records) return 'lost';
  if (found.valueBytes < census.valueBytes) return 'truncated';
  const same =
    found.records === census.records &&
    found.nulls === census.nulls &&
    found.empties === census.empties &&
    found.valueBytes === census.valueBytes;
  return same ? 'match' : 'altered';
}

/** The batch's as a whole: its CRC says that it is damaged, not where. Lost values are named where none like them was produced, and they are few. */
function faultsOf(unit: BatchUnit, verdict: Exclude<BatchVerdict, 'match'>): readonly ValueFault[] {
  const { baseOffset, lastOffset, census } = unit;
  const unknown = { expected: undefined, got: undefined, origin: undefined };
  const common = { verdict, ...unknown, readOnAt: toOffset(lastOffset + 1), repaired: false };
  const named = verdict === 'lost' ? lostIn(unit) : [];
  if (named.length > 0 && named.length <= NAMED_MAX)
    return named.map((offset) => ({ ...common, offset, lastOffset: offset, records: 1 }));
  return [{ ...common, offset: baseOffset, lastOffset, records: Math.max(1, census.records) }];
}

/** Nulls of a batch that had none, empty values of one that had none; none where its records cannot be read to the end. */
function lostIn({ data, census }: BatchUnit): readonly Offset[] {
  try {
    return [...readBatchRecords(data, readBatchHeader(data, 0))]
      .filter(({ value }) => (value === null ? census.nulls === 0 : value.byteLength === 0 && census.empties === 0))
      .map(({ offset }) => offset);
  } catch (error) {
    if (error instanceof BatchError) return [];
    throw error;
  }
}
