/**
 * The Kafka ports: accept connections within the limits that they share, hand them to `Connection`, count them and why they ended. They
 * bind first and serve later, because the addresses that clients are told may need the ports they got.
 */
import { setMaxListeners } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { AuditTrail } from '../audit-trail/audit-trail';
import type { Clock, Timer } from '../clock';
import { ClientGroups } from '../kafka/clients/client-groups';
import { ConnectedClient } from '../kafka/clients/connected-client';
import {
  ANONYMOUS,
  type ConnectionSession,
  type ListenerIdentity,
  type SecurityProtocol,
} from '../kafka/connection-session';
import { DEFAULT_QUOTA_SETTINGS, windowsOf } from '../kafka/quotas/client-quotas';
import type { RateWindows } from '../kafka/quotas/windowed-rate';
import type { Limits } from '../limits';
import type { Telemetry } from '../telemetry/telemetry';
import { busiestClients } from './busiest-clients';
import { type CloseCause, CLOSE_CAUSES } from './close-cause';
import { Connection } from './connection';
import { Dispatcher } from './dispatch';
import { ConnectionsOfAddresses } from './connections-of-addresses';
import { type ConnectionLimits, Doorstep } from './doorstep';
import type { FlightRecorder } from './flight-recorder/flight-recorder';
import { FrameBudget } from './frame-budget';
import type { FrameServer } from './frame-server';
import { type ClientView, clientView } from './client-view';
import type { SaslDoor } from './sasl/sasl-door';
import { RefusedVersions } from './refused-versions';
import type { ServedApi } from './served-api';
import { type ListenerTls, TlsDoor } from '../tls/tls-door';
import { tellTlsSignIn } from './tls-sign-ins';

/** One listener before it is bound. */
export interface ListenerEndpoint {
  readonly name: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** What it speaks below Kafka's protocol; PLAINTEXT where absent, SSL where `tls` is given. */
  readonly protocol?: SecurityProtocol | undefined;
  /** Where it speaks TLS. */
  readonly tls?: ListenerTls | undefined;
  /** How many connections it takes, and how fast; absent: as many as all listeners together may. */
  readonly connections?: ConnectionLimits;
  /** What clients of this listener are told to connect to, once its port is known. */
  readonly advertised: (port: number) => { readonly host: string; readonly port: number };
}

export interface ListenersOptions {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** By address, how many connections it may have instead of what all others may. */
  readonly ofAddresses?: ReadonlyMap<string, number>;
  /** What rates of connections are measured over; Kafka's defaults where absent. */
  readonly rateWindows?: RateWindows;
  /** Keeps what connections last carried; absent: nothing does. */
  readonly recorder?: FlightRecorder;
  /** Told of those who come in by a certificate, and of those who do not; absent: nobody is. */
  readonly auditTrail?: AuditTrail;
}

/** Who is let in. */
export interface Admission {
  /** For how long a connection of the address is kept unserved and then closed, ms; 0 where it is served. */
  readonly ofAddress?: (address: string, nowMs: number) => number;
  /** Lets in who connects to a SASL listener; absent: nobody is. */
  readonly sasl?: SaslDoor | undefined;
}

/** One listener that is bound. */
export interface BoundListener extends ListenerIdentity {
  readonly host: string;
  readonly port: number;
}

/** Whoever takes an answer sooner is only slow. */
const UNREAD_MS_MIN = 2_000;
interface Where {
  readonly listener: ListenerIdentity;
  readonly dispatcher: Dispatcher;
}

/** Kafka's default of a rate, which is no limit. */
const NO_RATE = 2_147_483_647;
const KEEP_ALIVE_MS = 30_000;
const CHECK_PERIOD_MS = 1_000;
const BACKLOG = 1_024;

export class Listeners {
  readonly refusedVersions: RefusedVersions;
  readonly #options: ListenersOptions;
  readonly #budget: FrameBudget;
  readonly #servers: Server[] = [];
  readonly #doors = new Map<ListenerIdentity, TlsDoor>();
  readonly #bound: BoundListener[] = [];
  readonly #connections = new Set<Connection>();
  readonly #ofAddresses: ConnectionsOfAddresses;
  readonly #clientGroups = new ClientGroups();
  readonly #doorstep: Doorstep;
  readonly #early: (readonly [Socket, ListenerIdentity])[] = [];
  readonly #stopping = new AbortController();
  readonly #checks: Timer;
  #dispatcher: Dispatcher | undefined;
  #ofAddress: (address: string, nowMs: number) => number = () => 0;
  #sasl: SaslDoor | undefined;
  #lastId = 0;
  #emptied: (() => void) | undefined;

  constructor(options: ListenersOptions) {
    const { clock, limits, telemetry } = options;
    this.#options = options;
    this.refusedVersions = new RefusedVersions(clock);
    this.#budget = new FrameBudget(limits.frameBytesHeldMax);
    this.#ofAddresses = new ConnectionsOfAddresses(limits.connectionsPerAddressMax, options.ofAddresses ?? new Map());
    this.#doorstep = new Doorstep({
      clock,
      windows: options.rateWindows ?? windowsOf(DEFAULT_QUOTA_SETTINGS),
      connectionRateMax: limits.connectionRateMax === NO_RATE ? Infinity : limits.connectionRateMax,
      ofAddress: (address, nowMs) => this.#ofAddress(address, nowMs),
      delayed: (listener, limit) =>
        telemetry.instruments.add('seaglass_connections_delayed_total', { listener, limit }),
    });
    // Each parked fetch listens to it.
    setMaxListeners(0, this.#stopping.signal);
    this.#checks = clock.every(CHECK_PERIOD_MS, () => this.#check());
    for (const cause of CLOSE_CAUSES) telemetry.instruments.add('seaglass_connections_closed_total', { cause }, 0);
    telemetry.instruments.observe('seaglass_certificate_not_after_seconds', () => this.#certificates());
    telemetry.instruments.observe('seaglass_connections', () => [[{}, this.#connections.size]]);
    telemetry.instruments.observe('seaglass_client_unread_bytes', () => this.#unread());
    telemetry.instruments.observe('seaglass_client_bytes', () => this.#busiest());
    telemetry.instruments.observe('seaglass_frame_bytes_held', () => [[{}, this.#budget.held]]);
  }

  /** Those that are bound, in the order of their binding. */
  get bound(): readonly BoundListener[] {
    return this.#bound;
  }

  /** Of clients that have not taken an answer for a while. */
  *#unread(): Iterable<readonly [{ readonly client: string; readonly address: string }, number]> {
    const nowMs = this.#options.clock.monotonicMs();
    for (const connection of this.#connections) {
      if (connection.writingMs(nowMs) < UNREAD_MS_MIN) continue;
      const { client, clientAddress } = connection.session;
      yield [{ client: client.id, address: clientAddress }, connection.unreadBytes];
    }
  }

  /** Looked at when metrics are. */
  #busiest(): readonly (readonly [{ readonly client: string; readonly address: string }, number])[] {
    const moved = [...this.#connections].map(({ session, bytes }) => {
      return { client: session.client.id, address: session.clientAddress, bytes };
    });
    return busiestClients(moved).map(({ client, address, bytes }) => [{ client, address }, bytes] as const);
  }

  /** Who is connected, in the order of connecting. */
  clients(): readonly ClientView[] {
    const nowMs = this.#options.clock.monotonicMs();
    return [...this.#connections].map((connection) => clientView(connection, nowMs));
  }

  /** Binds one more address. Connections that arrive before `serve` wait. Rejects where the address cannot be had. */
  async bind(endpoint: ListenerEndpoint): Promise<BoundListener> {
    const { name, host, port, tls } = endpoint;
    const protocol = endpoint.protocol ?? (tls === undefined ? 'PLAINTEXT' : 'SSL');
    const door = tls === undefined ? undefined : this.#openDoor(name, tls);
    const server = createServer({
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    return await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: BACKLOG }, () => {
        server.removeListener('error', reject);
        const address = server.address() as AddressInfo;
        const advertised = endpoint.advertised(address.port);
        const bound: BoundListener = {
          name,
          protocol,
          host: address.address,
          port: address.port,
          advertisedHost: advertised.host,
          advertisedPort: advertised.port,
        };
        if (door !== undefined) this.#doors.set(bound, door);
        this.#doorstep.open(name, endpoint.connections ?? {});
        server.on('connection', (socket) => this.#accept(socket, bound));
        server.on('error', (error) => this.#log('error', 'listener.failed', error.message, { listener: name }));
        this.#servers.push(server);
        this.#bound.push(bound);
        resolve(bound);
      });
    });
  }

  serve(apis: readonly ServedApi[], clock: Clock, { ofAddress, sasl }: Admission = {}): void {
    this.#ofAddress = ofAddress ?? this.#ofAddress;
    this.#sasl = sasl;
    const { operations } = this.#options.telemetry;
    this.#dispatcher = new Dispatcher(apis, { operations, clock, refusedVersions: this.refusedVersions });
    for (const [socket, listener] of this.#early.splice(0)) this.#accept(socket, listener);
  }

  /** Accepts no more, ends parked waits at once, answers what is in flight, then closes. Resolves within the drain limit. */
  async close(): Promise<void> {
    const { clock, limits } = this.#options;
    const unbound = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const [socket] of this.#early.splice(0)) socket.destroy();
    this.#stopping.abort();
    this.#doorstep.close();
    for (const door of this.#doors.values()) door.close();
    const emptied = new Promise<void>((resolve) => (this.#emptied = resolve));
    const late = clock.after(limits.drainMsMax, () => {
      for (const connection of [...this.#connections])
        connection.close('shutdown', 'still in flight at the end of the drain');
    });
    for (const connection of [...this.#connections]) connection.drain();
    this.#noteEmpty();
    await emptied;
    late.cancel();
    this.#checks.cancel();
    await Promise.all(unbound);
  }

  #accept(socket: Socket, listener: ListenerIdentity): void {
    const address = socket.remoteAddress;
    if (this.#stopping.signal.aborted) {
      socket.destroy();
    } else if (this.#dispatcher === undefined) {
      this.#early.push([socket, listener]);
    } else if (address === undefined) {
      socket.destroy();
    } else {
      const where = { listener, dispatcher: this.#dispatcher };
      if (this.#doorstep.arrive(listener.name, socket, () => this.#enter(socket, address, where))) return;
      this.#count('too_many');
      socket.destroy();
    }
  }

  #enter(socket: Socket, address: string, where: Where): void {
    const refused = this.#refusal(address);
    if (refused === undefined) return this.#admit(socket, address, where);
    this.#count(refused);
    this.#doorstep.left(where.listener.name);
    socket.destroy();
  }

  #admit(socket: Socket, address: string, where: Where): void {
    this.#ofAddresses.entered(address);
    const door = this.#doors.get(where.listener);
    if (door === undefined) return this.#open(socket, address, { ...where, principal: ANONYMOUS });
    const { auditTrail } = this.#options;
    door.enter(socket, (visitor) => {
      const coming = { listener: where.listener.name, clientAddress: address, outcome: visitor };
      if (auditTrail !== undefined && door.asksForCertificates) tellTlsSignIn(auditTrail, coming);
      if (!(visitor instanceof Error)) {
        return this.#open(visitor.socket, address, { ...where, principal: visitor.principal ?? ANONYMOUS });
      }
      this.#leave(address, where.listener);
      this.#count('tls_handshake');
      const attributes = { client_address: address, listener: where.listener.name };
      this.#log('warn', 'connection.tls_handshake', visitor.message, attributes);
    });
  }

  #openDoor(listener: string, tls: ListenerTls): TlsDoor {
    const { clock, limits, telemetry } = this.#options;
    return new TlsDoor({
      ...tls,
      clock,
      handshakeMsMax: limits.firstFrameMsMax,
      reloaded: (error) => {
        if (error === undefined)
          telemetry.log.write('info', 'tls.reloaded', 'the certificate was read again', { listener });
        else this.#log('error', 'tls.reload_failed', `the old certificate stays: ${error.message}`, { listener });
      },
    });
  }

  #leave(address: string, { name }: ListenerIdentity): void {
    this.#doorstep.left(name);
    this.#ofAddresses.left(address);
  }

  #open(
    socket: Socket,
    clientAddress: string,
    { listener, dispatcher, principal }: Where & { readonly principal: string },
  ): void {
    if (this.#stopping.signal.aborted) {
      this.#leave(clientAddress, listener);
      socket.destroy();
      return;
    }
    const { clock, limits, recorder } = this.#options;
    const connectionId = `c${++this.#lastId}`;
    const clientPort = socket.remotePort ?? 0;
    const client = new ConnectedClient({ address: clientAddress, port: clientPort, listener }, this.#clientGroups);
    const session: Changing<ConnectionSession> = {
      ...{ connectionId, clientAddress, clientPort, listener, principal, client, sasl: undefined },
    };
    const server = this.#serverOf(session, dispatcher);
    if (server === undefined) {
      this.#leave(clientAddress, listener);
      socket.destroy();
      return;
    }
    const ends = { connectionId, clientAddress, clientPort, serverPort: socket.localPort ?? 0 };
    const recorded = recorder?.open({ ...ends, listener: listener.name });
    const connection: Connection = new Connection({
      ...{ session, socket, limits, clock, server, recorded },
      budget: this.#budget,
      stopping: this.#stopping.signal,
      closed: (cause, detail) => {
        if (recorded !== undefined) recorder?.closed(recorded);
        this.#closed(connection, cause, detail);
      },
    });
    this.#connections.add(connection);
    socket.resume();
  }

  /** Undefined where clients must sign in, and nobody can let them in. */
  #serverOf(session: Changing<ConnectionSession>, dispatcher: Dispatcher): FrameServer | undefined {
    if (!session.listener.protocol.startsWith('SASL_')) return dispatcher;
    const sasl = this.#sasl;
    if (sasl === undefined) return undefined;
    // Whatever certificate it brought: who it is it shows by SASL.
    session.principal = ANONYMOUS;
    const conversation = sasl.conversation(session, ({ principal }) => (session.principal = principal));
    session.sasl = { conversation, mechanisms: sasl.mechanisms(session.listener.name) };
    return sasl.gate(conversation, dispatcher);
  }

  #refusal(address: string): 'too_many' | 'too_many_of_address' | undefined {
    const { limits } = this.#options;
    let handshakes = 0;
    for (const door of this.#doors.values()) handshakes += door.waiting;
    if (this.#connections.size + handshakes >= limits.connectionsMax) return 'too_many';
    return this.#ofAddresses.isFull(address) ? 'too_many_of_address' : undefined;
  }

  #closed(connection: Connection, cause: CloseCause, detail: string): void {
    const { clientAddress, connectionId, listener } = connection.session;
    this.#connections.delete(connection);
    connection.session.client.gone();
    this.#leave(clientAddress, listener);
    this.#count(cause);
    if (!QUIET.has(cause)) {
      const level = cause === 'internal_error' ? 'error' : 'warn';
      this.#log(level, `connection.${cause}`, detail, {
        client_address: clientAddress,
        connection: connectionId,
        listener: listener.name,
      });
    }
    this.#noteEmpty();
  }

  *#certificates(): Iterable<readonly [{ readonly listener: string }, number]> {
    for (const [{ name }, door] of this.#doors) yield [{ listener: name }, door.notAfterMs / 1_000];
  }

  #noteEmpty(): void {
    if (this.#connections.size === 0) this.#emptied?.();
  }

  #check(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const connection of this.#connections) connection.check(nowMs);
  }

  #count(cause: string): void {
    this.#options.telemetry.instruments.add('seaglass_connections_closed_total', { cause });
  }

  #log(level: 'warn' | 'error', event: string, message: string, attributes: Readonly<Record<string, string>>): void {
    this.#options.telemetry.log.write(level, event, message, attributes);
  }
}

type Changing<T> = { -readonly [K in keyof T]: T[K] };

/** Ends that need no line of their own. */
const QUIET: ReadonlySet<CloseCause> = new Set<CloseCause>(['client', 'reset', 'idle', 'sign_in_failed', 'shutdown']);
