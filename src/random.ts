/**
 * The only place that takes randomness. Logic that makes ids takes a Random, so that a test's seed decides them and replays a run.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';

export interface Random {
  /** That many (≥ 0) random bytes, the caller's to keep. */
  bytes(count: number): Buffer;
  /** An integer from `from` on and below `below`; the two are less than 2^48 apart. */
  integer(from: number, below: number): number;
  /** A version 4 UUID as text. */
  uuid(): string;
}

/** The system's, fit for secrets. */
export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  integer: (from, below) => randomInt(from, below),
  uuid: () => randomUUID(),
};
