/**
 * What became of one record's value between its producer and its reader: the proof that was kept of it when it was produced, held
 * against what the engine brings. Pure: no I/O, no time.
 */
import { checksumOf } from './checksum';

/**
 * - `match`: length and CRC-32C are those that were produced
 * - `lost`: a value was produced, and null or nothing is there
 * - `truncated`: fewer bytes than were produced
 * - `altered`: other bytes, or bytes where null or nothing was produced
 * - `wrong_offset`: the value that was produced at another offset
 * - `unknown`: nothing proves anything
 */
export const VERDICTS = ['match', 'lost', 'truncated', 'altered', 'wrong_offset', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];
/** The verdicts that keep a record from being delivered. */
export type Fault = Exclude<Verdict, 'match' | 'unknown'>;

export const NULL_LENGTH = -1;

/** What is kept of a value: enough to tell every other one from it, and nothing of its content. */
export interface ValueProof {
  /** Bytes; -1 for null. */
  readonly length: number;
  /** CRC-32C of the bytes as a signed number of 32 bits; 0 where there are none. */
  readonly crc: number;
}

export const NULL_PROOF: ValueProof = { length: NULL_LENGTH, crc: 0 };

export function proofOf(value: Uint8Array | null): ValueProof {
  return value === null ? NULL_PROOF : { length: value.byteLength, crc: checksumOf(value) };
}

export function isSameValue(one: ValueProof, other: ValueProof): boolean {
  return one.length === other.length && one.crc === other.crc;
}

/** `neighbours`: proofs of other offsets, for telling a record in the wrong place. Nulls and empty values look alike everywhere. */
export function verdictOf(
  expected: ValueProof | undefined,
  got: ValueProof,
  neighbours: Iterable<ValueProof> = [],
): Verdict {
  if (expected === undefined) return 'unknown';
  if (isSameValue(expected, got)) return 'match';
  if (got.length > 0) for (const other of neighbours) if (isSameValue(other, got)) return 'wrong_offset';
  if (expected.length <= 0) return expected.length === 0 && got.length === NULL_LENGTH ? 'lost' : 'altered';
  if (got.length <= 0) return 'lost';
  return got.length < expected.length ? 'truncated' : 'altered';
}

/** How many records had which verdict. */
export type VerdictCounts = Readonly<Record<Verdict, number>>;

export const NO_VERDICTS: VerdictCounts = {
  match: 0,
  lost: 0,
  truncated: 0,
  altered: 0,
  wrong_offset: 0,
  unknown: 0,
};

export function addVerdicts(a: VerdictCounts, b: VerdictCounts): VerdictCounts {
  if (a === NO_VERDICTS) return b;
  if (b === NO_VERDICTS) return a;
  return {
    match: a.match + b.match,
    lost: a.lost + b.lost,
    truncated: a.truncated + b.truncated,
    altered: a.altered + b.altered,
    wrong_offset: a.wrong_offset + b.wrong_offset,
    unknown: a.unknown + b.unknown,
  };
}
