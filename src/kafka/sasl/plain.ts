/** PLAIN (RFC 4616): `[authzid] NUL user NUL password`, one token. Checked against the same users as SCRAM. */
import type { Users } from '../users/users';
import type { SaslExchange, SaslStep } from './mechanism';
import { SaslFailure, usersUnavailable } from './sasl-failure';

const NOTHING = new Uint8Array();
const PARTS = 3;
/** Kafka looks no further, and says that there were so many. */
const PARTS_COUNTED = 4;

export const WRONG_AUTHORIZATION_ID =
  'Authentication failed: Client requested an authorization id that is different from username';
const WRONG_PASSWORD = 'Authentication failed: Invalid username or password';

export class PlainExchange implements SaslExchange {
  readonly #users: Users;

  constructor(users: Users) {
    this.#users = users;
  }

  async step(token: Uint8Array): Promise<SaslStep> {
    const { authorizationId, user, password } = partsOf(token);
    const verdict = await this.#users.check(user, password);
    if (verdict === 'unknown' && !this.#users.isLoaded) throw usersUnavailable(user);
    if (verdict !== 'right') {
      const known = verdict === 'unknown' ? 'there is no such user' : 'the password is wrong';
      const reason = verdict === 'unknown' ? 'unknown_user' : 'wrong_password';
      throw new SaslFailure({ reason, message: known, user, told: WRONG_PASSWORD });
    }
    if (authorizationId !== '' && authorizationId !== user) {
      const message = 'it asks to act as somebody else';
      throw new SaslFailure({ reason: 'other_authorization_id', message, user, told: WRONG_AUTHORIZATION_ID });
    }
    return { done: true, challenge: NOTHING, principal: user, expiresMs: undefined };
  }
}

interface PlainParts {
  readonly authorizationId: string;
  readonly user: string;
  readonly password: Uint8Array;
}

/** Told in Kafka's words, which say nothing of who exists. Throws SaslFailure. */
function partsOf(token: Uint8Array): PlainParts {
  const bytes = Buffer.from(token.buffer, token.byteOffset, token.byteLength);
  const parts: Buffer[] = [];
  let from = 0;
  while (parts.length < PARTS_COUNTED) {
    const end = bytes.indexOf(0, from);
    parts.push(bytes.subarray(from, end < 0 ? undefined : end));
    if (end < 0) break;
    from = end + 1;
  }
  const [authorizationId, user, password] = parts;
  if (authorizationId === undefined || user === undefined || password === undefined || parts.length > PARTS) {
    const told = `Invalid SASL/PLAIN response: expected ${PARTS} tokens, got ${parts.length}`;
    throw new SaslFailure({ reason: 'malformed', message: 'PLAIN is not three parts between NULs', told });
  }
  if (user.byteLength === 0) {
    const told = 'Authentication failed: username not specified';
    throw new SaslFailure({ reason: 'malformed', message: 'PLAIN without a user name', told });
  }
  if (password.byteLength === 0) {
    const told = 'Authentication failed: password not specified';
    throw new SaslFailure({ reason: 'malformed', message: 'PLAIN without a password', user: user.toString(), told });
  }
  return { authorizationId: authorizationId.toString(), user: user.toString(), password };
}
