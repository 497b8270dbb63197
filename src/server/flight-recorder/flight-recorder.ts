/**
 * What the clients' connections last carried, kept in bounded memory and frozen when something is wrong with one of them: a request that
 * hangs, a value that was lost. What is frozen stays until newer recordings need the room, and can be had as a capture file.
 */
import type { Clock } from '../../clock';
import type { AttributeValue, KeepReason } from '../../telemetry/trace/operation';
import type { RecentTraces } from '../../telemetry/trace/recent-traces';
import type { RecordedFrame } from './frame-ring';
import { RecordedConnection, type RecordedEnds } from './recorded-connection';

export interface FlightRecorderSettings {
  /** Of one connection. 0: nothing is recorded. */
  readonly connectionBytesMax: number;
  /** Of all connections together; past it those that carried nothing for longest lose what they carried. */
  readonly bytesMax: number;
}

export interface Recording {
  /** Unique in this process. */
  readonly id: number;
  readonly frozenMs: number;
  /** Why: `stalled`, or the flag of a loss. */
  readonly reason: string;
  readonly traceId: string;
  readonly clientId: string;
  readonly ends: RecordedEnds;
  readonly frames: readonly RecordedFrame[];
}

/** Traces that hang, and those in which a client was given something else than what is stored, or nothing new. */
const FREEZING: ReadonlySet<KeepReason> = new Set<KeepReason>([
  'stalled',
  'mismatch',
  'wrong_value',
  'offset_gap',
  'stuck_offset',
]);
const RECORDINGS_MAX = 20;
/** A connection that goes on hanging is frozen again only after so long. */
const AGAIN_MS = 60_000;

export class FlightRecorder {
  readonly #clock: Clock;
  readonly #settings: FlightRecorderSettings;
  readonly #connections = new Map<string, RecordedConnection>();
  readonly #recordings: Recording[] = [];
  /** Those that hold memory, the one that was used least lately first. */
  readonly #holding = new Set<RecordedConnection>();
  #bytes = 0;
  #lastId = 0;
  /** The monotonic clock to Unix time, so that frames of one millisecond keep their order. */
  readonly #epochMs: number;

  constructor(settings: FlightRecorderSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#epochMs = clock.nowMs() - clock.monotonicMs();
  }

  /** Bytes of memory held for open connections; what is frozen is not among them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of a connection that was opened; undefined where nothing is recorded. */
  open(ends: RecordedEnds): RecordedConnection | undefined {
    if (this.#settings.connectionBytesMax === 0) return undefined;
    const bytesMax = Math.min(this.#settings.connectionBytesMax, this.#settings.bytesMax);
    const connection = new RecordedConnection(ends, bytesMax, {
      nowMs: () => this.#epochMs + this.#clock.monotonicMs(),
      used: (owner) => this.#used(owner),
      holds: (owner, bytes) => this.#holds(owner, bytes),
    });
    this.#connections.set(keyOf(ends), connection);
    return connection;
  }

  closed(connection: RecordedConnection): void {
    connection.close();
    this.#connections.delete(keyOf(connection.ends));
  }

  /** Freezes what belongs to a trace that tells of a hang or a loss. */
  watch(traces: RecentTraces): void {
    traces.watch((reason, { traceId, attributes }) => {
      if (FREEZING.has(reason)) this.freeze(reason, traceId, attributes);
    });
  }

  /** Something is wrong with a request; its attributes say whose it is. Does nothing where that connection was frozen a moment ago. */
  freeze(reason: string, traceId: string, attributes: Readonly<Record<string, AttributeValue>>): void {
    const connection = this.#connections.get(
      keyOf({
        clientAddress: String(attributes['client.address']),
        clientPort: Number(attributes['client.port']),
        listener: String(attributes['seaglass.listener']),
      }),
    );
    if (connection === undefined || connection.isEmpty) return;
    const frozenMs = this.#clock.nowMs();
    const { connectionId } = connection.ends;
    if (this.#recordings.some((each) => each.ends.connectionId === connectionId && frozenMs - each.frozenMs < AGAIN_MS))
      return;
    const clientId = String(attributes['messaging.client.id'] ?? '');
    const { ends, frames } = connection;
    this.#recordings.push({ id: ++this.#lastId, frozenMs, reason, traceId, clientId, ends, frames });
    if (this.#recordings.length > RECORDINGS_MAX) this.#recordings.shift();
  }

  /** Newest first. */
  recordings(): readonly Recording[] {
    return [...this.#recordings].reverse();
  }

  /** What a connection that is open carried last, by the client's address and port; undefined where there is none. */
  live(clientAddress: string, clientPort: number): readonly RecordedFrame[] | undefined {
    const isMeant = ({ ends }: RecordedConnection): boolean =>
      ends.clientAddress === clientAddress && ends.clientPort === clientPort;
    return [...this.#connections.values()].find(isMeant)?.frames;
  }

  #used(connection: RecordedConnection): void {
    if (this.#holding.delete(connection)) this.#holding.add(connection);
  }

  #holds(connection: RecordedConnection, bytes: number): void {
    this.#bytes += bytes;
    if (bytes <= 0) {
      this.#holding.delete(connection);
      return;
    }
    this.#holding.add(connection);
    for (const other of this.#holding) {
      if (this.#bytes <= this.#settings.bytesMax) return;
      if (other !== connection) other.clear();
    }
  }
}

const keyOf = ({ clientAddress, clientPort, listener }: Omit<RecordedEnds, 'connectionId' | 'serverPort'>): string =>
  `${clientAddress} ${String(clientPort)} ${listener}`;
