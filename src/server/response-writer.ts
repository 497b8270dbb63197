/**
 * Hands an answer's chunks to a socket, a slice at a time, and waits until the kernel has taken each slice: so a connection holds at
 * most one slice in the process beyond the answer itself, and a peer that reads slowly is told apart from one that reads nothing.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../clock';

const SLICE_BYTES = 128 * 1024;
const LENGTH_BYTES = 4;

export interface WriteLimits {
  readonly clock: Clock;
  /** A slice must be taken within this time, plus what its bytes need at `bytesPerSecondMin`. */
  readonly waitMsMax: number;
  readonly bytesPerSecondMin: number;
}

export type WriteOutcome = 'written' | 'timeout' | 'closed';

/** Resolves when the socket has taken everything, takes nothing for too long, or is closed. Never rejects. */
export async function writeChunks(
  socket: Socket,
  chunks: readonly Uint8Array[],
  limits: WriteLimits,
): Promise<WriteOutcome> {
  let index = 0;
  let from = 0;
  while (index < chunks.length) {
    const slice: Uint8Array[] = [];
    let bytes = 0;
    while (index < chunks.length && bytes < SLICE_BYTES) {
      const chunk = chunks[index];
      if (chunk === undefined) break;
      const piece = from === 0 && chunk.byteLength <= SLICE_BYTES ? chunk : chunk.subarray(from, from + SLICE_BYTES);
      slice.push(piece);
      bytes += piece.byteLength;
      from += piece.byteLength;
      if (from < chunk.byteLength) continue;
      from = 0;
      index++;
    }
    const outcome = await writeSlice(socket, slice, bytes, limits);
    if (outcome !== 'written') return outcome;
  }
  return 'written';
}

/** Whether the chunks are the whole frame that their first four bytes announce: memory that was given back too early is empty. */
export function isWhole(chunks: readonly Uint8Array[]): boolean {
  const [first] = chunks;
  if (first === undefined || first.byteLength < LENGTH_BYTES) return false;
  const announced = new DataView(first.buffer, first.byteOffset).getUint32(0);
  return chunks.reduce((sum, { byteLength }) => sum + byteLength, 0) === LENGTH_BYTES + announced;
}

function writeSlice(
  socket: Socket,
  slice: readonly Uint8Array[],
  bytes: number,
  { clock, waitMsMax, bytesPerSecondMin }: WriteLimits,
): Promise<WriteOutcome> {
  return new Promise((resolve) => {
    if (socket.destroyed || !socket.writable) {
      resolve('closed');
      return;
    }
    let left = slice.length;
    let late: { cancel(): void } | undefined;
    const finish = (outcome: WriteOutcome): void => {
      late?.cancel();
      resolve(outcome);
    };
    const taken = (error?: Error | null): void => {
      if (error !== undefined && error !== null) finish('closed');
      else if (--left === 0) finish('written');
    };
    socket.cork();
    for (const piece of slice) socket.write(piece, taken);
    socket.uncork();
    if (left > 0) late = clock.after(waitMsMax + (bytes / bytesPerSecondMin) * 1_000, () => finish('timeout'));
  });
}
