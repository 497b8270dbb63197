/**
 * The spans of a trace that is kept. Children show what their root knows of client, group, topics and sizes, so that a search finds
 * them on one span. None ends after the root: what went on longer says so by attributes, and the length of the trace is the request's.
 */
import { attributeBag } from './attribute-bag';
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
  const { members, omitted } = tree;
  const handed = new Map<LightOperation, Attributes>();
  const spans: FinishedSpan[] = [];
  for (const operation of members) {
    const { parent } = operation;
    // A parent past the bound of a trace is not shown; the root stands in.
    const above = parent === undefined ? undefined : (handed.get(parent) ?? handed.get(members[0] ?? parent));
    const attributes = operation.attributes(above);
    if (operation.isParent || spans.length === 0) handed.set(operation, handedDown(attributes));
    if (spans.length === 0) {
      attributes['seaglass.keep_reason'] = keepReason;
      if (omitted > 0) attributes['seaglass.operations_omitted'] = omitted;
    }
    spans.push(finishedSpan(operation, attributes, epochOffsetMs));
  }
  return spans;
}

function handedDown(attributes: Attributes): Attributes {
  const given = attributeBag();
  for (const key of INHERITED) {
    const value = attributes[key];
    if (value !== undefined) given[key] = value;
  }
  return given;
}
