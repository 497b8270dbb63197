/**
 * The connection below a channel: made when it is first needed, waited for within the connect deadline. A peer that accepts TCP and
 * never sends SETTINGS would leave gRPC's channel CONNECTING for ever: it is thrown away at the connect deadline, and who asks next
 * starts a new one.
 */
import { isIP } from 'node:net';
import * as tls from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import { Client, connectivityState, credentials, status } from '@grpc/grpc-js';
import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import type { Clock } from '../../clock';
import type { Faults } from '../../drills/faults';
import type { CallContext } from '../../telemetry/trace/operation';
import { EngineError } from '../../engine-error';
import type { PeerIdentity } from '../../tls/peer-identity';
import { ignoreShared, withDeadline } from '../../waiting/deadline';
import { CHANNEL_STATE, runPhase } from '../../waiting/phase';
import type { EngineSettings } from '../settings';
import { whyRefused } from './why-refused';
import { serverAddress, serverAttributes } from './server-address';

export interface GrpcConnectionOptions {
  /** `host:port` or `unix:/path`. */
  readonly address: string;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  /** Pings of an idle connection. Go's servers refuse peers that ping more often than they allow: a minute is safe there. */
  readonly keepaliveMs: number;
  /** What does not answer a ping for so long loses the connection, and with it the calls that it is given; five seconds unless set. */
  readonly pingAnswerMsMax?: number | undefined;
  /** Who this side is to the peer, and whom it takes; looked at with each new connection. Plain where absent. */
  readonly tls?: (() => PeerIdentity | undefined) | undefined;
  /** Of drills; absent unless the gateway was started for them. */
  readonly faults?: Faults | undefined;
}

/** Bytes in flight per stream and connection before the peer must wait; HTTP/2's default of 64 KiB costs a round trip each. */
const FLOW_CONTROL_WINDOW_BYTES = 4 * 1024 * 1024;
const PING_ANSWER_MS_MAX = 5_000;
/** Where nobody listens: what a drill connects to instead of its engine. */
const NOBODY = '127.0.0.1:1';

/** What a call to nobody in particular told of the peer. */
export type Probed = { readonly how: 'answered' | 'unanswered' } | { readonly how: 'refused'; readonly why: string };

/** How long it may take a channel that has failed to say why; it knows. */
const WHY_MS_MAX = 500;

/** gRPC's own health check. A server without it says UNIMPLEMENTED, which is as good. */
const HEALTH_CHECK = '/grpc.health.v1.Health/Check';
const NO_BYTES = Buffer.alloc(0);
const asBytes = (bytes: Buffer): Buffer => bytes;

export class GrpcConnection {
  readonly #options: GrpcConnectionOptions;
  #client: Client | undefined;
  /** What the client was made with. */
  #identity: PeerIdentity | undefined;
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
  async probe(): Promise<Probed> {
    const { faults } = this.#options;
    if (faults !== undefined) this.#drill(faults);
    if (this.#closed) throw new EngineError('shutting_down', 'closed');
    return this.#ask(this.#current(), this.#options.settings.connectDeadlineMs);
  }

  #ask(client: Client, deadlineMs: number): Promise<Probed> {
    const deadline = new Date(this.#options.clock.nowMs() + deadlineMs);
    const identity = this.#identity;
    return new Promise((resolve) => {
      client.makeUnaryRequest(HEALTH_CHECK, asBytes, asBytes, NO_BYTES, { deadline }, (error) => {
        if (error?.code === status.DEADLINE_EXCEEDED) resolve({ how: 'unanswered' });
        else if (error?.code !== status.UNAVAILABLE) resolve({ how: 'answered' });
        else resolve({ how: 'refused', why: whyRefused(error.details, identity) });
      });
    });
  }

  /** The client of a channel that is READY: an `engine.connect` operation where it has to be waited for. */
  async ready(context: CallContext): Promise<Client> {
    const { address, clock, settings, faults } = this.#options;
    if (faults !== undefined) this.#drill(faults);
    if (this.#closed) throw new EngineError('shutting_down', `channel to ${address}: closed`);
    const client = this.#current();
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

  /** The client that there is, or a new one. Files that changed are taken by the next connection; one that stands is left alone. */
  #current(): Client {
    const isOutdated = this.#client !== undefined && this.#identity !== this.#options.tls?.();
    if (isOutdated && this.state() !== 'READY') this.discard();
    return (this.#client ??= this.#create());
  }

  /** Resolves at READY, rejects at TRANSIENT_FAILURE; at the deadline the stuck channel is thrown away. */
  async #connect(client: Client): Promise<void> {
    const { address, clock, settings } = this.#options;
    const limits = { clock, deadlineMs: settings.connectDeadlineMs, what: `connecting to ${address}` };
    try {
      await withDeadline(limits, new AbortController().signal, () => this.#whenConnected(client));
    } catch (error) {
      if (error instanceof EngineError && error.code === 'timeout') {
        if (this.#client === client) this.#client = undefined;
        client.close();
      }
      throw error;
    }
  }

  async #whenConnected(client: Client): Promise<void> {
    const { address } = this.#options;
    const state = await connectedOrNot(client);
    if (state === connectivityState.READY) return;
    const probed = this.#closed || this.#client !== client ? undefined : await this.#ask(client, WHY_MS_MAX);
    const why = probed?.how === 'refused' ? probed.why : `channel is ${connectivityState[state]}`;
    throw new EngineError('unavailable', `connecting to ${address}: ${why}`, new ConnectionRefused(why));
  }

  /** While a drill has the engine down, connections are real and refused. */
  #drill(faults: Faults): void {
    const down = faults.strike('refuse_connections') !== undefined;
    if (down === this.#drilled) return;
    this.#drilled = down;
    this.discard();
  }

  #create(): Client {
    this.#identity = this.#options.tls?.();
    const address = this.#drilled ? NOBODY : this.#options.address;
    return new Client(address, channelCredentials(this.#identity, address), {
      ...nameShown(this.#identity, address),
      'grpc.keepalive_time_ms': this.#options.keepaliveMs,
      'grpc.keepalive_timeout_ms': this.#options.pingAnswerMsMax ?? PING_ANSWER_MS_MAX,
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

function channelCredentials(identity: PeerIdentity | undefined, address: string): ChannelCredentials {
  if (identity === undefined) return credentials.createInsecure();
  const { host } = serverAddress(address);
  const ofHost = (_name: string, certificate: PeerCertificate) => tls.checkServerIdentity(host, certificate);
  const checkServerIdentity = identity.checkServerIdentity ?? ofHost;
  return credentials.createFromSecureContext(identity.context, { checkServerIdentity });
}

/** An IP address may not be asked for by name (RFC 6066), and gRPC would do it. */
function nameShown(identity: PeerIdentity | undefined, address: string): ChannelOptions {
  if (identity === undefined || isIP(serverAddress(address).host) === 0) return {};
  return { 'grpc.ssl_target_name_override': 'localhost' };
}

/** The cause of a connection that could not be made; its message is the reason alone. */
export class ConnectionRefused extends Error {
  override readonly name = 'ConnectionRefused';
}

/** READY, or the state in which it failed. */
function connectedOrNot(client: Client): Promise<connectivityState> {
  const channel = client.getChannel();
  return new Promise((resolve) => {
    const look = () => {
      const state = channel.getConnectivityState(true);
      if (ENDS.includes(state)) resolve(state);
      else channel.watchConnectivityState(state, Infinity, look);
    };
    look();
  });
}

const ENDS = [connectivityState.READY, connectivityState.TRANSIENT_FAILURE, connectivityState.SHUTDOWN];
