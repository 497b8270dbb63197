/**
 * One publisher stream: init, answered by hello, then appends, answered in their order. How much may wait for the disk is
 * bounded: past the bound the stream is not read until half of it is answered.
 */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Handover } from '../../handover';
import { ErrorCode } from '../../rpc/record_log';
import type { Append, Census as WireCensus, PublishInit, PublishRequest, PublishResponse } from '../../rpc/record_log';
import type { Census } from '../../types';
import type { AppendOutcome } from '../append/append-stage';
import { NodeError, toWireError } from '../node-error';
import type { HostedPartition } from '../topics/hosted-topic';
import type { Topics } from '../topics/topics';

type PublishCall = ServerDuplexStream<PublishRequest, PublishResponse>;

const WAITING_BYTES_MAX = 16 * 1024 * 1024;
const WAITING_APPENDS_MAX = 4096;

export interface PublishWorld {
  readonly topics: Topics;
  readonly handover: Handover | undefined;
  readonly onEnd: (stream: PublishStream) => void;
}

export class PublishStream {
  readonly #call: PublishCall;
  readonly #topics: Topics;
  readonly #handover: Handover | undefined;
  #partition: HostedPartition | undefined;
  /** Where appends' batches are handed over. */
  #handedTo: number | undefined;
  #waitingBytes = 0;
  #waitingAppends = 0;
  #halfClosed = false;
  #gone = false;

  constructor(call: PublishCall, world: PublishWorld) {
    this.#call = call;
    this.#topics = world.topics;
    this.#handover = world.handover;
    call.on('close', () => {
      if (this.#handedTo !== undefined) this.#handover?.close(this.#handedTo);
      world.onEnd(this);
    });
    call.on('data', (request: PublishRequest) => this.#receive(request));
    call.on('end', () => {
      this.#halfClosed = true;
      this.#endWhenAnswered();
    });
    call.on('cancelled', () => {
      this.#gone = true;
    });
    call.on('error', () => {
      this.#gone = true;
    });
  }

  /** The node is stopping, and everything appended was answered. */
  end(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#call.end();
  }

  #receive({ message }: PublishRequest): void {
    if (message?.$case === 'init' && this.#partition === undefined) this.#init(message.init);
    else if (message?.$case === 'append' && this.#partition !== undefined)
      this.#append(message.append, this.#partition);
    else this.#refuse(new NodeError(ErrorCode.INVALID_REQUEST, 'expected init first, once, and then appends'));
  }

  #init({ topicPartition, handover }: PublishInit): void {
    if (handover !== undefined && handover.key === this.#handover?.key) {
      this.#handedTo = Number(handover.stream);
      this.#handover.open(this.#handedTo);
    }
    try {
      const partition = this.#topics.meant(topicPartition);
      this.#partition = partition;
      this.#hello(undefined, partition);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Says why and ends the stream: there is nothing to append to. */
  #refuse(error: unknown): void {
    this.#hello(error, undefined);
    this.end();
  }

  #hello(error: unknown, partition: HostedPartition | undefined): void {
    const hello = {
      error: error === undefined ? undefined : toWireError(error),
      logStartOffset: BigInt(partition?.log.logStartOffset ?? 0),
      highWatermark: BigInt(partition?.log.highWatermark ?? 0),
      ...(this.#handedTo === undefined ? {} : { handover: true }),
    };
    this.#send({ message: { $case: 'hello', hello } });
  }

  #append({ batch: sent, census, handedOverBytes }: Append, partition: HostedPartition): void {
    const batch = handedOverBytes === undefined ? sent : this.#taken(handedOverBytes);
    if (batch === undefined) {
      this.#refuse(new NodeError(ErrorCode.INVALID_REQUEST, `${handedOverBytes} bytes were not handed over`));
      return;
    }
    const bytes = batch.length;
    this.#waitingBytes += bytes;
    this.#waitingAppends += 1;
    if (this.#isFull()) this.#call.pause();
    partition.appender.append({
      batch,
      census: census && toCensus(census),
      done: (outcome) => this.#answer(outcome, bytes, partition),
    });
  }

  #taken(bytes: number): Uint8Array | undefined {
    return this.#handedTo === undefined ? undefined : this.#handover?.take(this.#handedTo, bytes);
  }

  #answer(outcome: AppendOutcome, bytes: number, { log }: HostedPartition): void {
    this.#waitingBytes -= bytes;
    this.#waitingAppends -= 1;
    const appended = outcome.kind === 'appended' ? outcome : undefined;
    const ack = {
      error: outcome.kind === 'refused' ? toWireError(outcome.error) : undefined,
      baseOffset: BigInt(appended?.baseOffset ?? -1),
      logAppendTimeMs: BigInt(appended?.logAppendTimeMs ?? -1),
      logStartOffset: BigInt(log.logStartOffset),
      highWatermark: BigInt(log.highWatermark),
      duplicate: appended?.duplicate ?? false,
    };
    this.#send({ message: { $case: 'ack', ack } });
    if (
      this.#call.isPaused() &&
      this.#waitingBytes * 2 < WAITING_BYTES_MAX &&
      this.#waitingAppends * 2 < WAITING_APPENDS_MAX
    ) {
      this.#call.resume();
    }
    this.#endWhenAnswered();
  }

  #isFull(): boolean {
    return this.#waitingBytes >= WAITING_BYTES_MAX || this.#waitingAppends >= WAITING_APPENDS_MAX;
  }

  #send(response: PublishResponse): void {
    if (!this.#gone) this.#call.write(response);
  }

  #endWhenAnswered(): void {
    if (this.#halfClosed && this.#waitingAppends === 0) this.end();
  }
}

function toCensus({ records, nulls, empties, controls, valueBytes }: WireCensus): Census {
  return { records, nulls, empties, controls, valueBytes: Number(valueBytes) };
}
