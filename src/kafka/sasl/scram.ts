/**
 * SCRAM (RFC 5802), the server's part: the client proves that it knows the password without sending it, and the server that it knows the
 * client. Someone who does not exist is answered as someone who does, until the proof is wrong.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Random } from '../../random';
import { hmac, provesPassword, SALT_SEED_BYTES, saltOf, type ScramMechanism } from '../users/scram-credential';
import type { FoundCredential, Users } from '../users/users';
import type { SaslExchange, SaslStep } from './mechanism';
import { WRONG_AUTHORIZATION_ID } from './plain';
import { SaslFailure, usersUnavailable } from './sasl-failure';
import { type ClientFirst, readClientFinal, readClientFirst } from './scram-messages';

interface Challenged {
  readonly first: ClientFirst;
  readonly serverFirst: string;
  /** The client's and the server's. */
  readonly nonce: string;
  readonly found: FoundCredential;
}

export class ScramExchange implements SaslExchange {
  readonly #mechanism: ScramMechanism;
  readonly #users: Users;
  readonly #random: Random;
  #challenged: Challenged | undefined;

  constructor(mechanism: ScramMechanism, { users, random }: { readonly users: Users; readonly random: Random }) {
    this.#mechanism = mechanism;
    this.#users = users;
    this.#random = random;
  }

  async step(token: Uint8Array): Promise<SaslStep> {
    const challenged = this.#challenged;
    if (challenged !== undefined) return this.#last(token, challenged);
    const first = readClientFirst(token);
    const found = this.#users.credential(first.user, this.#mechanism);
    const { authorizationId, user } = first;
    if (!found.exists && !this.#users.isLoaded) throw usersUnavailable(user);
    if (authorizationId !== '' && authorizationId !== user) {
      const message = 'it asks to act as somebody else';
      throw new SaslFailure({ reason: 'other_authorization_id', message, user, told: WRONG_AUTHORIZATION_ID });
    }
    const nonce = `${first.nonce}${saltOf(this.#random.bytes(SALT_SEED_BYTES)).toString()}`;
    const salt = Buffer.from(found.credential.salt).toString('base64');
    const serverFirst = `r=${nonce},s=${salt},i=${found.credential.iterations}`;
    this.#challenged = { first, serverFirst, nonce, found };
    return { done: false, challenge: Buffer.from(serverFirst) };
  }

  #last(token: Uint8Array, { first, serverFirst, nonce, found }: Challenged): SaslStep {
    const last = readClientFinal(token);
    const { user } = first;
    if (!equal(last.nonce, nonce))
      throw new SaslFailure({ reason: 'malformed', message: 'the nonce of the last message is another', user });
    // What the header said of channel binding must be what it says now, or somebody between has changed it.
    if (last.channelBinding !== Buffer.from(first.header).toString('base64'))
      throw new SaslFailure({ reason: 'malformed', message: 'channel binding is not that of the first message', user });
    const authMessage = `${first.bare},${serverFirst},${last.withoutProof}`;
    const { credential, exists } = found;
    const right = provesPassword(this.#mechanism, credential, { proof: last.proof, authMessage });
    // Delegation tokens are not served, so nobody has one.
    if (!exists || first.byToken) {
      const message = first.byToken ? 'there are no delegation tokens' : `there is no such user by ${this.#mechanism}`;
      throw new SaslFailure({ reason: 'unknown_user', message, user });
    }
    if (!right) throw new SaslFailure({ reason: 'wrong_password', message: 'the password is wrong', user });
    const signature = hmac(this.#mechanism, credential.serverKey, authMessage).toString('base64');
    return { done: true, challenge: Buffer.from(`v=${signature}`), principal: user, expiresMs: undefined };
  }
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
