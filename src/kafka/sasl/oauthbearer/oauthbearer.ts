/**
 * OAUTHBEARER (RFC 7628, KIP-255), the server's part: the client shows a token of the issuer. A token that is not taken is answered with an
 * error as JSON, which the client acknowledges by one byte before it is told that it is not let in.
 */
import type { SaslExchange, SaslStep } from '../mechanism';
import { SaslFailure } from '../sasl-failure';
import { readBearerMessage } from './client-message';
import type { TokenVerifier, VerifiedToken } from './token-verifier';

const NOTHING = new Uint8Array();
const INVALID_TOKEN = '{"status":"invalid_token"}';
const ACKNOWLEDGED = 1;

export class OauthbearerExchange implements SaslExchange {
  readonly #verifier: TokenVerifier;
  #refusal: SaslFailure | undefined;

  constructor(verifier: TokenVerifier) {
    this.#verifier = verifier;
  }

  /** Why the token was not taken, while the client has not acknowledged it. */
  get refusal(): SaslFailure | undefined {
    return this.#refusal;
  }

  async step(message: Uint8Array): Promise<SaslStep> {
    if (this.#refusal !== undefined && message.byteLength === 1 && message[0] === ACKNOWLEDGED) throw this.#refusal;
    this.#refusal = undefined;
    const { token, authorizationId } = readBearerMessage(message);
    let verified: VerifiedToken;
    try {
      verified = await this.#verifier.verify(token);
    } catch (error) {
      if (!(error instanceof SaslFailure) || error.isOurs) throw error;
      const { reason, message: words } = error;
      this.#refusal = new SaslFailure({ reason, message: words, told: INVALID_TOKEN });
      return { done: false, challenge: Buffer.from(INVALID_TOKEN) };
    }
    const { principal, expiresMs } = verified;
    if (authorizationId !== '' && authorizationId !== principal) {
      const told = `Authentication failed: Client requested an authorization id (${authorizationId}) that is different from the token's principal name (${principal})`;
      const words = 'it asks to act as somebody else';
      throw new SaslFailure({ reason: 'other_authorization_id', message: words, user: principal, told });
    }
    return { done: true, challenge: NOTHING, principal, expiresMs };
  }
}
