/**
 * What the clients' connections last carried, kept in bounded memory and frozen when something is wrong with one of them: a request that
 * hangs, a value that was lost. What is frozen stays until newer recordings need the room, and can be had as a capture file.
 */
import type { Clock } from '../../clock';
import type { AttributeValue, KeepReason } from '../../telemetry/trace/operation';
import type { RecentTraces } from '../../telemetry/trace/recent-traces';
import {
  FRAME_HEAD_BYTES_MAX,
  heldBytes,
  RecordedConnection,
  type RecordedEnds,
  type RecordedFrame,
} from './recorded-connection';

export interface FlightRecorderSettings {
  /** Of one connection. 0: nothing is recorded. */
  readonly connectionBytesMax: number;
  /** Of all connections together; past it the oldest frames go, whoever's they are. */
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
/** Heads of full length that are kept to be used again. */
const SPARE_MAX = 16;
/** A connection that goes on hanging is frozen again only after so long. */
const AGAIN_MS = 60_000;

export class FlightRecorder {
  readonly #clock: Clock;
  readonly #settings: FlightRecorderSettings;
  readonly #connections = new Map<string, RecordedConnection>();
  readonly #recordings: Recording[] = [];
  /** Whose frame came when, oldest first; those that their connections have dropped are passed over. */
  #order: { readonly connection: RecordedConnection; readonly frame: RecordedFrame }[] = [];
  #orderStart = 0;
  #bytes = 0;
  /** Of frames that were dropped: large ones come by the hundred a second, and each would be garbage outside the heap. */
  readonly #spare: Buffer[] = [];
  #lastId = 0;
  /** The monotonic clock to Unix time, so that frames of one millisecond keep their order. */
  readonly #epochMs: number;

  constructor(settings: FlightRecorderSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#epochMs = clock.nowMs() - clock.monotonicMs();
  }

  /** Bytes held of open connections; what is frozen is not among them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of a connection that was opened; undefined where nothing is recorded. */
  open(ends: RecordedEnds): RecordedConnection | undefined {
    if (this.#settings.connectionBytesMax === 0) return undefined;
    const connection = new RecordedConnection(ends, this.#settings.connectionBytesMax, {
      nowMs: () => this.#epochMs + this.#clock.monotonicMs(),
      kept: (owner, frame) => this.#kept(owner, frame),
      memory: (bytes) => (bytes === FRAME_HEAD_BYTES_MAX ? this.#spare.pop() : undefined) ?? Buffer.allocUnsafe(bytes),
      released: (frame) => this.#released(frame),
    });
    this.#connections.set(keyOf(ends.clientAddress, ends.clientPort), connection);
    return connection;
  }

  closed(connection: RecordedConnection): void {
    const { clientAddress, clientPort } = connection.ends;
    connection.clear();
    this.#connections.delete(keyOf(clientAddress, clientPort));
  }

  /** Freezes what belongs to a trace that tells of a hang or a loss. */
  watch(traces: RecentTraces): void {
    traces.watch((reason, { traceId, attributes }) => {
      if (FREEZING.has(reason)) this.freeze(reason, traceId, attributes);
    });
  }

  /** Something is wrong with a request; its attributes say whose it is. Does nothing where that connection was frozen a moment ago. */
  freeze(reason: string, traceId: string, attributes: Readonly<Record<string, AttributeValue>>): void {
    const address = String(attributes['client.address']);
    const connection = this.#connections.get(keyOf(address, Number(attributes['client.port'])));
    if (connection === undefined || connection.frames.length === 0) return;
    const frozenMs = this.#clock.nowMs();
    const { connectionId } = connection.ends;
    if (this.#recordings.some((each) => each.ends.connectionId === connectionId && frozenMs - each.frozenMs < AGAIN_MS))
      return;
    const clientId = String(attributes['messaging.client.id'] ?? '');
    const { ends } = connection;
    const frames = connection.frames.map((frame) => ({ ...frame, head: Buffer.from(frame.head) }));
    this.#recordings.push({ id: ++this.#lastId, frozenMs, reason, traceId, clientId, ends, frames });
    if (this.#recordings.length > RECORDINGS_MAX) this.#recordings.shift();
  }

  /** Newest first. */
  recordings(): readonly Recording[] {
    return [...this.#recordings].reverse();
  }

  /** What a connection that is open carried last, by the client's address and port; undefined where there is none. */
  live(clientAddress: string, clientPort: number): readonly RecordedFrame[] | undefined {
    return this.#connections.get(keyOf(clientAddress, clientPort))?.frames;
  }

  #kept(connection: RecordedConnection, frame: RecordedFrame): void {
    this.#bytes += heldBytes(frame);
    this.#order.push({ connection, frame });
    while (this.#bytes > this.#settings.bytesMax) {
      const oldest = this.#order[this.#orderStart++];
      if (oldest === undefined) return;
      if (oldest.connection.frames[0] === oldest.frame) oldest.connection.dropOldest();
    }
    this.#trimOrder();
  }

  #released(frame: RecordedFrame): void {
    this.#bytes -= heldBytes(frame);
    const { head } = frame;
    if (head.byteLength === FRAME_HEAD_BYTES_MAX && this.#spare.length < SPARE_MAX) this.#spare.push(head);
  }

  /** Frames that their connections dropped pin nothing for long: the order is made anew once most of it is stale. */
  #trimOrder(): void {
    if (this.#order.length < ORDER_LENGTH_MIN || this.#order.length * ORDER_BYTES < this.#bytes) return;
    const held = new Set<RecordedFrame>();
    for (const connection of this.#connections.values()) for (const frame of connection.frames) held.add(frame);
    this.#order = this.#order.slice(this.#orderStart).filter(({ frame }) => held.has(frame));
    this.#orderStart = 0;
  }
}

const ORDER_LENGTH_MIN = 4_096;
/** The least that a frame in the order accounts for before the order is looked through. */
const ORDER_BYTES = 96;

const keyOf = (address: string, port: number): string => `${address} ${String(port)}`;
