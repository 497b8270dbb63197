/** What tokens are checked with, by Kafka's settings `sasl.oauthbearer.*`. */
export interface OauthbearerSettings {
  readonly expectedIssuer: string;
  /** A token must be for one of them. */
  readonly expectedAudience: readonly string[];
  readonly clockSkewSeconds: number;
  /** The claim that is the principal. */
  readonly subClaimName: string;
}
