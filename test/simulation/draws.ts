/**
 * What chance decides at one step of a run. Every step draws from a stream of its own, made from the seed and the step's number: how often an
 * earlier step drew, which may depend on what was answered when, changes nothing later.
 */
import type { Random } from '../../src/random';
import { seeded } from '../support/random';

export class Draws {
  readonly #below: (bound: number) => number;

  constructor(seed: number, step: number) {
    this.#below = seeded(Math.imul(seed, 0x9e37_79b1) ^ Math.imul(step + 1, 0x85eb_ca6b));
    // The first numbers of neighbouring seeds are alike.
    for (let warm = 0; warm < 4; warm += 1) this.#below(2);
  }

  /** From 0 on, below the bound. */
  below(bound: number): number {
    return this.#below(bound);
  }

  /** Both ends included. */
  between(least: number, most: number): number {
    return least + this.#below(most - least + 1);
  }

  /** True so many times of a hundred. */
  percent(share: number): boolean {
    return this.#below(100) < share;
  }

  /** Throws where there is nothing to pick. */
  pick<T>(from: readonly T[]): T {
    const picked = from[this.#below(from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  weighted<T>(choices: readonly (readonly [T, number])[]): T {
    let left = this.#below(choices.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [choice, weight] of choices) {
      if (left < weight) return choice;
      left -= weight;
    }
    throw new Error('nothing to choose from');
  }
}

/** The source of ids for what is simulated. */
export function seededRandom(seed: number): Random {
  const below = seeded(seed);
  const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => below(256)));
  return {
    bytes,
    integer: (from, bound) => from + below(bound - from),
    uuid: () =>
      bytes(16)
        .toString('hex')
        .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5'),
  };
}
