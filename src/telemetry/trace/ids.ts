/**
 * Trace and span ids from pools of randomness, so that a fetch pays for it once in a few hundred operations, and for hex digits
 * only where an id is asked for.
 */
import { systemRandom } from '../../random';

const POOL_WORDS = 1_024;
let words = new Uint32Array(0);
let nextWord = POOL_WORDS;

const POOL_DIGITS = 4_096;
let digits = '';
let nextDigit = POOL_DIGITS;

const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** 32 random bits. */
export function randomWord(): number {
  if (nextWord === POOL_WORDS) {
    words = new Uint32Array(Uint8Array.from(systemRandom.bytes(POOL_WORDS * Uint32Array.BYTES_PER_ELEMENT)).buffer);
    nextWord = 0;
  }
  return words[nextWord++] ?? 0;
}

/** Digits cut from a shared string cost a tenth of digits made from numbers. */
function randomDigits(count: number): string {
  if (nextDigit + count > POOL_DIGITS) {
    digits = systemRandom.bytes(POOL_DIGITS / 2).toString('hex');
    nextDigit = 0;
  }
  nextDigit += count;
  return digits.slice(nextDigit - count, nextDigit);
}

const hexByte = (byte: number): string => HEX_BYTES[byte & 0xff] ?? '';
const hexWord = (word: number): string =>
  hexByte(word >>> 24) + hexByte(word >>> 16) + hexByte(word >>> 8) + hexByte(word);

/** 16 hex digits. (All zero would be invalid; it comes once in 2^64.) */
export function newSpanId(): string {
  return randomDigits(16);
}

/** 32 hex digits that end in `lowWord`, which decides about sampling by rate: the decision is made before digits are. */
export function newTraceId(lowWord: number): string {
  return randomDigits(24) + hexWord(lowWord);
}

/** The word that sampling by rate compares: the last 8 hex digits. */
export function lowWordOf(traceId: string): number {
  return Number.parseInt(traceId.slice(24), 16) >>> 0;
}
