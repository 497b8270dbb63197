/**
 * The Kafka port: accepts connections within the limits, hands them to `Connection`, counts them and why they ended. It binds first
 * and serves later, because the address that clients are told may need the port it got.
 */
import { setMaxListeners } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Clock, Timer } from '../clock';
import type { Limits } from '../limits';
import type { AnyApi } from '../kafka/api/define-api';
import type { Services } from '../kafka/services';
import type { Telemetry } from '../telemetry/telemetry';
import { Connection, type CloseCause } from './connection';
import { Dispatcher } from './dispatch';
import { FrameBudget } from './frame-budget';

export interface ListenerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

const KEEP_ALIVE_MS = 30_000;
const CHECK_PERIOD_MS = 1_000;
const BACKLOG = 1_024;

/** Binds the address. Connections that arrive before `serve` wait. Rejects where the address cannot be had. */
export function bindListener(options: ListenerOptions): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = createServer({
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    const listener = new Listener(server, options);
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, () => {
      server.removeListener('error', reject);
      resolve(listener);
    });
  });
}

export class Listener {
  private readonly server: Server;
  private readonly options: ListenerOptions;
  private readonly budget: FrameBudget;
  private readonly connections = new Set<Connection>();
  private readonly perAddress = new Map<string, number>();
  private readonly early: Socket[] = [];
  private readonly stopping = new AbortController();
  private readonly checks: Timer;
  private dispatcher: Dispatcher | undefined;
  private lastId = 0;
  private emptied: (() => void) | undefined;

  constructor(server: Server, options: ListenerOptions) {
    const { clock, limits, telemetry } = options;
    this.server = server;
    this.options = options;
    this.budget = new FrameBudget(limits.frameBytesHeldMax);
    // Each parked fetch listens to it.
    setMaxListeners(0, this.stopping.signal);
    this.checks = clock.every(CHECK_PERIOD_MS, () => this.check());
    telemetry.instruments.observe('seaglass_connections', () => [[{}, this.connections.size]]);
    telemetry.instruments.observe('seaglass_frame_bytes_held', () => [[{}, this.budget.held]]);
    server.on('connection', (socket) => this.accept(socket));
    server.on('error', (error) => this.log('error', 'listener.failed', error.message));
  }

  get address(): { readonly host: string; readonly port: number } {
    const address = this.server.address() as AddressInfo;
    return { host: address.address, port: address.port };
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  /** Aborts when `close` is called. */
  get stoppingSignal(): AbortSignal {
    return this.stopping.signal;
  }

  serve(apis: readonly AnyApi[], services: Services): void {
    this.dispatcher = new Dispatcher(apis, services);
    for (const socket of this.early.splice(0)) this.accept(socket);
  }

  /** Accepts no more, ends parked waits at once, answers what is in flight, then closes. Resolves within the drain limit. */
  async close(): Promise<void> {
    const { clock, limits } = this.options;
    const unbound = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.early.splice(0)) socket.destroy();
    this.stopping.abort();
    const emptied = new Promise<void>((resolve) => (this.emptied = resolve));
    const late = clock.after(limits.drainMsMax, () => {
      for (const connection of [...this.connections])
        connection.close('shutdown', 'still in flight at the end of the drain');
    });
    for (const connection of [...this.connections]) connection.drain();
    this.noteEmpty();
    await emptied;
    late.cancel();
    this.checks.cancel();
    await unbound;
  }

  private accept(socket: Socket): void {
    if (this.stopping.signal.aborted) {
      socket.destroy();
      return;
    }
    if (this.dispatcher === undefined) {
      this.early.push(socket);
      return;
    }
    const address = socket.remoteAddress;
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const refused = this.refusal(address);
    if (refused !== undefined) {
      this.count(refused);
      socket.destroy();
      return;
    }
    this.open(socket, address, this.dispatcher);
  }

  private open(socket: Socket, address: string, dispatcher: Dispatcher): void {
    const { clock, limits } = this.options;
    const id = `c${++this.lastId}`;
    const connection: Connection = new Connection({
      id,
      socket,
      limits,
      clock,
      dispatcher,
      budget: this.budget,
      stopping: this.stopping.signal,
      closed: (cause, detail) => this.closed(connection, address, cause, detail),
    });
    this.connections.add(connection);
    this.perAddress.set(address, (this.perAddress.get(address) ?? 0) + 1);
    socket.resume();
  }

  private refusal(address: string): 'too_many' | 'too_many_of_address' | undefined {
    const { limits } = this.options;
    if (this.connections.size >= limits.connectionsMax) return 'too_many';
    return (this.perAddress.get(address) ?? 0) >= limits.connectionsPerAddressMax ? 'too_many_of_address' : undefined;
  }

  private closed(connection: Connection, address: string, cause: CloseCause, detail: string): void {
    this.connections.delete(connection);
    const left = (this.perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.perAddress.delete(address);
    else this.perAddress.set(address, left);
    this.count(cause);
    if (!QUIET.has(cause)) {
      const level = cause === 'internal_error' ? 'error' : 'warn';
      this.log(level, `connection.${cause}`, detail, { client_address: address, connection: connection.connectionId });
    }
    this.noteEmpty();
  }

  private noteEmpty(): void {
    if (this.connections.size === 0) this.emptied?.();
  }

  private check(): void {
    const nowMs = this.options.clock.monotonicMs();
    for (const connection of this.connections) connection.check(nowMs);
  }

  private count(cause: string): void {
    this.options.telemetry.instruments.add('seaglass_connections_closed_total', { cause });
  }

  private log(
    level: 'warn' | 'error',
    event: string,
    message: string,
    attributes: Readonly<Record<string, string>> = {},
  ): void {
    this.options.telemetry.log.write(level, event, message, attributes);
  }
}

/** Ends that need no line of their own. */
const QUIET: ReadonlySet<CloseCause> = new Set<CloseCause>(['client', 'reset', 'idle', 'shutdown']);
