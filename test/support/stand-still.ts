/** Keeps this thread from doing anything else for so long: no timer runs, no socket is read. */
export function standStill(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}
