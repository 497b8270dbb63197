/**
 * Trace and span ids from a pool of random words, so that a fetch pays for randomness once in a few hundred operations and for
 * hex digits only where an id is asked for.
 */
import { randomFillSync } from 'node:crypto';

const POOL_WORDS = 1_024;
const pool = new Uint32Array(POOL_WORDS);
let next = POOL_WORDS;

/** 32 random bits. */
export function randomWord(): number {
  if (next === POOL_WORDS) {
    randomFillSync(pool);
    next = 0;
  }
  return pool[next++] ?? 0;
}

const hexWord = (word: number): string => word.toString(16).padStart(8, '0');

/** 16 hex digits, never all zero (an invalid id in W3C trace context). */
export function newSpanId(): string {
  return hexWord(randomWord() || 1) + hexWord(randomWord());
}

/** 32 hex digits that end in `lowWord`, which decides about sampling by rate: the decision is made before digits are. */
export function newTraceId(lowWord: number): string {
  return hexWord(randomWord() || 1) + hexWord(randomWord()) + hexWord(randomWord()) + hexWord(lowWord);
}

/** The word that sampling by rate compares: the last 8 hex digits. */
export function lowWordOf(traceId: string): number {
  return Number.parseInt(traceId.slice(24), 16) >>> 0;
}
