/**
 * The connection below a channel: made when it is first needed, waited for within the connect deadline. A peer that accepts TCP and
 * never sends SETTINGS would leave gRPC's channel CONNECTING for ever: it is thrown away at the connect deadline, and who asks next
 * starts a new one.
 */
import { Client, connectivityState, credentials, status } from '@grpc/grpc-js';
import type { Clock } from '../../clock';
import type { Faults } from '../../drills/faults';
import type { CallContext } from '../../telemetry/trace/operation';
import { EngineError } from '../../engine-error';
import { ignoreShared, withDeadline } from '../../waiting/deadline';
import { CHANNEL_STATE, runPhase } from '../../waiting/phase';
import type { EngineSettings } from '../settings';
import { serverAttributes } from './server-address';

export interface GrpcConnectionOptions {
  /** `host:port` or `unix:/path`. */
  readonly address: string;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  /** Pings of an idle connection. Go's servers refuse peers that ping more often than they allow: a minute is safe there. */
  readonly keepaliveMs: number;
  /** Of drills; absent unless the gateway was started for them. */
  readonly faults?: Faults | undefined;
}

/** Bytes in flight per stream and connection before the peer must wait; HTTP/2's default of 64 KiB costs a round trip each. */
const FLOW_CONTROL_WINDOW_BYTES = 4 * 1024 * 1024;
/** Where nobody listens: what a drill connects to instead of its engine. */
const NOBODY = '127.0.0.1:1';

/** gRPC's own health check. A server without it says UNIMPLEMENTED, which is as good. */
const HEALTH_CHECK = '/grpc.health.v1.Health/Check';
const NO_BYTES = Buffer.alloc(0);
const asBytes = (bytes: Buffer): Buffer => bytes;

export class GrpcConnection {
  readonly #options: GrpcConnectionOptions;
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #closed = false;
  #drilled = false;

  constructor(options: GrpcConnectionOptions) {
    this.#options = options;
  }

  /** gRPC's connectivity state: IDLE, CONNECTING, READY, TRANSIENT_FAILURE or SHUTDOWN. Asking does not connect. */
  state(): string {
    if (this.#closed) return 'SHUTDOWN';
    if (this.#client === undefined) return 'IDLE';
    return connectivityState[this.#client.getChannel().getConnectivityState(false)];
  }

  /** Asks the peer anything: whether it knows the call does not matter, only that it says so. */
  async probe(): Promise<'answered' | 'unanswered' | 'refused'> {
    if (this.#closed) throw new EngineError('shutting_down', 'closed');
    const client = (this.#client ??= this.#create());
    const { connectDeadlineMs } = this.#options.settings;
    const deadline = new Date(this.#options.clock.nowMs() + connectDeadlineMs);
    return new Promise((resolve) => {
      client.makeUnaryRequest(HEALTH_CHECK, asBytes, asBytes, NO_BYTES, { deadline }, (error) => {
        if (error?.code === status.DEADLINE_EXCEEDED) resolve('unanswered');
        else resolve(error?.code === status.UNAVAILABLE ? 'refused' : 'answered');
      });
    });
  }

  /** The client of a channel that is READY: an `engine.connect` operation where it has to be waited for. */
  async ready(context: CallContext): Promise<Client> {
    const { address, clock, settings, faults } = this.#options;
    if (faults !== undefined) this.#drill(faults);
    if (this.#closed) throw new EngineError('shutting_down', `channel to ${address}: closed`);
    const client = (this.#client ??= this.#create());
    const state = client.getChannel().getConnectivityState(false);
    if (state === connectivityState.READY) return client;
    const connecting = (this.#connecting ??= this.#connect(client).finally(() => (this.#connecting = undefined)));
    // Whoever began it may be gone before the phase waits for it.
    connecting.catch(ignoreShared);
    await runPhase(
      context,
      {
        clock,
        name: 'engine.connect',
        deadlineMs: settings.connectDeadlineMs,
        what: `connecting to ${address}`,
        attributes: { ...serverAttributes(address), [CHANNEL_STATE]: this.state() },
        channelState: () => this.state(),
      },
      () => connecting,
    );
    return client;
  }

  /** Throws away what there is, if anything: the next call starts a new one. True where there was something. */
  discard(): boolean {
    const client = this.#client;
    this.#client = undefined;
    client?.close();
    return client !== undefined;
  }

  close(): void {
    this.#closed = true;
    this.discard();
  }

  /** Resolves at READY, rejects at TRANSIENT_FAILURE; at the deadline the stuck channel is thrown away. */
  async #connect(client: Client): Promise<void> {
    const { address, clock, settings } = this.#options;
    const limits = { clock, deadlineMs: settings.connectDeadlineMs, what: `connecting to ${address}` };
    try {
      await withDeadline(limits, new AbortController().signal, () => whenConnected(client, address));
    } catch (error) {
      if (error instanceof EngineError && error.code === 'timeout') {
        if (this.#client === client) this.#client = undefined;
        client.close();
      }
      throw error;
    }
  }

  /** While a drill has the engine down, connections are real and refused. */
  #drill(faults: Faults): void {
    const down = faults.strike('refuse_connections') !== undefined;
    if (down === this.#drilled) return;
    this.#drilled = down;
    this.discard();
  }

  #create(): Client {
    return new Client(this.#drilled ? NOBODY : this.#options.address, credentials.createInsecure(), {
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
