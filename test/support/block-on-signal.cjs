/** Preloaded into a gateway by NODE_OPTIONS: SIGUSR2 then blocks its main thread for four seconds, as a synchronous call of the system would. */
const { isMainThread } = require('node:worker_threads');

const BLOCK_MS = 4_000;

if (isMainThread) {
  const never = new Int32Array(new SharedArrayBuffer(4));
  process.on('SIGUSR2', () => Atomics.wait(never, 0, 0, BLOCK_MS));
}
