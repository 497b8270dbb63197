/** One client's exchange of tokens by one mechanism, as a mechanism implements it. */
import type { SaslFailure } from './sasl-failure';

export type SaslStep =
  | { readonly done: false; readonly challenge: Uint8Array }
  | {
      readonly done: true;
      /** What the client is sent at last; may be empty. */
      readonly challenge: Uint8Array;
      /** Who it has shown to be. */
      readonly principal: string;
      /** When what it has shown ends, ms since the Unix epoch; undefined where it does not. */
      readonly expiresMs: number | undefined;
    };

export interface SaslExchange {
  /** Why the client is not let in, where it has been told by a challenge and has yet to acknowledge it. */
  readonly refusal?: SaslFailure | undefined;
  /** Takes the client's next token, one at a time. Rejects with SaslFailure; the exchange is over then. */
  step(token: Uint8Array): Promise<SaslStep>;
}

/** Begins an exchange. */
export type MechanismFactory = () => SaslExchange;
