/**
 * One gRPC channel to one engine node. Every call waits for the channel within the connect deadline, carries its own deadline
 * and ends with its caller's signal, as EngineError.
 */
import { status } from '@grpc/grpc-js';
import type {
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  MethodDefinition,
  ServiceError,
  StatusObject,
} from '@grpc/grpc-js';
import { topicIn } from '../../drills/fault';
import type { CallContext, Operation } from '../../telemetry/trace/operation';
import { OPERATIONS } from '../../telemetry/trace/operations';
import type { Instruments } from '../../telemetry/metrics/instruments';
import { Breaker } from './breaker';
import type { EngineTargets } from './engine-targets';
import type { BegunCall, TargetHealth } from './target-health';
import type { TargetRole } from './target-role';
import type { CallEnd } from './unanswered';
import { CHANNEL_STATE } from '../../waiting/phase';
import { EngineError, isUnreachable } from '../../engine-error';
import { ConnectionRefused, GrpcConnection } from './grpc-connection';
import type { GrpcConnectionOptions } from './grpc-connection';
import { withDeadline } from '../../waiting/deadline';
import { type ServerAddress, serverAddress } from './server-address';
import { callMetadata } from '../../grpc/call-token';
import { fromServiceError, statusName, statusNameOf } from '../../grpc/status';

/** What a call needs of a method: the generated service definitions have it. */
export type RpcMethod<Request, Response> = Pick<
  MethodDefinition<Request, Response>,
  'path' | 'requestSerialize' | 'responseDeserialize'
>;

export interface ChannelOptions extends GrpcConnectionOptions {
  readonly instruments: Instruments;
  /** Shown with each call; absent where the peer asks for none. */
  readonly token?: (() => string) | undefined;
  /** Told of what calls say of the target; absent where nobody watches it. */
  readonly target?: { readonly role: TargetRole; readonly targets: EngineTargets } | undefined;
}

/** Calls that a connected peer leaves unanswered before the connection counts as dead. */
const SILENT_CALLS_MAX = 2;
/**
 * A call that its caller's deadline cuts off, or that its own ended while the gateway itself did not run, tells of the peer only where
 * that had this share of its own to answer.
 */
const SILENT_SHARE = 0.25;

export class EngineChannel {
  readonly address: string;
  readonly #options: ChannelOptions;
  /** Of connecting, which every call needs. */
  readonly #connecting: Breaker;
  /** By method: one kind of call may fail where another is served. */
  readonly #breakers = new Map<string, Breaker>();
  readonly #connection: GrpcConnection;
  readonly #server: ServerAddress;
  readonly #health: TargetHealth | undefined;
  #silentCalls = 0;

  constructor(options: ChannelOptions) {
    this.address = options.address;
    this.#server = serverAddress(options.address);
    this.#options = options;
    this.#connection = new GrpcConnection(options);
    const { target } = options;
    this.#health = target?.targets.of(this.address, target.role, () => this.#probe());
    this.#connecting = new Breaker(options.clock, { name: 'a connection', record: this.#health?.breakers });
  }

  /** gRPC's connectivity state: IDLE, CONNECTING, READY, TRANSIENT_FAILURE or SHUTDOWN. Asking does not connect. */
  state(): string {
    return this.#connection.state();
  }

  /** Resolves when the channel is READY: an `engine.connect` operation where it has to be waited for. */
  async ready(context: CallContext): Promise<void> {
    await this.#connection.ready(context);
  }

  /** One request, one response. Rejects with EngineError; the ServiceError is its cause. */
  async unary<Request, Response>(
    method: RpcMethod<Request, Response>,
    request: Request,
    context: CallContext,
    deadlineMs = this.#options.settings.callDeadlineMs,
  ): Promise<Response> {
    return this.#call(method, request, context, { deadlineMs, cancels: true });
  }

  /**
   * As `unary`, for servers that do not bear a call to be cancelled: nobody waits past the deadline or the caller's patience, and the call
   * goes on until it is answered or the connection ends, which a peer that is silent for long does by its keepalive.
   */
  async unaryToItsEnd<Request, Response>(
    method: RpcMethod<Request, Response>,
    request: Request,
    context: CallContext,
  ): Promise<Response> {
    const deadlineMs = this.#options.settings.callDeadlineMs;
    return this.#call(method, request, context, { deadlineMs, cancels: false });
  }

  async #call<Request, Response>(
    method: RpcMethod<Request, Response>,
    request: Request,
    context: CallContext,
    { deadlineMs, cancels }: { readonly deadlineMs: number; readonly cancels: boolean },
  ): Promise<Response> {
    const what = this.#what(method);
    const breaker = this.#breakerOf(method);
    this.#admit(what, this.#connecting, breaker);
    const described = this.#describe(context.operation, method);
    try {
      const client = await this.#connected(what, context);
      const limits = { clock: this.#options.clock, deadlineMs, what };
      const response = await this.#judged({ path: method.path, breaker }, limits, () =>
        withDeadline(limits, context.signal, (signal) =>
          this.#send(client, method, request, cancels ? signal : new AbortController().signal),
        ),
      );
      described?.set('rpc.status_code', statusName(0));
      return response;
    } catch (error) {
      described?.set('rpc.status_code', statusNameOf(error));
      throw fromServiceError(error, what).from(this.address);
    }
  }

  /**
   * Opens a bidirectional stream; the caller owns it and cancels it. The stream's errors are ServiceErrors: `fromServiceError` maps them.
   * Of a peer that `greets`, who opens it is owed a word at once, as with a call.
   */
  async duplex<Request, Response>(
    method: RpcMethod<Request, Response>,
    context: CallContext,
    { greets = false } = {},
  ): Promise<ClientDuplexStream<Request, Response>> {
    const client = await this.#streamClient(method, context);
    const stream = client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      callMetadata(this.#options.token?.()),
      {},
    );
    if (greets) this.#watchGreeting(method, stream);
    this.#watch(method, stream);
    return stream;
  }

  /** Opens a server stream; the caller owns it and cancels it. */
  async serverStream<Request, Response>(
    method: RpcMethod<Request, Response>,
    request: Request,
    context: CallContext,
  ): Promise<ClientReadableStream<Response>> {
    const client = await this.#streamClient(method, context);
    const stream = client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      callMetadata(this.#options.token?.()),
      {},
    );
    this.#watch(method, stream);
    return stream;
  }

  close(): void {
    this.#connection.close();
  }

  async #streamClient<Request, Response>(method: RpcMethod<Request, Response>, context: CallContext): Promise<Client> {
    const what = this.#what(method);
    this.#admit(what, this.#connecting);
    this.#describe(context.operation, method);
    const { faults } = this.#options;
    if (faults !== undefined) await faults.holdUp('hang_call', { method: method.path }, context.signal, what);
    return this.#connected(what, context);
  }

  #admit(what: string, ...breakers: readonly Breaker[]): void {
    try {
      for (const breaker of breakers) breaker.admit(what);
    } catch (error) {
      throw error instanceof EngineError ? error.from(this.address) : error;
    }
  }

  async #connected(what: string, context: CallContext): Promise<Client> {
    const beganMs = this.#options.clock.monotonicMs();
    const connecting = this.#connection.state() === 'READY' ? undefined : this.#health?.began();
    try {
      const client = await this.#connection.ready(context);
      this.#connecting.succeeded();
      if (connecting !== undefined) this.#connectingEnded(connecting, undefined);
      return client;
    } catch (error) {
      const failure = fromServiceError(error, what).from(this.address);
      const isOwn = failure.code === 'timeout' && this.#slept(beganMs);
      if (isUnreachable(failure) && !isOwn) this.#connecting.failed();
      if (connecting !== undefined && isOwn) this.#health?.ended(connecting, 'neutral');
      else if (connecting !== undefined) this.#connectingEnded(connecting, failure);
      throw failure;
    }
  }

  #connectingEnded(call: BegunCall, failure: EngineError | undefined): void {
    // What accepts the connection and never says a word is silent.
    this.#health?.ended(call, failure?.code === 'timeout' ? 'unanswered' : 'neutral');
    if (failure === undefined) this.#health?.connected();
    else if (failure.code === 'unavailable') this.#health?.refused(reasonOf(failure));
  }

  /** How long the peer had to answer since then, ms, as far as is known. */
  #awakeMs(sinceMs: number): number {
    return this.#health?.awakeMs(sinceMs) ?? this.#options.clock.monotonicMs() - sinceMs;
  }

  /** Whether the gateway itself did not run for most of the time since then. */
  #slept(sinceMs: number): boolean {
    return this.#awakeMs(sinceMs) < (this.#options.clock.monotonicMs() - sinceMs) * SILENT_SHARE;
  }

  /** Asks the target anything, on behalf of nobody: that it answers is all that is wanted. */
  #probe(): void {
    const health = this.#health;
    const call = health?.began();
    if (health === undefined || call === undefined) return;
    this.#connection.probe().then(
      (probed) => {
        health.ended(call, probed.how === 'refused' ? 'neutral' : probed.how);
        if (probed.how === 'refused') health.refused(probed.why);
      },
      () => health.ended(call, 'neutral'),
    );
  }

  #send<Request, Response>(
    client: Client,
    method: RpcMethod<Request, Response>,
    request: Request,
    signal: AbortSignal,
  ): Promise<Response> {
    const { clock, faults } = this.#options;
    const subject = faults && { method: method.path, topic: topicIn(request) };
    if (subject && faults.strike('hang_call', subject) !== undefined) return new Promise(() => undefined);
    const startedMs = clock.monotonicMs();
    return new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        callMetadata(this.#options.token?.()),
        {},
        (error: ServiceError | null, response?: Response) => {
          signal.removeEventListener('abort', onAbort);
          this.#time(method, error?.code ?? 0, startedMs);
          if (error !== null) reject(error);
          else if (response === undefined) reject(new EngineError('internal', `${this.#what(method)}: no response`));
          else resolve(response);
        },
      );
      const onAbort = () => call.cancel();
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** What the call is, on the operation that waits for it; undefined where that is no call of its own. */
  #describe<Request, Response>(operation: Operation, method: RpcMethod<Request, Response>): Operation | undefined {
    if (OPERATIONS[operation.name].kind !== 'CLIENT') return undefined;
    return operation
      .set('rpc.system.name', 'grpc')
      .set('rpc.method', method.path.slice(1))
      .set('server.address', this.#server.host)
      .set('server.port', this.#server.port)
      .live(CHANNEL_STATE, () => this.state());
  }

  #breakerOf<Request, Response>({ path }: RpcMethod<Request, Response>): Breaker {
    let breaker = this.#breakers.get(path);
    if (breaker === undefined) {
      const told = { name: path.slice(path.lastIndexOf('/') + 1), record: this.#health?.breakers };
      breaker = new Breaker(this.#options.clock, told);
      this.#breakers.set(path, breaker);
    }
    return breaker;
  }

  /** What a call's end says of its kind and of the peer. */
  async #judged<T>(
    { path, breaker }: { readonly path: string; readonly breaker: Breaker },
    { deadlineMs, what }: { readonly deadlineMs: number; readonly what: string },
    call: () => Promise<T>,
  ): Promise<T> {
    const beganMs = this.#options.clock.monotonicMs();
    const begun = this.#health?.began(path);
    let ended: CallEnd = 'neutral';
    try {
      const response = await call();
      this.#answered(breaker);
      ended = 'answered';
      return response;
    } catch (error) {
      const failure = fromServiceError(error, what);
      const isLong = this.#awakeMs(beganMs) >= deadlineMs * SILENT_SHARE;
      if (failure.code === 'timeout') {
        if (isLong) this.#silent(breaker);
      } else if (failure.code === 'unavailable') {
        breaker.failed();
      } else if (failure.code !== 'cancelled') {
        this.#answered(breaker);
        ended = 'answered';
      }
      if (isLong && (failure.code === 'timeout' || failure.code === 'cancelled')) ended = 'unanswered';
      throw failure;
    } finally {
      if (begun !== undefined) this.#health?.ended(begun, ended);
    }
  }

  #answered(breaker: Breaker): void {
    this.#silentCalls = 0;
    breaker.succeeded();
  }

  #silent(breaker: Breaker): void {
    breaker.failed();
    this.#silentCalls += 1;
    if (this.#silentCalls >= SILENT_CALLS_MAX && this.#connection.discard()) this.#silentCalls = 0;
  }

  /** The first words on a stream are an answer; that it could be opened is none, because a peer that hangs takes streams, too. */
  #watch<Request, Response>(
    method: RpcMethod<Request, Response>,
    stream: ClientDuplexStream<Request, Response> | ClientReadableStream<Response>,
  ): void {
    const startedMs = this.#options.clock.monotonicMs();
    stream.on('metadata', () => {
      this.#silentCalls = 0;
      this.#health?.answered(method.path);
    });
    stream.on('status', ({ code }: StatusObject) => this.#time(method, code, startedMs));
  }

  #watchGreeting({ path }: { readonly path: string }, stream: NodeJS.EventEmitter): void {
    const health = this.#health;
    let begun = health?.began(path);
    const ended = (how: CallEnd): void => {
      if (begun !== undefined) health?.ended(begun, how);
      begun = undefined;
    };
    stream.once('metadata', () => ended('answered'));
    stream.once('status', ({ code }: StatusObject) => {
      const isLong = this.#awakeMs(begun?.beganMs ?? 0) >= this.#options.settings.callDeadlineMs * SILENT_SHARE;
      if (code === status.CANCELLED) ended(isLong ? 'unanswered' : 'neutral');
      else ended(code === status.UNAVAILABLE ? 'neutral' : 'answered');
    });
  }

  #time<Request, Response>(method: RpcMethod<Request, Response>, code: number, startedMs: number): void {
    this.#options.instruments.record(
      'rpc_client_call_duration_seconds',
      { rpc_method: method.path.slice(1), rpc_status_code: statusName(code) },
      (this.#options.clock.monotonicMs() - startedMs) / 1_000,
    );
  }

  #what<Request, Response>(method: RpcMethod<Request, Response>): string {
    return `${method.path.slice(1)} at ${this.address}`;
  }
}

function reasonOf({ cause }: EngineError): string | undefined {
  return cause instanceof ConnectionRefused ? cause.message : undefined;
}
