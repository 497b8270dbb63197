/** A token that both ends of gRPC know: shown in the metadata of each call, asked for before a handler sees the call, compared in constant time. */
import { Metadata, status } from '@grpc/grpc-js';
import type { handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { secretCheck } from '../secret';

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
  const isWanted = secretCheck(PREFIX + token);
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [name, guarded(handler as AnyHandler, isWanted)]),
  );
}

/** All kinds of handlers: those of streams are given no callback. */
type AnyHandler = handleUnaryCall<unknown, unknown>;

function guarded(handler: AnyHandler, isWanted: (shown: string) => boolean): AnyHandler {
  return (call, done) => {
    const [shown] = call.metadata.get(KEY);
    if (typeof shown === 'string' && isWanted(shown)) handler(call, done);
    else if (typeof done === 'function') done(REFUSAL);
    else call.emit('error', REFUSAL);
  };
}
