/**
 * One subscriber stream: init, always answered at once; then batches as soon as they are there, while the client's credit lasts
 * and while what was written before has left. Nothing is asked for again and again: an append wakes the stream.
 */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Clock, Timer } from '../../clock';
import { ErrorCode } from '../../rpc/record_log';
import type { SubscribeInit, SubscribeRequest } from '../../rpc/record_log';
import { NodeError, toWireError } from '../node-error';
import type { PartitionLog, ReadCursor } from '../partition-log';
import type { Topics } from '../topics';
import type { OutgoingFrame } from './definition';

export type SubscribeCall = ServerDuplexStream<SubscribeRequest, OutgoingFrame>;

const FRAME_BYTES_MAX = 1024 * 1024;
/** Written and not yet taken by the transport. */
const UNSENT_BYTES_MAX = 2 * 1024 * 1024;
const HEARTBEAT_MS_DEFAULT = 1_000;
const HEARTBEAT_MS_MIN = 10;

export class SubscribeStream {
  private readonly call: SubscribeCall;
  private readonly topics: Topics;
  private readonly clock: Clock;
  private readonly onEnd: (stream: SubscribeStream) => void;
  private log: PartitionLog | undefined;
  private cursor: ReadCursor = { offset: 0 };
  private credit = 0;
  private unsentBytes = 0;
  private unsentHeartbeat = false;
  private heartbeatMs = HEARTBEAT_MS_DEFAULT;
  private lastSentMs = 0;
  private lastLogStart = 0;
  private timer: Timer | undefined;
  private stopListening: (() => void) | undefined;
  private ended = false;

  constructor(call: SubscribeCall, world: { topics: Topics; clock: Clock; onEnd: (stream: SubscribeStream) => void }) {
    this.call = call;
    this.topics = world.topics;
    this.clock = world.clock;
    this.onEnd = world.onEnd;
    call.on('data', (request: SubscribeRequest) => this.receive(request));
    call.on('end', () => this.finish());
    call.on('cancelled', () => this.release());
    call.on('error', () => this.release());
  }

  /** Ends the stream with a reason. */
  end(reason: unknown): void {
    if (this.ended) return;
    this.call.write({ message: { $case: 'end', end: toWireError(reason) } });
    this.finish();
  }

  private receive({ message }: SubscribeRequest): void {
    if (this.ended) return;
    if (message?.$case === 'init' && this.log === undefined) this.init(message.init);
    else if (message?.$case === 'credit' && this.log !== undefined) {
      this.credit += Number(message.credit.bytes);
      this.pump();
    } else this.end(new NodeError(ErrorCode.INVALID_REQUEST, 'expected init first, once, and then credit'));
  }

  private init(init: SubscribeInit): void {
    const offset = Number(init.offset);
    let log: PartitionLog | undefined;
    try {
      ({ log } = this.topics.partition(init.topicPartition?.topic ?? '', init.topicPartition?.partition ?? -1));
      log.checkReadable(offset);
    } catch (error) {
      this.answerInit(error, offset, log);
      this.finish();
      return;
    }
    this.log = log;
    this.cursor = { offset };
    this.credit = Number(init.creditBytes);
    this.heartbeatMs = Math.max(HEARTBEAT_MS_MIN, init.heartbeatIntervalMs || HEARTBEAT_MS_DEFAULT);
    this.lastLogStart = log.logStartOffset;
    this.answerInit(undefined, offset, log);
    this.stopListening = log.listen(() => this.wake());
    this.setTimer(this.heartbeatMs);
    this.pump();
  }

  private answerInit(error: unknown, offset: number, log: PartitionLog | undefined): void {
    const init = {
      error: error === undefined ? undefined : toWireError(error),
      position: BigInt(offset),
      logStartOffset: BigInt(log?.logStartOffset ?? 0),
      highWatermark: BigInt(log?.highWatermark ?? 0),
    };
    this.send({ message: { $case: 'init', init } });
  }

  private wake(): void {
    this.pump();
    if (this.log !== undefined && this.log.logStartOffset !== this.lastLogStart) this.heartbeat(this.log);
  }

  /** Sends what is there and may be sent. */
  private pump(): void {
    const { log } = this;
    if (log === undefined) return;
    try {
      while (!this.ended && this.credit > 0 && this.unsentBytes < UNSENT_BYTES_MAX) {
        const result = log.read(this.cursor, Math.min(FRAME_BYTES_MAX, this.credit));
        this.cursor = result.next;
        if (result.summaries.length === 0) break;
        this.sendRecords(log, result.chunks, result.summaries);
      }
      // Also without credit: a subscriber whose position is gone must learn it.
      if (!this.ended) log.checkReadable(this.cursor.offset);
    } catch (error) {
      this.end(error);
    }
  }

  private sendRecords(log: PartitionLog, chunks: readonly Uint8Array[], summaries: OutgoingSummaries): void {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.credit -= bytes;
    this.unsentBytes += bytes;
    const { logStartOffset, highWatermark } = log;
    this.send({ records: { chunks, summaries, logStartOffset, highWatermark } }, () => {
      this.unsentBytes -= bytes;
      this.pump();
    });
  }

  private heartbeat(log: PartitionLog): void {
    if (this.ended || this.unsentHeartbeat) return;
    this.unsentHeartbeat = true;
    this.lastLogStart = log.logStartOffset;
    const heartbeat = {
      position: BigInt(this.cursor.offset),
      logStartOffset: BigInt(log.logStartOffset),
      highWatermark: BigInt(log.highWatermark),
    };
    this.send({ message: { $case: 'heartbeat', heartbeat } }, () => {
      this.unsentHeartbeat = false;
    });
  }

  private setTimer(delayMs: number): void {
    this.timer = this.clock.after(delayMs, () => {
      const { log } = this;
      if (log === undefined || this.ended) return;
      const silentMs = this.clock.monotonicMs() - this.lastSentMs;
      if (silentMs >= this.heartbeatMs) this.heartbeat(log);
      this.setTimer(silentMs >= this.heartbeatMs ? this.heartbeatMs : this.heartbeatMs - silentMs);
    });
  }

  private send(frame: OutgoingFrame, sent?: () => void): void {
    this.lastSentMs = this.clock.monotonicMs();
    this.call.write(frame, () => sent?.());
  }

  private finish(): void {
    if (this.ended) return;
    this.release();
    this.call.end();
  }

  private release(): void {
    if (this.ended) return;
    this.ended = true;
    this.timer?.cancel();
    this.stopListening?.();
    this.onEnd(this);
  }
}

type OutgoingSummaries = Extract<OutgoingFrame, { records: unknown }>['records']['summaries'];
