/**
 * Appends that go to the disk together: everything that arrived for a partition in one turn of the event loop. Small appends are
 * copied behind one another, so that a turn is few pieces for the disk and for the memory that serves the tail.
 */
import type { Census } from '../../types';
import type { BatchHeader } from '../log/batch-header';
import { summarize } from '../log/batch-summary';
import type { BatchSummary } from '../log/batch-summary';
import type { NodeError } from '../node-error';
import type { TailChunk } from '../log/tail-cache';

export type AppendOutcome =
  | {
      readonly kind: 'appended';
      readonly baseOffset: number;
      readonly logAppendTimeMs: number;
      readonly duplicate: boolean;
    }
  | { readonly kind: 'refused'; readonly error: NodeError };

export interface StagedAppend {
  /** A whole batch; the log keeps these bytes, patches them, and gives their memory back. */
  readonly batch: Uint8Array;
  /** What the batch holds; undefined: the log counts. */
  readonly census: Census | undefined;
  /** Called once, in the order in which the requests were made. */
  done(outcome: AppendOutcome): void;
}

/** A request and what it will be answered once the records before `endOffset` are as safe as the policy asks. */
export interface AppendAnswer {
  readonly request: StagedAppend;
  readonly outcome: AppendOutcome;
  readonly endOffset: number;
}

/** Nothing came of them. One that was refused for a reason of its own is told that. */
export function refuse(answers: readonly AppendAnswer[], reason: NodeError): void {
  for (const { request, outcome } of answers) {
    request.done(outcome.kind === 'refused' ? outcome : { kind: 'refused', error: reason });
  }
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly summary: BatchSummary;
}

export interface StagedBatch {
  readonly header: BatchHeader;
  readonly census: Census;
}

const COPY_BELOW_BYTES = 32 * 1024;

export class AppendStage {
  readonly answers: AppendAnswer[] = [];
  readonly batches: StagedBatch[] = [];
  bytes = 0;
  readonly #pieces: Piece[] = [];

  add(bytes: Uint8Array, batch: StagedBatch): void {
    this.#pieces.push({ bytes, summary: summarize(batch.header, batch.census) });
    this.batches.push(batch);
    this.bytes += bytes.length;
  }

  /** All bytes in few pieces. */
  chunks(): TailChunk[] {
    const chunks: TailChunk[] = [];
    let small: Piece[] = [];
    for (const piece of this.#pieces) {
      if (piece.bytes.length < COPY_BELOW_BYTES) {
        small.push(piece);
        continue;
      }
      if (small.length > 0) chunks.push(joined(small));
      small = [];
      chunks.push({ bytes: piece.bytes, summaries: [piece.summary] });
    }
    if (small.length > 0) chunks.push(joined(small));
    return chunks;
  }
}

function joined(pieces: readonly Piece[]): TailChunk {
  const total = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
  const bytes = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece.bytes, at);
    at += piece.bytes.length;
  }
  return { bytes, summaries: pieces.map(({ summary }) => summary) };
}
