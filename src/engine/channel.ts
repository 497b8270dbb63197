/**
 * One gRPC channel to one engine node. Every call waits for the channel within the connect deadline, carries its own deadline
 * and ends with its caller's signal, as EngineError.
 */
import { Metadata } from '@grpc/grpc-js';
import type {
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  MethodDefinition,
  ServiceError,
  StatusObject,
} from '@grpc/grpc-js';
import type { CallContext, Operation } from '../telemetry/operation';
import { OPERATIONS } from '../telemetry/operations';
import type { Instruments } from '../telemetry/instruments';
import { Breaker } from './breaker';
import { CHANNEL_STATE } from './channel-state';
import { EngineError } from './engine-error';
import { GrpcConnection } from './grpc-connection';
import type { ConnectionOptions } from './grpc-connection';
import { withDeadline } from './phase';
import { fromServiceError, statusName, statusNameOf } from './status';

/** What a call needs of a method: the generated service definitions have it. */
export type RpcMethod<Request, Response> = Pick<
  MethodDefinition<Request, Response>,
  'path' | 'requestSerialize' | 'responseDeserialize'
>;

export interface ChannelOptions extends ConnectionOptions {
  readonly instruments: Instruments;
}

/** Calls that a connected peer leaves unanswered before the connection counts as dead. */
const SILENT_CALLS_MAX = 2;

export class EngineChannel {
  readonly address: string;
  readonly #options: ChannelOptions;
  readonly #breaker: Breaker;
  readonly #connection: GrpcConnection;
  #silentCalls = 0;

  constructor(options: ChannelOptions) {
    this.address = options.address;
    this.#options = options;
    this.#breaker = new Breaker(options.clock);
    this.#connection = new GrpcConnection(options);
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
    this.#breaker.admit(what);
    const described = this.#describe(context.operation, method);
    try {
      const client = await this.#connection.ready(context);
      const limits = { clock: this.#options.clock, deadlineMs, what };
      const response = await withDeadline(limits, context.signal, (signal) =>
        this.#send(client, method, request, cancels ? signal : new AbortController().signal),
      );
      this.#answered();
      described?.set('rpc.status_code', statusName(0));
      return response;
    } catch (error) {
      described?.set('rpc.status_code', statusNameOf(error));
      throw this.#failed(fromServiceError(error, what));
    }
  }

  /** Opens a bidirectional stream; the caller owns it and cancels it. The stream's errors are ServiceErrors: `fromServiceError` maps them. */
  async duplex<Request, Response>(
    method: RpcMethod<Request, Response>,
    context: CallContext,
  ): Promise<ClientDuplexStream<Request, Response>> {
    const client = await this.#streamClient(method, context);
    const stream = client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      new Metadata(),
      {},
    );
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
      new Metadata(),
      {},
    );
    this.#watch(method, stream);
    return stream;
  }

  close(): void {
    this.#connection.close();
  }

  async #streamClient<Request, Response>(method: RpcMethod<Request, Response>, context: CallContext): Promise<Client> {
    this.#breaker.admit(this.#what(method));
    this.#describe(context.operation, method);
    try {
      return await this.#connection.ready(context);
    } catch (error) {
      throw this.#failed(fromServiceError(error, this.#what(method)));
    }
  }

  #send<Request, Response>(
    client: Client,
    method: RpcMethod<Request, Response>,
    request: Request,
    signal: AbortSignal,
  ): Promise<Response> {
    const { clock } = this.#options;
    const startedMs = clock.monotonicMs();
    return new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        new Metadata(),
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
      .set('server.address', this.address)
      .live(CHANNEL_STATE, () => this.state());
  }

  #answered(): void {
    this.#silentCalls = 0;
    this.#breaker.succeeded();
  }

  #failed(error: EngineError): EngineError {
    if (error.code === 'timeout') {
      this.#breaker.failed();
      this.#silentCalls += 1;
      if (this.#silentCalls >= SILENT_CALLS_MAX && this.#connection.discard()) this.#silentCalls = 0;
    } else if (error.code === 'unavailable') {
      this.#breaker.failed();
    } else if (error.code !== 'cancelled') {
      this.#answered();
    }
    return error;
  }

  /** The first words on a stream are an answer; that it could be opened is none, because a peer that hangs takes streams, too. */
  #watch<Request, Response>(
    method: RpcMethod<Request, Response>,
    stream: ClientDuplexStream<Request, Response> | ClientReadableStream<Response>,
  ): void {
    const startedMs = this.#options.clock.monotonicMs();
    stream.on('metadata', () => this.#answered());
    stream.on('status', ({ code }: StatusObject) => this.#time(method, code, startedMs));
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
