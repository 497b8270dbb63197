/**
 * One PublishMessage stream on a connection of its own kind: HTTP/2 as Node has it, framed here, so that many records share a write.
 * It ends once, with the status the broker gave or UNAVAILABLE where the connection was lost, in the errors other streams end with.
 */
import { constants } from 'node:http2';
import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';
import { PublishMessageResponse } from '../rpc/mq_broker';
import { EngineError } from '../engine-error';
import { fromServiceError } from './status';
import { PublishFrameSplitter } from './publish-frames';

export interface PublishListener {
  received(answer: PublishMessageResponse): void;
  /** Once, and nothing after it; without an error where the broker ended the stream in order. */
  ended(error: EngineError | undefined): void;
}

export class BrokerPublishStream {
  readonly #stream: ClientHttp2Stream;
  readonly #what: string;
  readonly #listener: PublishListener;
  readonly #frames = new PublishFrameSplitter();
  #status: { readonly code: number; readonly details: string } | undefined;
  #error: unknown;
  /** Answers seen: a peer that never sent one may be dead. */
  answered = false;

  constructor(stream: ClientHttp2Stream, what: string, listener: PublishListener) {
    this.#stream = stream;
    this.#what = what;
    this.#listener = listener;
    stream.on('response', (headers: IncomingHttpHeaders & IncomingHttpStatusHeader) => this.#responded(headers));
    stream.on('trailers', (headers: IncomingHttpHeaders) => this.#statusFrom(headers));
    stream.on('data', (chunk: Uint8Array) => this.#arrived(chunk));
    stream.on('error', (error: unknown) => {
      this.#error ??= error;
    });
    // The broker is done with it, so this side is: 'close' follows, behind the trailers.
    stream.on('end', () => stream.close());
    stream.on('close', () => listener.ended(this.#endError()));
  }

  get statusCode(): number {
    return this.#status?.code ?? (this.#error === undefined ? status.CANCELLED : status.UNAVAILABLE);
  }

  /** Frames in order; what a stream that has ended is given goes nowhere, and its `ended` says so. */
  write(frames: Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(frames);
  }

  cancel(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #responded(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    const httpStatus = headers[':status'];
    if (httpStatus !== 200) this.#status = { code: status.UNAVAILABLE, details: `HTTP status ${httpStatus}` };
    this.#statusFrom(headers);
  }

  #statusFrom(headers: IncomingHttpHeaders): void {
    const code = headers['grpc-status'];
    if (typeof code !== 'string') return;
    const details = headers['grpc-message'];
    this.#status = { code: Number(code), details: typeof details === 'string' ? decoded(details) : '' };
  }

  #arrived(chunk: Uint8Array): void {
    this.answered = true;
    try {
      for (const message of this.#frames.push(chunk)) this.#listener.received(PublishMessageResponse.decode(message));
    } catch (error) {
      this.#error ??= error;
      this.cancel();
    }
  }

  #endError(): EngineError | undefined {
    if (this.#error instanceof EngineError) return this.#error;
    if (this.#status?.code === status.OK) return undefined;
    const lost = this.#error instanceof Error ? this.#error.message : 'the stream ended without a status';
    const { code, details } = this.#status ?? { code: status.UNAVAILABLE, details: lost };
    const failure = Object.assign(new Error(details, { cause: this.#error }), {
      code,
      details,
      metadata: new Metadata(),
    });
    return fromServiceError(failure, this.#what);
  }
}

/** gRPC percent-encodes its messages; one that is not well encoded is shown as it came. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
