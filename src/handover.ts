/**
 * Bytes that two threads of one process give each other by reference, beside a gRPC stream that says when to take them
 * (`Handover` in record_log.proto). A message that was sent to a port is in its queue before anything written afterwards can arrive, so
 * taking never waits: what was announced is there, or never will be.
 */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { discard } from './discard';
import { systemRandom } from './random';

/** Below this, bytes travel cheaper in the message itself. */
export const HANDOVER_BYTES_MIN = 16 * 1024;

/** One thread's end, as it is sent to that thread. */
export interface HandoverEnd {
  /** Shows a stream's peer to be the other thread. */
  readonly key: string;
  readonly port: MessagePort;
}

interface Handed {
  /** The stream that takes them; GIVEN_BACK where they were the other end's before. */
  readonly stream: number;
  readonly bytes: Uint8Array;
}

/** No stream: its memory is to be used again. */
const GIVEN_BACK = 0;

export function makeHandover(): [HandoverEnd, HandoverEnd] {
  const key = systemRandom.uuid();
  const { port1, port2 } = new MessageChannel();
  return [
    { key, port: port1 },
    { key, port: port2 },
  ];
}

export class Handover {
  readonly key: string;
  readonly #port: MessagePort;
  /** Of each stream that takes here: what has arrived, in order. */
  readonly #arrived = new Map<number, Uint8Array[]>();
  #lastStream = GIVEN_BACK;
  #givenBack: Uint8Array[] = [];

  constructor({ key, port }: HandoverEnd) {
    this.key = key;
    this.#port = port;
  }

  /** A name for a stream, unique at this end. */
  newStream(): number {
    this.#lastStream += 1;
    return this.#lastStream;
  }

  /** From here on what is given to the stream is kept until it is taken; of other streams it is dropped. */
  open(stream: number): void {
    this.#arrived.set(stream, []);
  }

  /** Drops what the stream did not take. */
  close(stream: number): void {
    this.#arrived.delete(stream);
    this.#receive();
  }

  /** Gives all of `bytes`' memory away: nobody may use it here any more. Call it before the message that announces it is written. */
  give(stream: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#port.postMessage({ stream, bytes } satisfies Handed, [bytes.buffer]);
  }

  /** The next bytes of an open stream, the caller's to keep; undefined where they are not `length` bytes. */
  take(stream: number, length: number): Uint8Array | undefined {
    const queue = this.#arrived.get(stream);
    if (queue === undefined) return undefined;
    if (queue.length === 0) this.#receive();
    const bytes = queue.shift();
    return bytes?.byteLength === length ? bytes : undefined;
  }

  /**
   * Gives back what was taken and nobody uses here any more: views of it are empty afterwards. V8 would look through the whole heap
   * for every few dozen megabytes of such memory. What fills its memory is no part of a frame, and goes at once.
   */
  giveBack(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (!(buffer instanceof ArrayBuffer)) return;
    if (bytes.byteLength === buffer.byteLength) return discard(bytes);
    this.#port.postMessage({ stream: GIVEN_BACK, bytes: new Uint8Array(buffer) } satisfies Handed, [buffer]);
  }

  /** All that the other end gave back since the last call. */
  takeBack(): readonly Uint8Array[] {
    this.#receive();
    const back = this.#givenBack;
    this.#givenBack = [];
    return back;
  }

  #receive(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      const { stream, bytes } = next.message as Handed;
      if (stream === GIVEN_BACK) this.#givenBack.push(bytes);
      else this.#arrived.get(stream)?.push(bytes);
    }
  }
}
