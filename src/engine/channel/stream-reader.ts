/**
 * Pulls messages out of a gRPC stream: one reader, who may give up a wait without losing what arrives later. What was not yet asked
 * for is held up to a count; then the stream is paused and HTTP/2's window holds the peer back.
 */
import type { Readable } from 'node:stream';
import type { EngineError } from '../../engine-error';
import { cancelled } from '../../waiting/deadline';
import { fromServiceError } from '../../grpc/status';

const HELD_MESSAGES_MAX = 32;

/** A message, or the stream's end: without an error where the peer ended it in order. */
export type Received<T> =
  { readonly kind: 'message'; readonly message: T } | { readonly kind: 'end'; readonly error?: EngineError };

interface Waiter<T> {
  readonly resolve: (received: Received<T>) => void;
}

export class StreamReader<T> {
  readonly #stream: Readable;
  readonly #what: string;
  #held: T[] = [];
  #next = 0;
  #end: { readonly kind: 'end'; readonly error?: EngineError } | undefined;
  #waiter: Waiter<T> | undefined;
  #discarding = false;

  /** `what` names the stream in errors. */
  constructor(stream: Readable, what: string) {
    this.#stream = stream;
    this.#what = what;
    stream.on('data', (message: T) => this.#arrived(message));
    stream.on('error', (error: unknown) => this.#ended({ kind: 'end', error: fromServiceError(error, what) }));
    stream.on('end', () => this.#ended({ kind: 'end' }));
  }

  /** True once the peer has ended the stream or it failed, whatever is still held. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** The next message; after the last one the end, as often as asked. Rejects with 'cancelled' on the signal and has then consumed nothing. */
  receive(signal: AbortSignal): Promise<Received<T>> {
    if (this.#next < this.#held.length) return Promise.resolve(this.#shift());
    if (this.#end !== undefined) return Promise.resolve(this.#end);
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(cancelled(this.#what));
        return;
      }
      const onAbort = () => {
        this.#waiter = undefined;
        reject(cancelled(this.#what));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiter = {
        resolve: (received) => {
          signal.removeEventListener('abort', onAbort);
          resolve(received);
        },
      };
    });
  }

  /** Nobody reads any more: what comes is thrown away, so that the peer's end is reached. */
  discard(): void {
    this.#discarding = true;
    this.#held = [];
    this.#next = 0;
    this.#stream.resume();
  }

  #shift(): Received<T> {
    const message = this.#held[this.#next] as T;
    this.#next += 1;
    if (this.#next === this.#held.length) {
      this.#held = [];
      this.#next = 0;
      if (this.#end === undefined && this.#stream.isPaused()) this.#stream.resume();
    }
    return { kind: 'message', message };
  }

  #arrived(message: T): void {
    if (this.#discarding) return;
    const waiter = this.#waiter;
    if (waiter !== undefined) {
      this.#waiter = undefined;
      waiter.resolve({ kind: 'message', message });
      return;
    }
    this.#held.push(message);
    if (this.#held.length - this.#next >= HELD_MESSAGES_MAX) this.#stream.pause();
  }

  #ended(end: { readonly kind: 'end'; readonly error?: EngineError }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.resolve(end);
  }
}
