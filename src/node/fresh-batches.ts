/** What of an append is new: an idempotent producer may send batches again, and new ones behind them. */
import { joined } from '../protocol/bytes';
import type { Census } from '../types';
import type { AppendRequest } from './append-stage';
import type { BatchHeader } from './batch-header';
import type { BatchVerdict, Producers } from './producers';

/** The batches of an append that were not appended before. */
export interface FreshBatches {
  readonly bytes: Uint8Array;
  readonly censuses: readonly Census[];
  readonly headers: readonly BatchHeader[];
  /** Where the append's first batch lies since it came before; undefined where it is new. */
  readonly repeats: Extract<BatchVerdict, { kind: 'duplicate' }> | undefined;
}

/** Throws where a batch is to be refused; then all are. */
export function freshBatches(
  { batches, censuses }: AppendRequest,
  headers: readonly BatchHeader[],
  producers: Producers,
): FreshBatches {
  const verdicts = producers.judge(headers);
  const isNew = (_: unknown, index: number): boolean => verdicts[index]?.kind === 'append';
  if (headers.every(isNew)) return { bytes: batches, censuses, headers, repeats: undefined };
  const [first] = verdicts;
  const added = headers.filter(isNew);
  return {
    bytes: joined(added.map(({ position, bytes }) => batches.subarray(position, position + bytes))),
    censuses: censuses.filter(isNew),
    headers: added,
    repeats: first?.kind === 'duplicate' ? first : undefined,
  };
}
