/**
 * How one connection signs in, and signs in again (KIP-43, KIP-152, KIP-368): the states of Kafka's SaslServerAuthenticator. It knows no
 * frames; whoever holds the connection asks what may come next, and ends it where `ending` is set.
 *
 *   versions_or_handshake ──ApiVersions──▶ handshake
 *          │                                   │
 *          └───────────SaslHandshake───────────┴──▶ token / raw_token ──▶ signed_in ──SaslHandshake──▶ token / raw_token …
 *
 * Whatever fails leads to `nothing`: no more is taken of this connection.
 */
import type { Clock } from '../../clock';
import type { MechanismFactory, SaslExchange, SaslStep } from './mechanism';
import { SASL_MECHANISMS, SaslFailure, type SaslFailureReason, type SaslMechanism } from './sasl-failure';
import type { SaslSettings } from './sasl-settings';

/** What may come next: a raw token is one that no Kafka header stands before (handshake v0). */
export type SaslExpects = 'versions_or_handshake' | 'handshake' | 'token' | 'raw_token' | 'signed_in' | 'nothing';

export interface SaslIdentity {
  readonly mechanism: SaslMechanism;
  readonly principal: string;
  /** When it must be shown again, on the clock's monotonic scale; Infinity: never. */
  readonly endsMs: number;
}

export interface SaslFailed {
  /** None was chosen where it is undefined. */
  readonly mechanism: SaslMechanism | undefined;
  readonly reason: SaslFailureReason;
  /** For operators. */
  readonly message: string;
  readonly user: string | undefined;
  /** Whether it was signed in before. */
  readonly again: boolean;
}

/** Told of what becomes of a connection. */
export interface SaslObserver {
  signedIn(identity: SaslIdentity, again: boolean): void;
  failed(failure: SaslFailed): void;
}

export interface SaslConversationOptions {
  readonly settings: SaslSettings;
  readonly mechanisms: ReadonlyMap<SaslMechanism, MechanismFactory>;
  readonly clock: Clock;
  readonly observer: SaslObserver;
}

/** The connection ends, after an answer that waits a while where there is one. */
export interface SaslEnding {
  readonly message: string;
  readonly isAnswered: boolean;
}

export type SaslAnswer =
  | { readonly done: boolean; readonly challenge: Uint8Array; readonly sessionLifetimeMs: number }
  /** `told` is for the client. */
  | { readonly failed: true; readonly told: string; readonly reason: SaslFailureReason };

/** As Kafka: a client that signs in again sooner than this is told that it may not. */
const AGAIN_MS_MIN = 1_000;

type State =
  | { readonly name: 'versions_or_handshake' | 'handshake' | 'nothing' }
  /** `exchange` is undefined where a client that signs in again chose another mechanism: its next token ends it. */
  | {
      readonly name: 'token' | 'raw_token';
      readonly mechanism: SaslMechanism;
      readonly exchange: SaslExchange | undefined;
    }
  | { readonly name: 'signed_in'; readonly identity: SaslIdentity };

export class SaslConversation {
  readonly #options: SaslConversationOptions;
  #state: State = { name: 'versions_or_handshake' };
  /** Who it was, from when it signs in again. */
  #previous: SaslIdentity | undefined;
  #againMs = -Infinity;
  #busy = false;
  #ending: SaslEnding | undefined;

  constructor(options: SaslConversationOptions) {
    this.#options = options;
  }

  get expects(): SaslExpects {
    return this.#busy ? 'nothing' : this.#state.name;
  }

  /** Whether it was ever signed in, and has not failed since. */
  get isSignedIn(): boolean {
    return this.#state.name === 'signed_in' || (this.#previous !== undefined && this.#state.name !== 'nothing');
  }

  get identity(): SaslIdentity | undefined {
    return this.#state.name === 'signed_in' ? this.#state.identity : this.#previous;
  }

  /** Set once it has failed. */
  get ending(): SaslEnding | undefined {
    return this.#ending;
  }

  /** Of the exchange under way, or of the identity. */
  get mechanism(): SaslMechanism | undefined {
    return 'mechanism' in this.#state ? this.#state.mechanism : this.identity?.mechanism;
  }

  /** The client was told the versions; it may not ask again before it has signed in. */
  versionsTold(): void {
    if (this.#state.name === 'versions_or_handshake') this.#state = { name: 'handshake' };
  }

  /** Whether what it has shown has ended, and it must be gone if it goes on. */
  hasExpired(nowMs: number): boolean {
    return this.#state.name === 'signed_in' && nowMs > this.#state.identity.endsMs;
  }

  /** It sends a handshake although it is signed in. False: its session does not end, or it is too soon; it is told that it may not. */
  beginAgain(nowMs: number): boolean {
    if (this.#state.name !== 'signed_in' || this.#state.identity.endsMs === Infinity) return false;
    if (nowMs - this.#againMs < AGAIN_MS_MIN) return false;
    this.#againMs = nowMs;
    this.#previous = this.#state.identity;
    this.#state = { name: 'handshake' };
    return true;
  }

  /** True: the mechanism is served, and tokens of it come next. As Kafka: who signs in again is not told why not. `isRaw`: without Kafka's header (handshake v0). */
  choose(name: string, isRaw: boolean): boolean {
    const mechanism = SASL_MECHANISMS.find((each) => each === name);
    const factory = mechanism === undefined ? undefined : this.#options.mechanisms.get(mechanism);
    if (mechanism === undefined || factory === undefined) {
      const isAnswered = this.#previous === undefined;
      this.fail(
        { reason: 'unsupported_mechanism', message: 'it asks for a mechanism that is not enabled' },
        isAnswered,
      );
      return false;
    }
    const isOther = this.#previous !== undefined && this.#previous.mechanism !== mechanism;
    this.#state = {
      name: isRaw ? 'raw_token' : 'token',
      mechanism,
      exchange: isOther ? undefined : factory(),
    };
    return true;
  }

  /** Takes the client's next token. Never rejects; to be called only where a token is expected. */
  async take(token: Uint8Array): Promise<SaslAnswer> {
    const state = this.#state;
    if (this.#busy || !('exchange' in state)) return this.#refuse(new SaslFailure(OUT_OF_TURN), false);
    if (state.exchange === undefined) return this.#refuse(this.#otherMechanism(state.mechanism), false);
    const isAnswered = state.name === 'token';
    this.#busy = true;
    try {
      const step = await state.exchange.step(token);
      if (!step.done) return { done: false, challenge: step.challenge, sessionLifetimeMs: 0 };
      return this.#signedIn(state.mechanism, step);
    } catch (error) {
      return this.#refuse(error, isAnswered);
    } finally {
      this.#busy = false;
    }
  }

  /** No more is taken of the connection. `isAnswered`: the answer under way says so. The first reason counts. */
  fail(
    details: { readonly reason: SaslFailureReason; readonly message: string; readonly user?: string | undefined },
    isAnswered: boolean,
  ): void {
    if (this.#state.name === 'nothing') return;
    const { mechanism } = this;
    this.#state = { name: 'nothing' };
    const { reason, message, user } = details;
    this.#ending = { message, isAnswered };
    this.#options.observer.failed({ mechanism, reason, message, user, again: this.#previous !== undefined });
  }

  /** The connection is gone: a client that was refused and left before it said so counts as refused. */
  left(): void {
    const refusal = 'exchange' in this.#state ? this.#state.exchange?.refusal : undefined;
    if (refusal !== undefined) this.fail(refusal, false);
  }

  #signedIn(mechanism: SaslMechanism, { principal, challenge, expiresMs }: SaslStep & { done: true }): SaslAnswer {
    const previous = this.#previous;
    if (previous !== undefined && previous.principal !== principal) {
      const told = `Cannot change principals during re-authentication from User.${previous.principal}: User.${principal}`;
      const message = `it was ${previous.principal} and now shows to be another`;
      throw new SaslFailure({ reason: 'other_principal', message, user: principal, told });
    }
    const lifetimeMs = this.#lifetimeMs(expiresMs);
    const endsMs = lifetimeMs === undefined ? Infinity : this.#options.clock.monotonicMs() + lifetimeMs;
    const identity: SaslIdentity = { mechanism, principal, endsMs };
    this.#state = { name: 'signed_in', identity };
    this.#previous = undefined;
    this.#options.observer.signedIn(identity, previous !== undefined);
    return { done: true, challenge, sessionLifetimeMs: lifetimeMs ?? 0 };
  }

  /** Undefined: for ever. */
  #lifetimeMs(expiresMs: number | undefined): number | undefined {
    const { clock, settings } = this.#options;
    const ends: number[] = [];
    if (settings.connectionsMaxReauthMs > 0) ends.push(settings.connectionsMaxReauthMs);
    if (expiresMs !== undefined) ends.push(expiresMs - clock.nowMs());
    return ends.length === 0 ? undefined : Math.max(0, Math.min(...ends));
  }

  #otherMechanism(mechanism: SaslMechanism): SaslFailure {
    const before = this.#previous?.mechanism ?? mechanism;
    const message = `it signed in by ${before} and wants to sign in again by ${mechanism}`;
    return new SaslFailure({ reason: 'other_mechanism', message });
  }

  #refuse(error: unknown, isAnswered: boolean): SaslAnswer {
    const text = this.#previous === undefined ? 'authentication' : 're-authentication';
    const words = `Authentication failed during ${text} due to invalid credentials with SASL mechanism ${String(this.mechanism)}`;
    const failure = error instanceof SaslFailure ? error : internal(error);
    const { reason, message, user, told = words } = failure;
    this.fail({ reason, message, user }, isAnswered && !failure.isOurs);
    return { failed: true, told, reason };
  }
}

const OUT_OF_TURN = { reason: 'illegal_state', message: 'a token came that nobody waits for' } as const;

/** A fault of ours: it is told to operators, and the client is not let in. */
const internal = (error: unknown): SaslFailure =>
  new SaslFailure({
    reason: 'internal',
    message: error instanceof Error ? error.message : String(error),
    isOurs: true,
  });
