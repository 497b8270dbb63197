/** Ended operations as spans, in our own words; `readable-span.ts` turns them into the SDK's. */
import { LINKS_MAX, type LightOperation, type OperationEvent } from './light-operation';
import type { AttributeValue, SpanLink } from './operation';
import type { OperationKind } from './operations';

export interface FinishedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly parentIsRemote: boolean;
  readonly name: string;
  readonly kind: OperationKind;
  /** Unix time in ms, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly links: readonly SpanLink[];
  readonly linksDropped: number;
  readonly events: readonly OperationEvent[];
  /** Absent: the status stays unset. */
  readonly error: { readonly message: string } | undefined;
}

/** Where kept traces go. Neither method waits or throws. */
export interface SpanSink {
  export(spans: readonly FinishedSpan[]): void;
  /** A stall span: exported ahead of the rest. */
  exportUrgently(span: FinishedSpan): void;
}

/** The root's API, or its phase where it is no request: the first part of `seaglass.path`. */
export function pathRoot(operation: LightOperation): string {
  let root = operation;
  while (root.parent !== undefined) root = root.parent;
  const name = root.prepared.name === 'request' ? (root.spanName ?? 'request') : root.prepared.phase.name;
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** `fetch>subscriber.init`; a root's own path is `fetch`. */
export function operationPath(operation: LightOperation): string {
  return operation.parent === undefined
    ? pathRoot(operation)
    : `${pathRoot(operation)}>${operation.prepared.phase.name}`;
}

/** The nearest ancestor that the trace shows, or the client's span. */
function parentOf(operation: LightOperation): { readonly spanId: string; readonly remote: boolean } | undefined {
  let ancestor = operation.parent;
  while (ancestor !== undefined && !(ancestor.member && ancestor.tree === operation.tree)) ancestor = ancestor.parent;
  if (ancestor !== undefined) return { spanId: ancestor.spanId, remote: false };
  const remote = operation.tree.remoteParent;
  return remote === undefined ? undefined : { spanId: remote.spanId, remote: operation.parent === undefined };
}

/** `Fetch orders` for a request that is about one topic, `Fetch 3 topics` for one about several. */
function titleOf(operation: LightOperation): string {
  const name = operation.spanName ?? operation.prepared.name;
  if (operation.prepared.name !== 'request') return name;
  const topic = operation.attribute('messaging.destination.name');
  if (topic !== undefined) return `${name} ${String(topic)}`;
  const count = operation.attribute('seaglass.topics.count');
  return count === undefined ? name : `${name} ${String(count)} topics`;
}

/** `attributes` becomes the span's. */
export function finishedSpan(
  operation: LightOperation,
  attributes: Record<string, AttributeValue>,
  epochOffsetMs: number,
): FinishedSpan {
  const failure = operation.failure;
  const parent = parentOf(operation);
  const { startMs, endMs, budgetMs } = operation;
  const overrunMs = endMs - startMs - budgetMs;
  attributes['seaglass.phase'] = operation.prepared.phase.name;
  attributes['seaglass.path'] = operationPath(operation);
  attributes['seaglass.outcome'] = operation.outcome;
  attributes['seaglass.wait.budget_ms'] = Math.round(budgetMs);
  if (overrunMs > 0) attributes['seaglass.wait.overrun_ms'] = Math.round(overrunMs);
  const type = failure?.type ?? operation.error?.type;
  if (type !== undefined) attributes['error.type'] = type;
  const { rootEndMs } = operation.tree;
  if (endMs > rootEndMs) {
    attributes['seaglass.outlived_root_ms'] = Math.round(endMs - rootEndMs);
    attributes['seaglass.duration_ms'] = Math.round(endMs - startMs);
  }
  return {
    traceId: operation.traceId,
    spanId: operation.spanId,
    parentSpanId: parent?.spanId,
    parentIsRemote: parent?.remote ?? false,
    name: titleOf(operation),
    kind: operation.prepared.kind,
    startMs: Math.min(startMs, rootEndMs) + epochOffsetMs,
    endMs: Math.min(endMs, rootEndMs) + epochOffsetMs,
    attributes,
    links: linksOf(operation),
    linksDropped: operation.linksDropped,
    events: (operation.events ?? []).map(({ name, atMs }) => ({ name, atMs: atMs + epochOffsetMs })),
    error: failure === undefined ? undefined : { message: failure.message },
  };
}

function linksOf({ links }: LightOperation): readonly SpanLink[] {
  if (links === undefined) return NO_LINKS;
  return links.flatMap((each) => (typeof each === 'function' ? each() : [each])).slice(0, LINKS_MAX);
}

const NO_LINKS: readonly SpanLink[] = [];
