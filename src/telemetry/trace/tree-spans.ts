/**
 * The spans of a trace that is kept. Children show what their root knows of client, group, topics and sizes, so that a search finds
 * them on one span. None ends after the root: what went on longer says so by attributes, and the length of the trace is the request's.
 */
import { finishedSpan, type FinishedSpan } from './finished-span';
import type { LightOperation, OperationTree } from './light-operation';
import type { AttributeValue } from './operation';

/** What a span shows of the nearest one above it that knows. */
const INHERITED = [
  'messaging.client.id',
  'kafka.client.software.name',
  'kafka.client.software.version',
  'messaging.consumer.group.name',
  'seaglass.group.known_by',
  'messaging.destination.name',
  'messaging.destination.partition.id',
  'seaglass.topics',
  'seaglass.topics.count',
  'messaging.batch.message_count',
  'seaglass.bytes',
] as const;

type Attributes = Record<string, AttributeValue>;

/** The root says why it is kept and what was left out. */
export function treeSpans(tree: OperationTree, epochOffsetMs: number, keepReason: string): readonly FinishedSpan[] {
  const shown = new Map<LightOperation, Attributes>();
  let ofRoot: Attributes | undefined;
  return tree.members.map((operation, index) => {
    const attributes = operation.attributes();
    // A parent past the bound of a trace is not shown; the root stands in.
    const above = operation.parent === undefined ? undefined : (shown.get(operation.parent) ?? ofRoot);
    if (above !== undefined) inherit(attributes, above);
    shown.set(operation, attributes);
    if (index === 0) {
      ofRoot = attributes;
      attributes['seaglass.keep_reason'] = keepReason;
      if (tree.omitted > 0) attributes['seaglass.operations_omitted'] = tree.omitted;
    }
    return finishedSpan(operation, attributes, epochOffsetMs);
  });
}

function inherit(attributes: Attributes, above: Attributes): void {
  for (const key of INHERITED) {
    const value = above[key];
    if (value !== undefined && attributes[key] === undefined) attributes[key] = value;
  }
}
