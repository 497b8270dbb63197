/**
 * One subscriber stream: init, always answered at once; then batches as soon as they are there, while the client's credit lasts
 * and while what was written before has left. Nothing is asked for again and again: an append wakes the stream.
 */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Clock, Timer } from '../../clock';
import { HANDOVER_BYTES_MIN } from '../../handover';
import type { Handover } from '../../handover';
import { ErrorCode } from '../../rpc/record_log';
import type { SubscribeInit, SubscribeRequest } from '../../rpc/record_log';
import type { BatchSummary } from '../log/batch-summary';
import { NodeError, toWireError } from '../node-error';
import type { PartitionLog, ReadCursor } from '../log/partition-log';
import { INDEX_INTERVAL_BYTES } from '../log/segment-index';
import type { Topics } from '../topics/topics';
import type { OutgoingFrame } from './definition';
import { FramePool } from '../../grpc/frame-pool';
import { PREFIX_BYTES, writeFramed } from '../../grpc/framed-writer';
import { encodeRecordsField, FRAME_HEAD_BYTES, frameAround } from '../../grpc/records-codec';
import type { OutgoingRecords, RecordsEnds } from '../../grpc/records-codec';

export type SubscribeCall = ServerDuplexStream<SubscribeRequest, OutgoingFrame>;

const FRAME_BYTES_MAX = 512 * 1024;
/** Written and not yet taken by the transport. */
const UNSENT_BYTES_MAX = 1024 * 1024;
/** Room for what describes the batches; a frame of very many small ones is made apart. */
const INFOS_BYTES = 32 * 1024;
const FRAMES_IDLE_MAX = 32;
const HEARTBEAT_MS_DEFAULT = 1_000;
const HEARTBEAT_MS_MIN = 10;

export interface SubscribeWorld {
  readonly topics: Topics;
  readonly clock: Clock;
  readonly frames: FramePool;
  readonly handover: Handover | undefined;
  readonly onEnd: (stream: SubscribeStream) => void;
}

/** For all subscribers of a node. A read from a file begins up to an index interval before the batch that it is for. */
export function subscriberFrames(): FramePool {
  return new FramePool(FRAME_HEAD_BYTES + INDEX_INTERVAL_BYTES + FRAME_BYTES_MAX + INFOS_BYTES, FRAMES_IDLE_MAX);
}

export class SubscribeStream {
  readonly #call: SubscribeCall;
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #frames: FramePool;
  readonly #handover: Handover | undefined;
  readonly #onEnd: (stream: SubscribeStream) => void;
  /** Where records are handed over. */
  #handsTo: number | undefined;
  #log: PartitionLog | undefined;
  #cursor: ReadCursor = { offset: 0 };
  #credit = 0;
  #unsentBytes = 0;
  #unsentHeartbeat = false;
  #heartbeatMs = HEARTBEAT_MS_DEFAULT;
  #lastSentMs = 0;
  #lastLogStart = 0;
  #lastGeneration = 0;
  #timer: Timer | undefined;
  #stopListening: (() => void) | undefined;
  #ended = false;

  constructor(call: SubscribeCall, world: SubscribeWorld) {
    this.#call = call;
    this.#topics = world.topics;
    this.#clock = world.clock;
    this.#frames = world.frames;
    this.#handover = world.handover;
    this.#onEnd = world.onEnd;
    call.on('data', (request: SubscribeRequest) => this.#receive(request));
    call.on('end', () => this.#finish());
    call.on('cancelled', () => this.#release());
    call.on('error', () => this.#release());
  }

  /** Ends the stream with a reason. */
  end(reason: unknown): void {
    if (this.#ended) return;
    this.#call.write({ message: { $case: 'end', end: toWireError(reason) } });
    this.#finish();
  }

  #receive({ message }: SubscribeRequest): void {
    if (this.#ended) return;
    if (message?.$case === 'init' && this.#log === undefined) this.#init(message.init);
    else if (message?.$case === 'credit' && this.#log !== undefined) {
      this.#credit += Number(message.credit.bytes);
      this.#pump();
    } else this.end(new NodeError(ErrorCode.INVALID_REQUEST, 'expected init first, once, and then credit'));
  }

  #init(init: SubscribeInit): void {
    const offset = Number(init.offset);
    let log: PartitionLog | undefined;
    try {
      ({ log } = this.#topics.meant(init.topicPartition));
      log.checkReadable(offset);
    } catch (error) {
      this.#answerInit(error, offset, log);
      this.#finish();
      return;
    }
    this.#log = log;
    if (init.handover !== undefined && init.handover.key === this.#handover?.key) {
      this.#handsTo = Number(init.handover.stream);
    }
    this.#cursor = { offset };
    this.#credit = Number(init.creditBytes);
    this.#heartbeatMs = Math.max(HEARTBEAT_MS_MIN, init.heartbeatIntervalMs || HEARTBEAT_MS_DEFAULT);
    this.#answerInit(undefined, offset, log);
    this.#stopListening = log.listen(() => this.#wake());
    this.#setTimer(this.#heartbeatMs);
    this.#pump();
  }

  #answerInit(error: unknown, offset: number, log: PartitionLog | undefined): void {
    const init = {
      error: error === undefined ? undefined : toWireError(error),
      position: BigInt(offset),
      ...(log === undefined ? NOTHING_TOLD : wireTold(this.#tell(log))),
    };
    this.#send({ message: { $case: 'init', init } });
  }

  #wake(): void {
    this.#pump();
    if (this.#log !== undefined) this.#tellChanges(this.#log);
  }

  /** What the subscriber keeps may be gone: it learns so at once, with credit or without. */
  #tellChanges(log: PartitionLog): void {
    if (log.logStartOffset !== this.#lastLogStart || log.generation !== this.#lastGeneration) this.#heartbeat(log);
  }

  /** What the next message says of the log. */
  #tell({ logStartOffset, highWatermark, generation }: PartitionLog): Told {
    this.#lastLogStart = logStartOffset;
    this.#lastGeneration = generation;
    return { logStartOffset, highWatermark, generation };
  }

  /** Sends what is there and may be sent. */
  #pump(): void {
    const log = this.#log;
    if (log === undefined) return;
    try {
      while (!this.#ended && this.#credit > 0 && this.#unsentBytes < UNSENT_BYTES_MAX && this.#sendNext(log));
      // Also without credit: a subscriber whose position is gone must learn it.
      if (!this.#ended) log.checkReadable(this.#cursor.offset);
    } catch (error) {
      this.end(error);
    }
  }

  /** One frame of records; false where there is none. */
  #sendNext(log: PartitionLog): boolean {
    if (this.#handover !== undefined && this.#handsTo !== undefined)
      return this.#handNext(log, this.#handover, this.#handsTo);
    const frame = this.#frames.take();
    const room = frame.subarray(FRAME_HEAD_BYTES);
    const { chunks, summaries, next } = log.read(this.#cursor, Math.min(FRAME_BYTES_MAX, this.#credit), room);
    this.#cursor = next;
    if (summaries.length === 0) {
      this.#frames.give(frame);
      return false;
    }
    this.#sendRecords(log, frame, chunks, summaries);
    return true;
  }

  #handNext(log: PartitionLog, handover: Handover, stream: number): boolean {
    for (const back of handover.takeBack()) this.#frames.give(back);
    const frame = this.#frames.take();
    const { chunks, summaries, next } = log.read(this.#cursor, Math.min(FRAME_BYTES_MAX, this.#credit), frame);
    this.#cursor = next;
    const bytes = bytesOf(chunks);
    const fillsFrame = bytes <= frame.length && 2 * bytes >= frame.length;
    let framed: Buffer | undefined;
    if (summaries.length > 0) {
      const ends = { summaries, ...this.#tell(log) };
      const isGiven = bytes >= HANDOVER_BYTES_MIN;
      if (isGiven)
        handover.give(stream, fillsFrame ? inFrame(frame, chunks) : apart(chunks, next.segment !== undefined));
      framed = withPrefix(isGiven ? { chunks: [], handedOverBytes: bytes, ...ends } : { chunks, ...ends });
    }
    if (!fillsFrame) this.#frames.give(frame);
    if (framed === undefined) return false;
    this.#credit -= bytes;
    this.#unsentBytes += bytes;
    this.#lastSentMs = this.#clock.monotonicMs();
    writeFramed(this.#call, framed, asFrame, (left) => {
      this.#unsentBytes -= bytes;
      if (left) this.#pump();
    });
    return true;
  }

  #sendRecords(log: PartitionLog, frame: Buffer, chunks: Chunks, summaries: readonly BatchSummary[]): void {
    const bytes = bytesOf(chunks);
    this.#credit -= bytes;
    this.#unsentBytes += bytes;
    this.#lastSentMs = this.#clock.monotonicMs();
    const framed = framedIn(frame, chunks, { summaries, ...this.#tell(log) });
    writeFramed(this.#call, framed, asFrame, (left) => {
      // What was cancelled may still be on its way out.
      if (left) this.#frames.give(frame);
      this.#unsentBytes -= bytes;
      if (left) this.#pump();
    });
  }

  #heartbeat(log: PartitionLog): void {
    if (this.#ended || this.#unsentHeartbeat) return;
    this.#unsentHeartbeat = true;
    const heartbeat = { position: BigInt(this.#cursor.offset), ...wireTold(this.#tell(log)) };
    this.#send({ message: { $case: 'heartbeat', heartbeat } }, () => {
      this.#unsentHeartbeat = false;
      this.#tellChanges(log);
    });
  }

  #setTimer(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => {
      const log = this.#log;
      if (log === undefined || this.#ended) return;
      const silentMs = this.#clock.monotonicMs() - this.#lastSentMs;
      if (silentMs >= this.#heartbeatMs) this.#heartbeat(log);
      this.#setTimer(silentMs >= this.#heartbeatMs ? this.#heartbeatMs : this.#heartbeatMs - silentMs);
    });
  }

  #send(frame: OutgoingFrame, sent?: () => void): void {
    this.#lastSentMs = this.#clock.monotonicMs();
    this.#call.write(frame, () => sent?.());
  }

  #finish(): void {
    if (this.#ended) return;
    this.#release();
    this.#call.end();
  }

  #release(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    this.#stopListening?.();
    this.#onEnd(this);
  }
}

type Told = Pick<PartitionLog, 'logStartOffset' | 'highWatermark' | 'generation'>;

const NOTHING_TOLD = { logStartOffset: 0n, highWatermark: 0n, generation: 0n };

function wireTold({ logStartOffset, highWatermark, generation }: Told): typeof NOTHING_TOLD {
  return {
    logStartOffset: BigInt(logStartOffset),
    highWatermark: BigInt(highWatermark),
    generation: BigInt(generation),
  };
}

type Chunks = readonly Uint8Array[];

const asFrame = (framed: Buffer): OutgoingFrame => ({ framed });

/** The message in `frame`, where the batches may lie already; one that does not fit there is made elsewhere. */
function framedIn(frame: Buffer, chunks: Chunks, ends: RecordsEnds): Buffer {
  const there = placeIn(frame, chunks);
  const start = there ?? FRAME_HEAD_BYTES;
  const end = start + bytesOf(chunks);
  if (end > frame.length) return withPrefix({ chunks, ...ends });
  if (there === undefined) putAll(frame, start, chunks);
  return frameAround(frame, start, end, ends) ?? withPrefix({ chunks, ...ends });
}

function putAll(target: Buffer, position: number, chunks: Chunks): void {
  let at = position;
  for (const chunk of chunks) {
    target.set(chunk, at);
    at += chunk.length;
  }
}

function bytesOf(chunks: Chunks): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

/** The batches in `frame`, where they may lie already. */
function inFrame(frame: Buffer, chunks: Chunks): Uint8Array<ArrayBuffer> {
  const there = placeIn(frame, chunks);
  const start = there ?? 0;
  if (there === undefined) putAll(frame, start, chunks);
  return frame.subarray(start, start + bytesOf(chunks)) as Uint8Array<ArrayBuffer>;
}

/** Where the batches lie in `frame` already: a read from a file puts them there in one piece. */
function placeIn(frame: Buffer, [first]: Chunks): number | undefined {
  return first?.buffer === frame.buffer ? first.byteOffset - frame.byteOffset : undefined;
}

/** The batches in memory of their own. A read from a file may have that already; it is given away unless most of it is something else. */
function apart(chunks: Chunks, isFromFile: boolean): Uint8Array<ArrayBuffer> {
  const [chunk] = chunks;
  const bytes = bytesOf(chunks);
  const own =
    isFromFile && chunks.length === 1 && chunk?.buffer instanceof ArrayBuffer && chunk.buffer.byteLength <= 2 * bytes;
  return own ? (chunk as Uint8Array<ArrayBuffer>) : copyOf(chunks, bytes);
}

function copyOf(chunks: Chunks, bytes: number): Uint8Array<ArrayBuffer> {
  const copy = Buffer.allocUnsafeSlow(bytes);
  putAll(copy, 0, chunks);
  return copy;
}

function withPrefix(records: OutgoingRecords): Buffer {
  const message = encodeRecordsField(records);
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}
