/** Traces whose root has not ended, as they are now: a hang is explained while it hangs. What is open ends, for the looker, at this moment. */
import type { FinishedSpan } from './finished-span';
import type { LightOperation, OperationTree } from './light-operation';
import type { Tracer } from './tracer';
import { treeSpans } from './tree-spans';

/** Attribute of a span that has not ended. */
export const IN_FLIGHT = 'seaglass.in_flight';

export interface OpenTrace {
  readonly traceId: string;
  /** The root first, as far as the trace holds them. */
  readonly spans: readonly FinishedSpan[];
}

/** One for each root in flight that `wanted` takes, the oldest first; at most `limit`. */
export function openTraces(
  tracer: Tracer,
  wanted: (root: LightOperation) => boolean,
  limit: number,
): readonly OpenTrace[] {
  const trees = new Set<OperationTree>();
  for (const phase of tracer.phases)
    for (let each = phase.head; each !== undefined; each = each.next) if (!each.tree.closed) trees.add(each.tree);
  const roots = [...trees].flatMap((tree) => tree.members.slice(0, 1));
  roots.sort((a, b) => a.startMs - b.startMs);
  return roots
    .filter(wanted)
    .slice(0, limit)
    .map(({ tree, traceId }) => ({ traceId, spans: spansOf(tree, tracer) }));
}

function spansOf(tree: OperationTree, tracer: Tracer): readonly FinishedSpan[] {
  const epochOffsetMs = tracer.epochOffsetMs(tree);
  const nowMs = tracer.now() + epochOffsetMs;
  return treeSpans(tree, epochOffsetMs, tree.keepReason ?? IN_FLIGHT).map((span, index) => {
    if (tree.members[index]?.ended === true) return span;
    const { 'seaglass.outcome': _open, ...attributes } = span.attributes;
    return { ...span, endMs: nowMs, attributes: { ...attributes, [IN_FLIGHT]: true } };
  });
}
