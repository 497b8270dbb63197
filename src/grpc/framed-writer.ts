/**
 * Writes messages that bring gRPC's own five bytes along. grpc-js copies every message once more to put them in front, which for
 * frames of half a megabyte is most of its work; so such a message goes to the call's HTTP/2 stream directly. Where a call does not
 * show its stream, grpc-js does it.
 */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { Writable } from 'node:stream';

/** Of gRPC's message: 0 (not compressed), then the length in four bytes. */
export const PREFIX_BYTES = 5;

/** Only after a message that grpc-js wrote, which the headers go with. `done` is told whether the bytes have left and may be used again. */
export function writeFramed<Message>(
  call: ServerDuplexStream<unknown, Message>,
  framed: Buffer,
  asMessage: (framed: Buffer) => Message,
  done: (left: boolean) => void,
): void {
  const sent = (error?: Error | null): void => done(error === undefined || error === null);
  const stream = streamOf(call);
  if (stream === undefined) call.write(asMessage(framed), sent);
  else if (stream.destroyed || stream.writableEnded) done(false);
  else stream.write(framed, sent);
}

function streamOf(call: unknown): Writable | undefined {
  if (!has(call, 'call') || !has(call.call, 'stream')) return undefined;
  return call.call.stream instanceof Writable ? call.call.stream : undefined;
}

function has<Key extends string>(value: unknown, key: Key): value is Record<Key, unknown> {
  return typeof value === 'object' && value !== null && key in value;
}
