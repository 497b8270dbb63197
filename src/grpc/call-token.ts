/** A token that both ends of gRPC know: shown in the metadata of each call, asked for before a handler sees the call, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Metadata, status } from '@grpc/grpc-js';
import type { handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';

const KEY = 'authorization';
const PREFIX = 'Bearer ';
const REFUSAL = {
  code: status.UNAUTHENTICATED,
  details: 'the node asks for a token (node.token), and this call has none or another',
};

/** What a call carries; empty without a token. */
export function callMetadata(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set(KEY, PREFIX + token);
  return metadata;
}

/** The handlers as they are, each behind the question for the token. */
export function withToken(
  handlers: UntypedServiceImplementation,
  token: string | undefined,
): UntypedServiceImplementation {
  if (token === undefined) return handlers;
  const wanted = digest(PREFIX + token);
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [name, guarded(handler as AnyHandler, wanted)]),
  );
}

/** All kinds of handlers: those of streams are given no callback. */
type AnyHandler = handleUnaryCall<unknown, unknown>;

function guarded(handler: AnyHandler, wanted: Buffer): AnyHandler {
  return (call, done) => {
    const [shown] = call.metadata.get(KEY);
    if (typeof shown === 'string' && timingSafeEqual(digest(shown), wanted)) handler(call, done);
    else if (typeof done === 'function') done(REFUSAL);
    else call.emit('error', REFUSAL);
  };
}

/** Of one length, so that nothing tells how much of it was right. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
