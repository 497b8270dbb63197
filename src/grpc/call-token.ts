/** A token that both ends of gRPC know: shown in the metadata of each call, asked for before a handler sees the call, compared in constant time. */
import { Metadata, status } from '@grpc/grpc-js';
import type { Clock } from '../clock';
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

/** How long the token before is taken: both sides read their files when they look, and what one sent may be under way. */
export const TOKEN_BEFORE_MS = 60_000;

/** Is it, among those that are good now, the text of the metadata? */
export type TokenCheck = (shown: string) => boolean;

/** `current` gives the token that holds; the one before it is taken for a while longer. */
export function tokenCheck(current: () => string, clock: Clock): TokenCheck {
  let wanted = current();
  let checks = [secretCheck(PREFIX + wanted)];
  let changedMs = -Infinity;
  return (shown) => {
    const now = current();
    if (now !== wanted) {
      wanted = now;
      checks = [secretCheck(PREFIX + now), ...checks.slice(0, 1)];
      changedMs = clock.monotonicMs();
    }
    const good = clock.monotonicMs() - changedMs > TOKEN_BEFORE_MS ? checks.slice(0, 1) : checks;
    return good.map((isShown) => isShown(shown)).includes(true);
  };
}

/** The handlers as they are, each behind the question for the token. */
export function withToken(
  handlers: UntypedServiceImplementation,
  check: TokenCheck | undefined,
): UntypedServiceImplementation {
  if (check === undefined) return handlers;
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [name, guarded(handler as AnyHandler, check)]),
  );
}

/** All kinds of handlers: those of streams are given no callback. */
type AnyHandler = handleUnaryCall<unknown, unknown>;

function guarded(handler: AnyHandler, check: TokenCheck): AnyHandler {
  return (call, done) => {
    const [shown] = call.metadata.get(KEY);
    if (typeof shown === 'string' && check(shown)) handler(call, done);
    else if (typeof done === 'function') done(REFUSAL);
    else call.emit('error', REFUSAL);
  };
}
