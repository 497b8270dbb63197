/** What is in flight, for whoever looks at it from outside: the gauges, the hang watch, /debug/inflight. */
import { operationPath } from './finished-span';
import type { LightOperation, OperationPhase } from './light-operation';
import type { AttributeValue } from './operation';

/** How long past its budget a leaf has been, ms; 0 or less while it is on time. An operation with open children is never to blame. */
export function overdueMs(operation: LightOperation, nowMs: number): number {
  if (operation.openChildren > 0) return 0;
  return Math.min(nowMs - operation.startMs - operation.budgetMs, nowMs - operation.leafSinceMs);
}

/**
 * Its attributes and those of its ancestors, the nearest first where both have one. The address that a client came to is the request's own:
 * below it `server.address` is whom the gateway asks.
 */
export function inheritedAttributes(operation: LightOperation): Record<string, AttributeValue> {
  const chain: LightOperation[] = [];
  for (let each: LightOperation | undefined = operation; each !== undefined; each = each.parent) chain.unshift(each);
  const all: Record<string, AttributeValue> = {};
  for (const each of chain) {
    const own = each.attributes();
    if (each !== operation && each.prepared.kind === 'SERVER') {
      delete own['server.address'];
      delete own['server.port'];
    }
    Object.assign(all, own);
  }
  return all;
}

/** The greatest overdue of a phase, in ms; 0 where all are on time. */
export function oldestOverdueMs(phase: OperationPhase, nowMs: number): number {
  let oldest = 0;
  for (let each = phase.head; each !== undefined; each = each.next) oldest = Math.max(oldest, overdueMs(each, nowMs));
  return oldest;
}

export interface InflightOperation {
  readonly path: string;
  /** Span names from the root down. */
  readonly chain: string;
  readonly phase: string;
  readonly ageMs: number;
  readonly budgetMs: number;
  readonly overdueMs: number;
  readonly waiting: boolean;
  readonly stalls: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** At most `limit` operations, most overdue and then oldest first. */
export function inflightOperations(
  phases: readonly OperationPhase[],
  nowMs: number,
  limit: number,
): { readonly total: number; readonly operations: readonly InflightOperation[] } {
  const open: LightOperation[] = [];
  for (const phase of phases) for (let each = phase.head; each !== undefined; each = each.next) open.push(each);
  const rank = (each: LightOperation): number => Math.max(0, overdueMs(each, nowMs));
  const ranked = open.map((operation) => ({ operation, late: rank(operation) }));
  ranked.sort((a, b) => b.late - a.late || a.operation.startMs - b.operation.startMs);
  return { total: open.length, operations: ranked.slice(0, limit).map(({ operation }) => view(operation, nowMs)) };
}

function view(operation: LightOperation, nowMs: number): InflightOperation {
  const names: string[] = [];
  for (let each: LightOperation | undefined = operation; each !== undefined; each = each.parent)
    names.unshift(each.spanName ?? each.prepared.name);
  return {
    path: operationPath(operation),
    chain: names.join(' > '),
    phase: operation.prepared.phase.name,
    ageMs: Math.round(nowMs - operation.startMs),
    budgetMs: Math.round(operation.budgetMs),
    overdueMs: Math.round(overdueMs(operation, nowMs)),
    waiting: operation.openChildren === 0,
    stalls: operation.stallCount,
    traceId: operation.traceId,
    spanId: operation.spanId,
    attributes: inheritedAttributes(operation),
  };
}
