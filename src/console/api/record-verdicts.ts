/**
 * Verdicts of records that a read brought: its own where it judged all of them, else each by the proof that is kept of it. What is wrong never
 * comes here: a read ends before it.
 */
import type { Proofs } from '../../audit/proofs';
import { isSameValue, proofOf, type Verdict, type VerdictCounts } from '../../audit/verdict';
import { EngineError } from '../../engine-error';
import type { BatchRecord } from '../../protocol/record';
import type { CallContext } from '../../telemetry/trace/operation';
import { toOffset, type TopicPartition } from '../../types';

export interface Judging {
  readonly at: TopicPartition;
  readonly proofs: Proofs;
  readonly context: CallContext;
}

/** By offset. A proof that does not fit may be of another record of that offset, so it proves nothing. */
export async function recordVerdicts(
  records: readonly BatchRecord[],
  counts: VerdictCounts,
  { at, proofs, context }: Judging,
): Promise<ReadonlyMap<number, Verdict>> {
  const verdicts = new Map<number, Verdict>();
  if (counts.unknown === 0) return new Map(records.map(({ offset }) => [offset, 'match']));
  try {
    for (const { offset, value } of records) {
      const proof = await proofs.find({ ...at, offset: toOffset(offset) }, context);
      verdicts.set(offset, proof !== undefined && isSameValue(proof, proofOf(value)) ? 'match' : 'unknown');
    }
  } catch (error) {
    // A proof that the engine cannot bring now is none; the records are there all the same.
    if (!(error instanceof EngineError)) throw error;
  }
  return verdicts;
}
