/**
 * Times that tests measure. A busy machine may stand still for seconds, so no suite fails over a time that only a quiet one keeps: each
 * is printed, and by default must only show that nothing hung. SEAGLASS_TEST_TIMES=1 holds each to its own bound.
 */

/** What a busy machine may add to anything. */
const BUSY_MS = 30_000;
/** Whether times are held to their own bounds: then it is worth measuring more than once. */
export const TIMES_ARE_HELD = process.env['SEAGLASS_TEST_TIMES'] === '1';

/** Prints the time; expects it below its bound, to which a busy machine may add where times are not held. */
export function expectWithin(what: string, ms: number, boundMs: number): void {
  process.stdout.write(`${what}: ${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms, ${boundMs} on a quiet machine\n`);
  expect(ms).toBeLessThan(TIMES_ARE_HELD ? boundMs : boundMs + BUSY_MS);
}
