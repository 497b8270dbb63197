/** Mangles by seed and gives what comes of it to the targets; the same seed makes the same changes. */
import { seeded } from '../support/random';
import { mangled } from './mangle';
import type { FuzzTarget } from './targets/fuzz-target';

export interface FuzzedKind {
  inputs: number;
  /** Of the slowest input, ms. */
  slowestMs: number;
}

/** By the target's name. */
export type Fuzzed = Map<string, FuzzedKind>;

/**
 * Adds what it did to `fuzzed`. Rejects with the target, the seed and the input in hex where one was not taken as it must be.
 */
export async function fuzz(
  targets: readonly FuzzTarget[],
  { inputs, seed, fuzzed }: { readonly inputs: number; readonly seed: number; readonly fuzzed: Fuzzed },
): Promise<void> {
  const below = seeded(seed);
  const shares = targets.flatMap((target) => Array.from({ length: target.weight }, () => target));
  for (let input = 0; input < inputs; input++) {
    const target = shares[below(shares.length)];
    if (target === undefined) throw new Error('nothing to fuzz');
    const bytes = mangled(target.corpus[below(target.corpus.length)] ?? Buffer.alloc(0), target.corpus, below);
    const beganMs = performance.now();
    try {
      const taken = target.take(bytes);
      if (taken !== undefined) await taken;
    } catch (cause) {
      throw new Error(`${target.name}, seed ${seed}, input ${input}: ${Buffer.from(bytes).toString('hex')}`, { cause });
    }
    const kind = fuzzed.get(target.name) ?? { inputs: 0, slowestMs: 0 };
    kind.inputs++;
    kind.slowestMs = Math.max(kind.slowestMs, performance.now() - beganMs);
    fuzzed.set(target.name, kind);
  }
}
