/** Why nobody was let in: a reason from a closed list for metrics, words for operators, and the words that Kafka has for the client. */

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** Label of seaglass_authentication_failures_total. */
export const SASL_FAILURES = [
  'unsupported_mechanism',
  'malformed',
  'unknown_user',
  'wrong_password',
  'other_authorization_id',
  'token_unsigned',
  'token_expired',
  'token_of_other_issuer',
  'token_for_other_audience',
  'token_refused',
  'keys_unavailable',
  'users_unavailable',
  'other_principal',
  'other_mechanism',
  'illegal_state',
  'too_large',
  'too_late',
  'internal',
] as const;
export type SaslFailureReason = (typeof SASL_FAILURES)[number];

export interface SaslFailureDetails {
  readonly reason: SaslFailureReason;
  /** For operators; holds no credential. */
  readonly message: string;
  /** Who it claimed to be; undefined where that is not known. */
  readonly user?: string;
  /** What Kafka tells the client. Undefined: the words that say nothing but that the credentials are invalid. */
  readonly told?: string;
  /** It is not the client's fault: it gets no answer, for it would not try again after one. */
  readonly isOurs?: boolean;
}

export class SaslFailure extends Error {
  override readonly name = 'SaslFailure';
  readonly reason: SaslFailureReason;
  readonly user: string | undefined;
  readonly told: string | undefined;
  readonly isOurs: boolean;

  constructor({ reason, message, user, told, isOurs = false }: SaslFailureDetails) {
    super(message);
    this.reason = reason;
    this.user = user;
    this.told = told;
    this.isOurs = isOurs;
  }
}

/** Nobody is refused as unknown before all users were read. */
export const usersUnavailable = (user: string): SaslFailure =>
  new SaslFailure({
    reason: 'users_unavailable',
    message: 'the stored users could not be read yet, and the name is none of those known',
    user,
    isOurs: true,
  });
