/**
 * Whether a token is one of the issuer's, for this gateway, and holds now: signature by a key that the issuer publishes and an algorithm of the
 * list, `iss`, `aud`, `exp`, `nbf`, and whom it names. `none` and shared secrets are no algorithms here.
 */
import type { JSONWebKeySet, JWTPayload } from 'jose' with { 'resolution-mode': 'import' };
import type { Clock } from '../../../clock';
import { SaslFailure, type SaslFailureReason } from '../sasl-failure';
import type { IssuerKeys } from './issuer-keys';
import type { OauthbearerSettings } from './oauthbearer-settings';

/** Loaded where tokens are taken, and only then. */
const loadJose = () => import('jose');
type Jose = Awaited<ReturnType<typeof loadJose>>;

export interface VerifiedToken {
  readonly principal: string;
  /** Since the Unix epoch. */
  readonly expiresMs: number;
}

const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

export class TokenVerifier {
  readonly #settings: OauthbearerSettings;
  readonly #keys: IssuerKeys;
  readonly #clock: Clock;

  constructor(settings: OauthbearerSettings, { keys, clock }: { readonly keys: IssuerKeys; readonly clock: Clock }) {
    this.#settings = settings;
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Rejects with SaslFailure. */
  async verify(token: string): Promise<VerifiedToken> {
    const jose = await loadJose();
    const keys = await this.#keys.current();
    if (keys === undefined) throw unavailable();
    const payload = await this.#payload(jose, token, keys);
    const { subClaimName } = this.#settings;
    const principal = payload[subClaimName];
    if (typeof principal !== 'string' || principal.trim() === '')
      throw refused('token_refused', `the token names nobody in ${subClaimName}`);
    return { principal, expiresMs: (payload.exp ?? 0) * 1_000 };
  }

  async #payload(jose: Jose, token: string, keys: JSONWebKeySet): Promise<JWTPayload> {
    try {
      return await this.#checked(jose, token, keys);
    } catch (error) {
      if (!isUnknownKey(error)) throw failureOf(error);
    }
    // The issuer may have changed its keys since they were read.
    const anew = (await this.#keys.anew()) ?? keys;
    try {
      return await this.#checked(jose, token, anew);
    } catch (error) {
      throw failureOf(error);
    }
  }

  async #checked(jose: Jose, token: string, keys: JSONWebKeySet): Promise<JWTPayload> {
    const { expectedIssuer, expectedAudience, clockSkewSeconds } = this.#settings;
    const { payload } = await jose.jwtVerify(token, jose.createLocalJWKSet(keys), {
      algorithms: ALGORITHMS,
      issuer: expectedIssuer,
      audience: [...expectedAudience],
      clockTolerance: clockSkewSeconds,
      currentDate: new Date(this.#clock.nowMs()),
      requiredClaims: ['exp', 'iat'],
    });
    return payload;
  }
}

const isUnknownKey = (error: unknown): boolean => codeOf(error) === 'ERR_JWKS_NO_MATCHING_KEY';

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** By the library's codes; its words may hold parts of the token, ours do not. */
const REASONS: Readonly<Record<string, readonly [SaslFailureReason, string]>> = {
  ERR_JWT_EXPIRED: ['token_expired', 'the token has expired'],
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: ['token_unsigned', 'the signature of the token is not that of its key'],
  ERR_JWKS_NO_MATCHING_KEY: ['token_unsigned', 'the token is signed by a key that the issuer does not publish'],
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: ['token_unsigned', 'the token does not say by which of several keys it is signed'],
  ERR_JOSE_ALG_NOT_ALLOWED: ['token_unsigned', 'the token is signed by an algorithm that is not taken, or not at all'],
};
const CLAIMS: Readonly<Record<string, readonly [SaslFailureReason, string]>> = {
  iss: ['token_of_other_issuer', 'the token is not of sasl.oauthbearer-expected-issuer'],
  aud: ['token_for_other_audience', 'the token is not for sasl.oauthbearer-expected-audience'],
  exp: ['token_refused', 'the token does not say when it expires'],
  nbf: ['token_refused', 'the token does not hold yet: do the clocks agree?'],
  iat: ['token_refused', 'the token does not say when it was issued'],
};

function failureOf(error: unknown): SaslFailure {
  const code = codeOf(error) ?? '';
  const claim = error instanceof Error && 'claim' in error ? error.claim : undefined;
  const [reason, message] = (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED' ? CLAIMS[String(claim)] : REASONS[code]) ?? [
    'token_refused',
    'the token is no signed JWT that can be checked',
  ];
  return refused(reason, message);
}

const refused = (reason: SaslFailureReason, message: string): SaslFailure => new SaslFailure({ reason, message });

const unavailable = (): SaslFailure =>
  new SaslFailure({
    reason: 'keys_unavailable',
    message: 'the keys of the issuer of tokens cannot be read',
    isOurs: true,
  });
