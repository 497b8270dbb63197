/** Mangles by seed and gives what comes of it to the targets; the same seed makes the same inputs. */
import { seeded } from '../support/random';
import type { FuzzTarget } from './fuzz-targets';
import { mangled } from './mangle';

export interface Fuzzed {
  readonly inputs: number;
  /** Of each target. */
  readonly taken: Readonly<Record<string, number>>;
}

/** Rejects with the target, the seed and the input in hex where one was not taken as it must be. */
export async function fuzz(targets: readonly FuzzTarget[], inputs: number, seed: number): Promise<Fuzzed> {
  const below = seeded(seed);
  const shares = targets.flatMap((target) => Array.from({ length: target.weight }, () => target));
  const taken: Record<string, number> = {};
  for (let input = 0; input < inputs; input++) {
    const target = shares[below(shares.length)];
    if (target === undefined) throw new Error('nothing to fuzz');
    const bytes = mangled(target.corpus[below(target.corpus.length)] ?? Buffer.alloc(0), target.corpus, below);
    try {
      await target.take(bytes);
    } catch (cause) {
      throw new Error(`${target.name}, seed ${seed}, input ${input}: ${Buffer.from(bytes).toString('hex')}`, { cause });
    }
    taken[target.name] = (taken[target.name] ?? 0) + 1;
  }
  return { inputs, taken };
}
