/** What the joins of a group wait for, in words. */
import { clientName } from '../../../telemetry/trace/client-name';
import type { Group } from './group';

const NAMED_MAX = 3;

/** Undefined where the barrier is open. */
export function awaitedByJoins({ state, members, pendingMembers }: Group): string | undefined {
  if (state.name !== 'PreparingRebalance') return undefined;
  if (state.initial !== undefined) return 'the initial rebalance delay';
  const missing = [...members.values()].filter(({ answerJoin }) => answerJoin === undefined);
  const named = missing.slice(0, NAMED_MAX).map(({ clientId }) => `client ${clientName(clientId)}`);
  const others = missing.length - named.length + pendingMembers.size;
  if (others > 0) named.push(`${String(others)} ${named.length === 0 ? 'new' : 'more'}`);
  return named.length === 0 ? undefined : `the joins of ${named.join(', ')}`;
}
