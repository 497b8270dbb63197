/**
 * Goal: how long it takes to refuse somebody does not tell whether the user exists: the same is computed for a name that nobody has as for a
 * wrong password. Method: every call of the cryptography is written down, by mechanism, for both.
 */
import { randomBytes } from 'node:crypto';
import { PlainExchange } from '../../src/kafka/sasl/plain';
import { ScramExchange } from '../../src/kafka/sasl/scram';
import { SaslFailure } from '../../src/kafka/sasl/sasl-failure';
import { credentialOf, SCRAM_MECHANISMS, type ScramMechanism } from '../../src/kafka/users/scram-credential';
import type { UserCredentials } from '../../src/kafka/users/user-entry';
import { Users } from '../../src/kafka/users/users';
import { systemRandom } from '../../src/random';
import { plainToken, ScramClient } from '../support/sasl-client';

/** Every call of a function of node:crypto with what its time depends on. */
const calls: string[] = [];
const written = (name: string, told: readonly unknown[]): void => void calls.push([name, ...told].join(' '));

jest.mock('node:crypto', () => {
  const crypto = jest.requireActual<typeof import('node:crypto')>('node:crypto');
  return {
    ...crypto,
    pbkdf2: (...[password, salt, iterations, bytes, digest, done]: Parameters<typeof crypto.pbkdf2>) => {
      written('pbkdf2', [iterations, bytes, digest]);
      crypto.pbkdf2(password, salt, iterations, bytes, digest, done);
    },
    createHmac: (...[algorithm, key]: Parameters<typeof crypto.createHmac>) => {
      written('hmac', [algorithm]);
      return crypto.createHmac(algorithm, key);
    },
    createHash: (...[algorithm]: Parameters<typeof crypto.createHash>) => {
      written('hash', [algorithm]);
      return crypto.createHash(algorithm);
    },
    timingSafeEqual: (...[one, other]: Parameters<typeof crypto.timingSafeEqual>) => {
      written('equal', []);
      return crypto.timingSafeEqual(one, other);
    },
  };
});

const ITERATIONS = 8_192;

async function usersBy(mechanism: ScramMechanism): Promise<Users> {
  const credential = await credentialOf(mechanism, Buffer.from('secret'), {
    iterations: ITERATIONS,
    random: systemRandom,
  });
  const users = new Map<string, UserCredentials>([['alice', { [mechanism]: credential }]]);
  const secret = randomBytes(32);
  return new Users([{ isLoaded: true, users }], () => secret);
}

/** What was computed until it was refused, and why it was. */
async function refused(
  attempt: () => Promise<unknown>,
): Promise<{ readonly reason: string; readonly work: readonly string[] }> {
  calls.length = 0;
  const failure: unknown = await attempt().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof SaslFailure)) throw new Error(`expected to be refused, got ${String(failure)}`);
  return { reason: failure.reason, work: [...calls] };
}

describe.each(SCRAM_MECHANISMS)('who has a password by %s', (mechanism) => {
  test('PLAIN computes the same for a wrong password and for a name that nobody has', async () => {
    const users = await usersBy(mechanism);
    const byPlain = (user: string) => refused(() => new PlainExchange(users).step(plainToken(user, 'wrong')));
    await byPlain('warm');
    const [wrong, unknown] = [await byPlain('alice'), await byPlain('nobody')];
    expect([wrong.reason, unknown.reason]).toEqual(['wrong_password', 'unknown_user']);
    expect(wrong.work.filter((each) => each.startsWith('pbkdf2'))).toHaveLength(1);
    expect(wrong.work.join('\n')).toContain(` ${ITERATIONS} `);
    expect(unknown.work).toEqual(wrong.work);
  });

  test('SCRAM computes the same for a wrong password and for a name that nobody has', async () => {
    const users = await usersBy(mechanism);
    const byScram = async (user: string): Promise<Awaited<ReturnType<typeof refused>>> => {
      const exchange = new ScramExchange(mechanism, { users, random: systemRandom });
      const client = new ScramClient({ mechanism, user, password: 'wrong' });
      calls.length = 0;
      const challenged = await exchange.step(client.first);
      const first = [...calls];
      const last = client.last(challenged.challenge);
      const { reason, work } = await refused(() => exchange.step(last));
      return { reason, work: [...first, 'challenged', ...work] };
    };
    await byScram('warm');
    const [wrong, unknown] = [await byScram('alice'), await byScram('nobody')];
    expect([wrong.reason, unknown.reason]).toEqual(['wrong_password', 'unknown_user']);
    expect(wrong.work.length).toBeGreaterThan(4);
    expect(unknown.work).toEqual(wrong.work);
  });
});
