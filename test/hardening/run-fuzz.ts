/** `npm run fuzz -- --inputs 10000000 --seed 7`: as many mangled handshakes as are asked for, and how many were taken. */
import { parseArgs } from 'node:util';
import { randomInt } from 'node:crypto';
import { fuzz } from './fuzz';
import { handshakeTargets } from './fuzz-targets';

const SHOWN_EVERY = 100_000;

async function run(): Promise<void> {
  const options = { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string' } } as const;
  const { values } = parseArgs({ options });
  const [inputs, first] = [Number(values.inputs), Number(values.seed ?? randomInt(2 ** 31))];
  const { targets, close } = await handshakeTargets();
  process.stdout.write(`seed ${first}\n`);
  try {
    // Each stretch has a seed of its own, so that the one that fails can be run alone.
    for (let done = 0; done < inputs; done += SHOWN_EVERY) {
      await fuzz(targets, Math.min(SHOWN_EVERY, inputs - done), first + done / SHOWN_EVERY);
      process.stdout.write(`${Math.min(done + SHOWN_EVERY, inputs)} inputs\n`);
    }
  } finally {
    close();
  }
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? `${error.message}\n${String(error.cause)}` : String(error)}\n`);
  process.exitCode = 1;
});
