/**
 * Stands before the dispatcher on connections that must sign in: lets through what Kafka's SaslServerAuthenticator takes in each state, and
 * nothing else. A client that is not let in waits for its answer, and is gone behind it. One that is signed in may sign in again, and must
 * once what it has shown has ended.
 */
import type { Clock } from '../../clock';
import type { SaslConversation, SaslEnding } from '../../kafka/sasl/conversation';
import type { SaslSettings } from '../../kafka/sasl/sasl-settings';
import { takeToken } from '../../kafka/sasl/take-token';
import { ErrorCode } from '../../protocol/error-code';
import { apiVersionsApi } from '../../protocol/generated/api-versions';
import { saslAuthenticateApi } from '../../protocol/generated/sasl-authenticate';
import { saslHandshakeApi } from '../../protocol/generated/sasl-handshake';
import { Writer } from '../../protocol/writer';
import type { Operation, OperationSource } from '../../telemetry/trace/operation';
import { giveUpAfter } from '../../waiting/give-up';
import { type CloseCause, ConnectionEnd } from '../close-cause';
import type { Dispatcher } from '../dispatch';
import { apiKeyOf } from '../frame-key';
import type { FrameServer, SignInLimits } from '../frame-server';
import { type Caller, type Exchange, RequestRun } from '../request-run';

export interface SaslGateOptions {
  readonly conversation: SaslConversation;
  readonly settings: SaslSettings;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly operations: OperationSource;
}

const HANDSHAKE = saslHandshakeApi.key;
const AUTHENTICATE = saslAuthenticateApi.key;
const VERSIONS = apiVersionsApi.key;

export class SaslGate implements FrameServer {
  readonly #options: SaslGateOptions;
  readonly #conversation: SaslConversation;
  readonly #limits: SignInLimits;

  constructor(options: SaslGateOptions) {
    this.#options = options;
    this.#conversation = options.conversation;
    const { serverMaxReceiveBytes, signInMsMax } = options.settings;
    this.#limits = { frameBytesMax: serverMaxReceiveBytes, msMax: signInMsMax };
  }

  get signIn(): SignInLimits | undefined {
    return this.#conversation.isSignedIn ? undefined : this.#limits;
  }

  overlapKey(frame: Uint8Array): number {
    return this.#conversation.expects === 'signed_in' ? this.#options.dispatcher.overlapKey(frame) : -1;
  }

  shownBytes(frame: Uint8Array): number {
    const { expects } = this.#conversation;
    const { dispatcher } = this.#options;
    if (expects === 'signed_in') return dispatcher.shownBytes(frame);
    // What is no request of signing in may be anything, a password among it.
    if (expects === 'raw_token' || expects === 'nothing') return 0;
    const key = apiKeyOf(frame);
    return key === HANDSHAKE || key === VERSIONS || key === AUTHENTICATE ? dispatcher.shownBytes(frame) : 0;
  }

  begin(frame: Uint8Array, caller: Caller, effectsTurn: Promise<void> | undefined): Exchange {
    const { expects } = this.#conversation;
    switch (expects) {
      case 'signed_in':
        return this.#serve(frame, caller, effectsTurn);
      case 'raw_token':
        return this.#takeRaw(frame, caller);
      case 'token':
        return apiKeyOf(frame) === AUTHENTICATE
          ? this.#follow(this.#begin(frame, caller))
          : this.#refuse(frame, caller);
      case 'versions_or_handshake':
      case 'handshake':
        return this.#beginSignIn(frame, caller, expects);
      case 'nothing':
        throw new ConnectionEnd('sign_in_failed', 'more came of a client that is not let in, or while it is looked at');
    }
  }

  closed(cause: CloseCause, detail: string): void {
    this.#conversation.left();
    const reason = LOST[cause];
    if (reason !== undefined && !this.#conversation.isSignedIn)
      this.#conversation.fail({ reason, message: detail }, false);
  }

  #serve(frame: Uint8Array, caller: Caller, effectsTurn: Promise<void> | undefined): Exchange {
    const { dispatcher, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (apiKeyOf(frame) === HANDSHAKE && this.#conversation.beginAgain(nowMs))
      return this.#follow(this.#begin(frame, caller));
    if (this.#conversation.hasExpired(nowMs))
      throw new ConnectionEnd('session_expired', 'what it has shown has ended, and it did not sign in again');
    return dispatcher.begin(frame, caller, effectsTurn);
  }

  #beginSignIn(frame: Uint8Array, caller: Caller, expects: 'versions_or_handshake' | 'handshake'): Exchange {
    const key = apiKeyOf(frame);
    if (key === HANDSHAKE) return this.#follow(this.#begin(frame, caller));
    if (key === VERSIONS && expects === 'versions_or_handshake') {
      const run = this.#begin(frame, caller);
      run.answer = run.answer.then((chunks) => {
        if (run.error === undefined) this.#conversation.versionsTold();
        return chunks;
      });
      return run;
    }
    const message =
      key === VERSIONS
        ? 'it asks for the versions again instead of signing in'
        : `a request of API ${String(key)} before it has signed in: is the client configured for SASL?`;
    this.#conversation.fail({ reason: 'illegal_state', message }, false);
    throw new ConnectionEnd('sign_in_failed', message);
  }

  /** Throws as the dispatcher does, and the client is not let in then. */
  #begin(frame: Uint8Array, caller: Caller): RequestRun {
    try {
      return this.#options.dispatcher.begin(frame, caller, undefined);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#conversation.fail({ reason: 'malformed', message }, false);
      throw error;
    }
  }

  /** Any other request between the tokens: it is answered that it may not be, as Kafka does. */
  #refuse(frame: Uint8Array, caller: Caller): RequestRun {
    const message = `a request of API ${String(apiKeyOf(frame))} between its tokens`;
    try {
      const run = this.#options.dispatcher.refuse(frame, caller, ErrorCode.ILLEGAL_SASL_STATE);
      this.#conversation.fail({ reason: 'illegal_state', message }, true);
      return this.#follow(run);
    } catch (error) {
      this.#conversation.fail({ reason: 'illegal_state', message }, false);
      throw error;
    }
  }

  #takeRaw(frame: Uint8Array, caller: Caller): RequestRun {
    const { client } = caller.session;
    const operation = this.#options.operations.root('request', {
      spanName: saslAuthenticateApi.name,
      shared: client.attributes,
      attributes: { 'kafka.api.key': AUTHENTICATE, 'seaglass.sasl.raw': true },
    });
    const header = { apiKey: AUTHENTICATE, apiVersion: 0, correlationId: 0, clientId: client.id };
    const arrivedMs = this.#options.clock.monotonicMs();
    const run = new RequestRun({
      ...{ header, caller, operation, arrivedMs, requestBytes: frame.byteLength, overlaps: false },
      effectsTurn: undefined,
    });
    run.shownBytes = 0;
    run.answer = this.#rawAnswer(frame, run);
    return this.#follow(run);
  }

  async #rawAnswer(token: Uint8Array, run: RequestRun): Promise<Uint8Array[] | undefined> {
    const answer = await takeToken(this.#conversation, token, run.operation);
    if ('failed' in answer) {
      run.failed('client_error', 'SASL_AUTHENTICATION_FAILED', answer.told);
      return undefined;
    }
    const writer = Writer.frame();
    writer.raw(answer.challenge);
    return writer.finishFrame();
  }

  /** Where the conversation ends with this request, its answer waits, and the connection is closed behind it. */
  #follow(run: RequestRun): RequestRun {
    run.answer = run.answer.then(async (chunks) => {
      const { ending } = this.#conversation;
      return ending === undefined ? chunks : this.#end(run, chunks, ending);
    });
    return run;
  }

  async #end(
    run: RequestRun,
    chunks: Uint8Array[] | undefined,
    { message, isAnswered }: SaslEnding,
  ): Promise<Uint8Array[] | undefined> {
    await this.#delay(run.operation, run.signal);
    run.closes = new ConnectionEnd('sign_in_failed', message);
    return isAnswered ? chunks : undefined;
  }

  /** Kafka's connection.failed.authentication.delay.ms: who guesses passwords does it slowly. */
  async #delay(operation: Operation, signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#options;
    const budgetMs = settings.failedAuthenticationDelayMs;
    const delay = operation.child('sasl.delay', { budgetMs });
    const wait = giveUpAfter(budgetMs, signal, clock);
    await wait.reached;
    wait.end();
    delay.end();
  }
}

/** Ends of connections that are failed attempts to sign in. */
const LOST: Readonly<Partial<Record<CloseCause, 'too_large' | 'too_late'>>> = {
  frame_too_large: 'too_large',
  sign_in_timeout: 'too_late',
  first_frame_timeout: 'too_late',
  frame_timeout: 'too_late',
};
