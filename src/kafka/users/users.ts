/**
 * Who may sign in by a password: the stored users, and those of the users file whose name is not stored. A name that nobody has is given a
 * credential, too, that no password fits: so neither the answers nor their times tell who exists.
 */
import { createHmac } from 'node:crypto';
import { Slots } from '../../waiting/slots';
import {
  ITERATIONS_MIN,
  isPassword,
  keysOf,
  SCRAM_MECHANISMS,
  saltOf,
  type ScramCredential,
  type ScramMechanism,
} from './scram-credential';
import type { UserCredentials } from './user-entry';

/** Where users come from, the first that has a name before those behind it. */
export interface UserSource {
  /** False: who is absent may only be unknown yet. */
  readonly isLoaded: boolean;
  readonly users: ReadonlyMap<string, UserCredentials>;
}

export interface FoundCredential {
  readonly credential: ScramCredential;
  /** False: nobody has this name, or not by this mechanism. */
  readonly exists: boolean;
}

/** Passwords are hashed so many at a time: others need the threads, too. */
const HASHED_AT_ONCE = 2;

export class Users {
  readonly #sources: readonly UserSource[];
  readonly #decoySecret: () => Uint8Array;
  readonly #hashing = new Slots(HASHED_AT_ONCE);
  readonly #usual = new Map<ScramMechanism, number>();
  #preferred: ScramMechanism | undefined;

  /** The secret that salts of names without a user are made of: the same in every gateway, so that they stay as real ones do. */
  constructor(sources: readonly UserSource[], decoySecret: () => Uint8Array) {
    this.#sources = sources;
    this.#decoySecret = decoySecret;
  }

  /** Undefined where nobody has the name. */
  get(name: string): UserCredentials | undefined {
    for (const { users } of this.#sources) {
      const found = users.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether all are known: before that, who is absent may only be unknown yet. */
  get isLoaded(): boolean {
    return this.#sources.every(({ isLoaded }) => isLoaded);
  }

  /** Every name once, in no order. */
  names(): ReadonlySet<string> {
    return new Set(this.#sources.flatMap(({ users }) => [...users.keys()]));
  }

  /** A source has other users than before. */
  changed(): void {
    this.#usual.clear();
    this.#preferred = undefined;
  }

  /** What a proof of this name is checked with; always there. */
  credential(name: string, mechanism: ScramMechanism): FoundCredential {
    const decoy = this.#decoy(name, mechanism);
    const own = this.get(name)?.[mechanism];
    return own === undefined ? { credential: decoy, exists: false } : { credential: own, exists: true };
  }

  /** Whether the password is that of the name. Takes as long for a name that nobody has. */
  async check(name: string, password: Uint8Array): Promise<'right' | 'wrong' | 'unknown'> {
    const own = this.get(name);
    // The stronger one of those that a user has; of a name without a user the one that users have most.
    const mechanism = STRONGEST_FIRST.find((each) => own?.[each] !== undefined) ?? this.#usualMechanism();
    const { credential, exists } = this.credential(name, mechanism);
    await this.#hashing.take();
    try {
      const right = await isPassword(mechanism, credential, password);
      if (!exists) return 'unknown';
      return right ? 'right' : 'wrong';
    } finally {
      this.#hashing.giveBack();
    }
  }

  /** No password has these keys: they are made of no salted password that anybody knows. */
  #decoy(name: string, mechanism: ScramMechanism): ScramCredential {
    const seed = createHmac('sha512', this.#decoySecret()).update(`${mechanism} ${name}`).digest();
    return { iterations: this.#usualIterations(mechanism), salt: saltOf(seed), ...keysOf(mechanism, seed) };
  }

  /** Most users' count: any other would tell that a name has no user. */
  #usualIterations(mechanism: ScramMechanism): number {
    const known = this.#usual.get(mechanism);
    if (known !== undefined) return known;
    const counts = new Map<number, number>();
    for (const { users } of this.#sources)
      for (const user of users.values()) {
        const iterations = user[mechanism]?.iterations;
        if (iterations !== undefined) counts.set(iterations, (counts.get(iterations) ?? 0) + 1);
      }
    const usual = mostFrequent(counts) ?? ITERATIONS_MIN;
    this.#usual.set(mechanism, usual);
    return usual;
  }

  #usualMechanism(): ScramMechanism {
    if (this.#preferred !== undefined) return this.#preferred;
    const counts = new Map<ScramMechanism, number>();
    for (const { users } of this.#sources)
      for (const user of users.values()) {
        const first = STRONGEST_FIRST.find((each) => user[each] !== undefined);
        if (first !== undefined) counts.set(first, (counts.get(first) ?? 0) + 1);
      }
    return (this.#preferred = mostFrequent(counts) ?? 'SCRAM-SHA-256');
  }
}

const STRONGEST_FIRST = [...SCRAM_MECHANISMS].reverse();

function mostFrequent<T>(counts: ReadonlyMap<T, number>): T | undefined {
  return [...counts].sort(([, left], [, right]) => right - left)[0]?.[0];
}
