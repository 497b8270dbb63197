/**
 * One client's connection: bytes to frames, frames to requests, answers in the order of the requests. One request is served at a
 * time; only an API that says so (Produce) may begin its next request before the last is answered. What a peer sends ahead is bounded
 * in requests and in bytes: past it the socket is not read, and TCP holds the peer back.
 */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { Clock } from '../clock';
import { Mute } from './mute';
import type { ConnectionSession } from '../kafka/connection-session';
import type { Limits } from '../limits';
import { ProtocolError } from '../protocol/protocol-error';
import { type CloseCause, ConnectionEnd } from './close-cause';
import type { FrameServer } from './frame-server';
import type { FrameBudget, FrameHolder } from './frame-budget';
import { IncomingFrames, type IncomingFrame } from './incoming-frames';
import type { RecordedConnection } from './flight-recorder/recorded-connection';
import type { ThrottleUnderWay } from '../kafka/quotas/throttling';
import type { Caller, Exchange } from './request-run';
import { UNREAD_BYTES } from '../telemetry/incidents/stall-incidents';
import type { Operation } from '../telemetry/trace/operation';
import { RESPONSE_BEHIND } from '../telemetry/trace/operations';
import { isWhole, writeChunks } from './response-writer';

export interface ConnectionOptions {
  readonly session: ConnectionSession;
  readonly socket: Socket;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Serves its frames. */
  readonly server: FrameServer;
  readonly budget: FrameBudget;
  readonly stopping: AbortSignal;
  /** Absent where nothing is recorded. */
  readonly recorded: RecordedConnection | undefined;
  /** Called once. */
  readonly closed: (cause: CloseCause, detail: string) => void;
}

/** Requests of one connection under way at the same time, where their API overlaps. */
const OVERLAP_MAX = 16;

interface Waiting extends IncomingFrame {
  readonly overlapKey: number;
}

const TLS_HANDSHAKE = [22, 3];

/** In words what is most often wrong with a length that no frame has: the client speaks TLS. */
function describeFirstBytes(chunk: Uint8Array, { listener }: ConnectionSession): string | undefined {
  if (TLS_HANDSHAKE.some((byte, index) => chunk[index] !== byte)) return undefined;
  return `what came is a TLS handshake, and the listener ${listener.name} speaks plain Kafka`;
}

/** The peer left, or its link died; nothing is wrong with what came before. */
const LEAVING: ReadonlySet<CloseCause> = new Set(['client', 'reset', 'frame_timeout']);

export class Connection implements FrameHolder, Caller {
  readonly session: ConnectionSession;
  readonly signal: AbortSignal;
  readonly stopping: AbortSignal;
  /** On the clock's monotonic scale. */
  readonly openedMs: number;
  readonly #options: ConnectionOptions;
  readonly #controller = new AbortController();
  readonly #incoming: IncomingFrames;
  /** While its client is over a quota it is neither read nor served. */
  readonly #mute: Mute;
  readonly #queue: Waiting[] = [];
  #underWay = 0;
  #underWayKey = -1;
  /** Those that are not answered yet, in the order of their requests. */
  readonly #unanswered: Exchange[] = [];
  /** The writing of the last answer so far. */
  #written: Promise<void> = Promise.resolve();
  /** Resolves when the last request of an overlapping API has begun its effects. */
  #effects: Promise<void> | undefined;
  #activeMs: number;
  #pausedMs: number | undefined;
  #closedBy: CloseCause | undefined;
  #draining = false;
  #gone = false;
  /** The answer that is being written, and how many bytes the socket had been given before it. */
  #writing:
    { readonly chunks: readonly Uint8Array[]; readonly bytesBefore: number; readonly sinceMs: number } | undefined;

  constructor(options: ConnectionOptions) {
    const { socket, limits, clock } = options;
    this.#options = options;
    this.session = options.session;
    this.signal = this.#controller.signal;
    this.stopping = options.stopping;
    this.#incoming = new IncomingFrames(limits, options.budget, this);
    this.#mute = new Mute(clock, () => this.#unmuted());
    this.#activeMs = clock.monotonicMs();
    this.openedMs = this.#activeMs;
    // Each partition of a fetch listens to it.
    setMaxListeners(0, this.signal);
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('end', () => this.#peerGone());
    socket.on('error', (error) => this.close('reset', error.message));
    socket.on('close', () => this.#peerGone());
  }

  /** Bytes that came and went over it. */
  get bytes(): number {
    const { bytesRead, bytesWritten } = this.#options.socket;
    return bytesRead + bytesWritten;
  }

  /** Bytes of the answer that is being written which the kernel has not taken: the client does not read them. */
  get unreadBytes(): number {
    if (this.#writing === undefined) return 0;
    const { socket } = this.#options;
    const { chunks, bytesBefore } = this.#writing;
    const answer = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return Math.max(0, answer - (socket.bytesWritten - bytesBefore) + socket.writableLength);
  }

  /** For how long the answer under way has been written, ms; 0 where none is. */
  writingMs(nowMs: number): number {
    return this.#writing === undefined ? 0 : nowMs - this.#writing.sinceMs;
  }

  /** For how long it is not read yet because its client is over a quota, ms; 0 where it is read. */
  throttledMs(nowMs: number): number {
    return this.#mute.leftMs(nowMs);
  }

  /** Closes what is late: a first frame, the rest of a frame, any frame at all. Called every second or so. */
  check(nowMs: number): void {
    const { limits, server } = this.#options;
    // What the gateway does not read is not the peer's delay.
    if (this.#pausedMs !== undefined || this.#draining || this.#mute.isOn) return;
    const isAsked = this.#underWay > 0 || this.#queue.length > 0;
    if (!isAsked && server.signIn !== undefined && nowMs - this.openedMs > server.signIn.msMax) {
      this.close('sign_in_timeout', `not signed in within ${server.signIn.msMax} ms`);
    } else if (this.#incoming.isPartial) {
      const late = this.#incoming.lateness(nowMs);
      if (late !== undefined) this.close('frame_timeout', late);
    } else if (isAsked) {
      return;
    } else if (this.#incoming.isFirst) {
      if (nowMs - this.#activeMs > limits.firstFrameMsMax)
        this.close('first_frame_timeout', 'no request after connecting');
    } else if (nowMs - this.#activeMs > limits.idleMsMax) {
      this.close('idle', `no request for ${limits.idleMsMax} ms`);
    }
  }

  /** Answers what has arrived whole, then closes. */
  drain(): void {
    this.#draining = true;
    this.#options.socket.pause();
    this.#mute.end();
    this.#closeDrained();
  }

  resume(): void {
    if (
      this.#pausedMs === undefined ||
      this.#closedBy !== undefined ||
      this.#draining ||
      this.#gone ||
      !this.#mayRead()
    )
      return;
    this.#incoming.paused(this.#options.clock.monotonicMs() - this.#pausedMs);
    this.#pausedMs = undefined;
    this.#options.socket.resume();
  }

  close(cause: CloseCause, detail: string): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = cause;
    const { socket, budget } = this.#options;
    socket.destroy();
    this.#controller.abort();
    this.#mute.end();
    let held = 0;
    for (const waiting of this.#queue.splice(0)) {
      // A producer without acks sends and leaves: what has arrived whole is appended.
      if (LEAVING.has(cause) && waiting.overlapKey >= 0) this.#begin(waiting);
      else held += waiting.bytes;
    }
    budget.release(held);
    this.#incoming.drop();
    this.#options.server.closed(cause, detail);
    this.#options.closed(cause, detail);
  }

  /**
   * The client has closed its side. Waits of its requests end, nothing can be answered any more; but what it has produced is appended,
   * as Kafka does: a producer with acks=0 takes what it has sent for delivered.
   */
  #peerGone(): void {
    if (this.#closedBy !== undefined || this.#gone) return;
    this.#gone = true;
    this.#controller.abort();
    this.#incoming.drop();
    for (const waiting of this.#queue.splice(0)) {
      if (waiting.overlapKey >= 0) this.#queue.push(waiting);
      else this.#options.budget.release(waiting.bytes);
    }
    this.#mute.end();
    this.#pump();
    this.#closeDrained();
  }

  #received(chunk: Uint8Array): void {
    if (this.#closedBy !== undefined) return;
    const { clock, server } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#activeMs = nowMs;
    this.#incoming.limit(server.signIn?.frameBytesMax);
    try {
      for (const { frame, bytes } of this.#incoming.push(chunk, nowMs)) {
        this.#queue.push({ frame, bytes, overlapKey: server.overlapKey(frame) });
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close('frame_too_large', describeFirstBytes(chunk, this.session) ?? error.message);
      return;
    }
    this.#pump();
    if (!this.#mayRead()) this.#pause(nowMs);
  }

  #pause(nowMs: number): void {
    if (this.#pausedMs !== undefined) return;
    this.#pausedMs = nowMs;
    this.#options.socket.pause();
  }

  #mayRead(): boolean {
    if (this.#mute.isOn) return false;
    const { limits, server } = this.#options;
    const waiting = this.#queue.length + this.#underWay;
    // Who must sign in first gets no further than that.
    if (waiting >= (server.signIn === undefined ? limits.requestsQueuedMax : 1)) return false;
    return (waiting === 0 && !this.#incoming.isPartial) || this.#options.budget.mayRead(this);
  }

  /** Begins requests in their order: the first, and those that may overlap with what is under way. */
  #pump(): void {
    for (let next = this.#queue[0]; next !== undefined && this.#closedBy === undefined; next = this.#queue[0]) {
      if (this.#mute.isOn) return;
      const overlaps = next.overlapKey >= 0 && next.overlapKey === this.#underWayKey && this.#underWay < OVERLAP_MAX;
      if (this.#underWay > 0 && !overlaps) return;
      this.#queue.shift();
      this.#begin(next);
    }
  }

  #begin({ frame, bytes, overlapKey }: Waiting): void {
    this.#underWay++;
    this.#underWayKey = overlapKey;
    let exchange: Exchange | ConnectionEnd;
    const { server, recorded } = this.#options;
    recorded?.request(frame, server.shownBytes(frame));
    try {
      exchange = server.begin(frame, this, this.#effects);
      this.#effects = exchange.begun;
    } catch (error) {
      if (error instanceof ConnectionEnd) exchange = error;
      else if (error instanceof ProtocolError) exchange = new ConnectionEnd('protocol_error', error.message);
      else throw error;
    }
    this.#written = this.#deliver(exchange, this.#written).finally(() => {
      this.#underWay--;
      this.#options.budget.release(bytes);
      this.#activeMs = this.#options.clock.monotonicMs();
      this.#pump();
      this.resume();
      this.#closeDrained();
    });
  }

  /** Writes the answer after those before it. A request that was no request closes the connection after them. */
  async #deliver(exchange: Exchange | ConnectionEnd, before: Promise<void>): Promise<void> {
    if (exchange instanceof ConnectionEnd) {
      await before;
      this.close(exchange.closeCause, exchange.message);
      return;
    }
    try {
      this.#unanswered.push(exchange);
      const chunks = await exchange.answer;
      if (exchange.muted !== undefined) this.#beMuted(exchange.muted);
      const turn = this.#turnOf(exchange);
      await before;
      turn?.end(this.#closedBy === undefined ? 'ok' : 'cancelled');
      if (this.#closedBy !== undefined) exchange.end('cancelled');
      else if (chunks === undefined) this.#leaveUnanswered(exchange);
      else await this.#write(exchange, chunks);
      const { closes } = exchange;
      if (closes !== undefined) this.close(closes.closeCause, closes.message);
    } catch (error) {
      // An answer that cannot be made or written is a fault of ours; the peer must not wait for it.
      exchange.end('cancelled');
      exchange.muted?.end('cancelled');
      this.close('internal_error', error instanceof Error ? error.message : String(error));
    } finally {
      this.#unanswered.splice(this.#unanswered.indexOf(exchange), 1);
    }
  }

  /** Its wait for those before it; undefined where there is none. */
  #turnOf({ operation }: Exchange): Operation | undefined {
    const [first] = this.#unanswered;
    if (first === undefined || first.operation === operation) return undefined;
    return operation.child('response.turn').set(RESPONSE_BEHIND, first.operation.traceId);
  }

  /** KIP-219: the answer goes on its way, and nothing is read or begun for the time. Others must not wait for the rest of its frame. */
  #beMuted(throttle: ThrottleUnderWay): void {
    if (this.#closedBy !== undefined || this.#gone || this.#draining) return throttle.end('cancelled');
    this.#mute.begin(throttle);
    this.#pause(this.#options.clock.monotonicMs());
    this.#options.budget.done(this);
  }

  #unmuted(): void {
    if (this.#closedBy !== undefined) return;
    this.#activeMs = this.#options.clock.monotonicMs();
    this.#pump();
    this.resume();
    this.#closeDrained();
  }

  /** A client that waits for no answer learns by the closed connection that something went wrong, as with a Kafka broker. */
  #leaveUnanswered(exchange: Exchange): void {
    exchange.end('written');
    const { error, closes } = exchange;
    if (error !== undefined && closes === undefined && !this.#gone) this.close('unanswered_error', error.message);
  }

  async #write(exchange: Exchange, chunks: readonly Uint8Array[]): Promise<void> {
    const { socket, limits, clock } = this.#options;
    if (!isWhole(chunks)) throw new Error('an answer is not as long as its frame says');
    const write = exchange.operation.child('response.write').live(UNREAD_BYTES, () => this.unreadBytes);
    this.#options.recorded?.response(chunks, exchange.shownBytes);
    this.#writing = { chunks, bytesBefore: socket.bytesWritten, sinceMs: clock.monotonicMs() };
    const outcome = await writeChunks(socket, chunks, {
      clock,
      waitMsMax: limits.responseWriteMsMax,
      bytesPerSecondMin: limits.frameBytesPerSecondMin,
    });
    this.#writing = undefined;
    if (outcome === 'written' && !isWhole(chunks)) {
      write.end('error');
      throw new Error('memory of an answer was given back while it was written');
    }
    if (outcome === 'written') {
      write.end('ok');
      exchange.end('written');
    } else if (outcome === 'closed') {
      write.end('cancelled');
      exchange.end('cancelled');
    } else {
      const error = { type: 'write_timeout', message: 'the client took nothing of the answer' };
      write.end('deadline', error);
      exchange.end('deadline');
      this.close('write_timeout', error.message);
    }
  }

  #closeDrained(): void {
    if (this.#underWay > 0 || this.#queue.length > 0) return;
    if (this.#gone) this.close('client', 'the client closed the connection');
    else if (this.#draining) this.close('shutdown', 'the gateway stops');
  }
}
