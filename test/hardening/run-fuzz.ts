/** `npm run fuzz -- --inputs 10000000 --seed 7`: as many mangled handshakes as are asked for; how many of each kind, and the slowest. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Fuzzed, fuzz } from './fuzz';
import { handshakeTargets } from './targets/handshake-targets';

const SHOWN_EVERY = 100_000;

async function run(): Promise<void> {
  const options = { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string' } } as const;
  const { values } = parseArgs({ options });
  const [inputs, first] = [Number(values.inputs), Number(values.seed ?? randomInt(2 ** 31))];
  const { targets, close } = await handshakeTargets();
  const fuzzed: Fuzzed = new Map();
  const beganMs = performance.now();
  process.stdout.write(`seed ${first}\n`);
  try {
    // Each stretch has a seed of its own, so that the one that fails can be run alone.
    for (let done = 0; done < inputs; done += SHOWN_EVERY) {
      const seed = first + done / SHOWN_EVERY;
      await fuzz(targets, { inputs: Math.min(SHOWN_EVERY, inputs - done), seed, fuzzed });
      const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0);
      const megabytes = (process.memoryUsage.rss() / 1024 / 1024).toFixed(0);
      process.stdout.write(`${Math.min(done + SHOWN_EVERY, inputs)} inputs, ${seconds} s, ${megabytes} MiB\n`);
    }
  } finally {
    await close();
  }
  for (const [name, { inputs: count, slowestMs }] of [...fuzzed].sort(([a], [b]) => a.localeCompare(b)))
    process.stdout.write(`${String(count).padStart(10)} ${name}, the slowest ${slowestMs.toFixed(1)} ms\n`);
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? `${error.message}\n${String(error.cause)}` : String(error)}\n`);
  process.exitCode = 1;
});
