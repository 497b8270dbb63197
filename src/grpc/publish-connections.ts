/**
 * The connections that publisher streams share, one to each broker: made by the first stream, closed behind the last. A silent one is
 * pinged while streams are open and given up when it does not answer; one whose stream was given up before the broker said a word
 * takes no further streams.
 */
import { connect } from 'node:http2';
import type { ClientHttp2Session, SecureClientSessionOptions } from 'node:http2';
import type { Clock, Timer } from '../clock';
import { SeaweedMessagingService } from '../rpc/mq_broker';
import type { Instruments } from '../telemetry/metrics/instruments';
import type { PeerIdentity } from '../tls/peer-identity';
import { statusName } from './status';
import { BrokerPublishStream } from './broker-stream';
import type { PublishListener } from './broker-stream';

export interface PublishConnectionsOptions {
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly keepaliveMs: number;
  /** Who this side is to the brokers; looked at with each new connection. Plain where absent. */
  readonly tls?: (() => PeerIdentity | undefined) | undefined;
}

const PING_DEADLINE_MS = 5_000;
/** Answers in flight before the broker must wait. */
const WINDOW_BYTES = 1024 * 1024;
const { path } = SeaweedMessagingService.publishMessage;

export class PublishConnections {
  readonly #options: PublishConnectionsOptions;
  readonly #connections = new Map<string, PublishConnection>();

  constructor(options: PublishConnectionsOptions) {
    this.#options = options;
  }

  /** The caller owns the stream and cancels it. A connection that cannot be made ends it as UNAVAILABLE. */
  open(address: string, what: string, listener: PublishListener): BrokerPublishStream {
    let connection = this.#connections.get(address);
    if (connection?.usable !== true) {
      connection = new PublishConnection(address, this.#options);
      this.#connections.set(address, connection);
    }
    return connection.open(what, listener);
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }
}

class PublishConnection {
  readonly #options: PublishConnectionsOptions;
  readonly #session: ClientHttp2Session;
  readonly #keepalive: Timer;
  #streams = 0;
  #usable = true;

  constructor(address: string, options: PublishConnectionsOptions) {
    this.#options = options;
    const identity = options.tls?.();
    const session = connect(`${identity === undefined ? 'http' : 'https'}://${address}`, {
      settings: { initialWindowSize: WINDOW_BYTES, enablePush: false },
      ...secureOptions(identity),
    });
    this.#session = session;
    const unusable = (): boolean => (this.#usable = false);
    session.on('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
    session.on('goaway', unusable);
    // Its streams end with the error; here it only ends the connection.
    session.on('error', unusable);
    session.on('close', () => {
      unusable();
      this.#keepalive.cancel();
    });
    this.#keepalive = options.clock.every(options.keepaliveMs, () => this.#ping());
  }

  get usable(): boolean {
    return this.#usable && !this.#session.closed && !this.#session.destroyed;
  }

  open(what: string, listener: PublishListener): BrokerPublishStream {
    const { clock, instruments } = this.#options;
    const startedMs = clock.monotonicMs();
    const request = this.#session.request(
      { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
      { endStream: false },
    );
    this.#streams += 1;
    const stream = new BrokerPublishStream(request, what, {
      received: (answer) => listener.received(answer),
      ended: (error) => {
        const rpc = { rpc_method: path.slice(1), rpc_status_code: statusName(stream.statusCode) };
        instruments.record('rpc_client_call_duration_seconds', rpc, (clock.monotonicMs() - startedMs) / 1_000);
        this.#left(stream);
        listener.ended(error);
      },
    });
    return stream;
  }

  close(): void {
    this.#usable = false;
    this.#session.destroy();
  }

  #left(stream: BrokerPublishStream): void {
    this.#streams -= 1;
    if (!stream.answered) this.#usable = false;
    if (this.#streams > 0) return;
    this.#usable = false;
    this.#session.close();
  }

  #ping(): void {
    if (this.#session.connecting || this.#session.destroyed) return;
    const unanswered = this.#options.clock.after(PING_DEADLINE_MS, () => this.#session.destroy());
    // False: too many pings wait already, and their deadlines decide.
    if (!this.#session.ping(() => unanswered.cancel())) unanswered.cancel();
  }
}

function secureOptions(identity: PeerIdentity | undefined): SecureClientSessionOptions {
  if (identity === undefined) return {};
  const { context: secureContext, checkServerIdentity } = identity;
  return { secureContext, ...(checkServerIdentity === undefined ? {} : { checkServerIdentity }) };
}
