/**
 * One gRPC channel to one engine node. Every call waits for the channel within the connect deadline, carries its own deadline
 * and ends with its caller's signal, as EngineError. A peer that accepts TCP and never sends SETTINGS would leave a channel
 * CONNECTING for ever: the channel is thrown away at the connect deadline and the next call starts a new one.
 */
import { Client, Metadata, connectivityState, credentials } from '@grpc/grpc-js';
import type {
  ClientDuplexStream,
  ClientReadableStream,
  MethodDefinition,
  ServiceError,
  StatusObject,
} from '@grpc/grpc-js';
import type { Clock } from '../clock';
import type { CallContext, Operation } from '../telemetry/operation';
import { OPERATIONS } from '../telemetry/operations';
import type { Instruments } from '../telemetry/instruments';
import { Breaker } from './breaker';
import { CHANNEL_STATE } from './channel-state';
import { EngineError } from './engine-error';
import { ignoreShared, runPhase, withDeadline } from './phase';
import type { EngineSettings } from './settings';
import { fromServiceError, statusName, statusNameOf } from './status';

/** What a call needs of a method: the generated service definitions have it. */
export type RpcMethod<Request, Response> = Pick<
  MethodDefinition<Request, Response>,
  'path' | 'requestSerialize' | 'responseDeserialize'
>;

export interface ChannelOptions {
  /** `host:port` or `unix:/path`. */
  readonly address: string;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly instruments: Instruments;
  /** Pings of an idle connection. Go's servers refuse peers that ping more often than they allow: a minute is safe there. */
  readonly keepaliveMs: number;
}

/** Bytes in flight per stream and connection before the peer must wait; HTTP/2's default of 64 KiB costs a round trip each. */
const FLOW_CONTROL_WINDOW_BYTES = 4 * 1024 * 1024;
/** Calls that a connected peer leaves unanswered before the connection counts as dead. */
const SILENT_CALLS_MAX = 2;

export class EngineChannel {
  readonly address: string;
  readonly #options: ChannelOptions;
  readonly #breaker: Breaker;
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #silentCalls = 0;
  #closed = false;

  constructor(options: ChannelOptions) {
    this.address = options.address;
    this.#options = options;
    this.#breaker = new Breaker(options.clock);
  }

  /** gRPC's connectivity state: IDLE, CONNECTING, READY, TRANSIENT_FAILURE or SHUTDOWN. Asking does not connect. */
  state(): string {
    if (this.#closed) return 'SHUTDOWN';
    if (this.#client === undefined) return 'IDLE';
    return connectivityState[this.#client.getChannel().getConnectivityState(false)];
  }

  /** Resolves when the channel is READY: an `engine.connect` operation where it has to be waited for. */
  async ready(context: CallContext): Promise<void> {
    await this.#readyClient(context);
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
      const client = await this.#readyClient(context);
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
    this.#closed = true;
    this.#client?.close();
    this.#client = undefined;
  }

  async #streamClient<Request, Response>(method: RpcMethod<Request, Response>, context: CallContext): Promise<Client> {
    this.#breaker.admit(this.#what(method));
    this.#describe(context.operation, method);
    try {
      return await this.#readyClient(context);
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

  async #readyClient(context: CallContext): Promise<Client> {
    if (this.#closed) throw new EngineError('shutting_down', `channel to ${this.address}: closed`);
    const client = (this.#client ??= this.#create());
    const state = client.getChannel().getConnectivityState(false);
    if (state === connectivityState.READY) return client;
    const connecting = (this.#connecting ??= this.#connect(client).finally(() => (this.#connecting = undefined)));
    // Whoever began it may be gone before the phase waits for it.
    connecting.catch(ignoreShared);
    await runPhase(
      context,
      {
        clock: this.#options.clock,
        name: 'engine.connect',
        deadlineMs: this.#options.settings.connectDeadlineMs,
        what: `connecting to ${this.address}`,
        attributes: { 'server.address': this.address, [CHANNEL_STATE]: this.state() },
        channelState: () => this.state(),
      },
      () => connecting,
    );
    return client;
  }

  /** Resolves at READY, rejects at TRANSIENT_FAILURE; at the deadline the stuck channel is thrown away. */
  async #connect(client: Client): Promise<void> {
    const { clock, settings } = this.#options;
    const limits = { clock, deadlineMs: settings.connectDeadlineMs, what: `connecting to ${this.address}` };
    try {
      await withDeadline(limits, new AbortController().signal, () => whenConnected(client, this.address));
    } catch (error) {
      if (error instanceof EngineError && error.code === 'timeout') this.#discard(client);
      throw error;
    }
  }

  #create(): Client {
    return new Client(this.address, credentials.createInsecure(), {
      'grpc.keepalive_time_ms': this.#options.keepaliveMs,
      'grpc.keepalive_timeout_ms': 5_000,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      // A discarded channel must not hand its stuck connection to its successor.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
      'grpc.enable_retries': 0,
      'grpc.enable_http_proxy': 0,
      'grpc.service_config_disable_resolution': 1,
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

  #discard(client: Client): void {
    if (this.#client === client) this.#client = undefined;
    client.close();
  }

  #answered(): void {
    this.#silentCalls = 0;
    this.#breaker.succeeded();
  }

  #failed(error: EngineError): EngineError {
    if (error.code === 'timeout') {
      this.#breaker.failed();
      this.#silentCalls += 1;
      const client = this.#client;
      if (this.#silentCalls >= SILENT_CALLS_MAX && client !== undefined) {
        this.#silentCalls = 0;
        this.#discard(client);
      }
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

function whenConnected(client: Client, address: string): Promise<void> {
  const channel = client.getChannel();
  return new Promise((resolve, reject) => {
    const look = () => {
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) resolve();
      else if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) {
        const error = `connecting to ${address}: channel is ${connectivityState[state]}`;
        reject(new EngineError('unavailable', error));
      } else channel.watchConnectivityState(state, Infinity, look);
    };
    look();
  });
}
