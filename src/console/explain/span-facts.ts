/** What the attributes of a span say, by name: one place that knows how they are called. */
import type { FinishedSpan } from '../../telemetry/trace/finished-span';
import { targetOf as engineTarget } from '../../telemetry/incidents/waiting-requests';
import { JOIN_WAITS_FOR, RESPONSE_BEHIND } from '../../telemetry/trace/operations';
import { IN_FLIGHT } from '../../telemetry/trace/open-traces';

type Attributes = FinishedSpan['attributes'];

const textOf = (attributes: Attributes, key: string): string => {
  const value = attributes[key];
  return value === undefined ? '' : String(value);
};

export const numberOf = (attributes: Attributes, key: string): number | undefined => {
  const value = attributes[key];
  return typeof value === 'number' ? value : undefined;
};

export const clientOf = (attributes: Attributes): string => textOf(attributes, 'messaging.client.id');
/** The client's own address and port; empty and undefined where the span is no request's. */
export const addressOf = (attributes: Attributes): string => textOf(attributes, 'client.address');
export const portOf = (attributes: Attributes): number | undefined => numberOf(attributes, 'client.port');
export const groupOf = (attributes: Attributes): string => textOf(attributes, 'messaging.consumer.group.name');
export const topicOf = (attributes: Attributes): string => textOf(attributes, 'messaging.destination.name');
export const phaseOf = (attributes: Attributes): string => textOf(attributes, 'seaglass.phase');
export const outcomeOf = (attributes: Attributes): string => textOf(attributes, 'seaglass.outcome');
export const isOpen = (attributes: Attributes): boolean => attributes[IN_FLIGHT] === true;

/** `host:port` of whom the span waits for; empty where it names nobody. */
export const targetOf = (attributes: Attributes): string => engineTarget((key) => attributes[key]) ?? '';

/** Why it waits, where that is somebody else's: the answer before it, or who has not joined its group. */
export function waitsForOf(attributes: Attributes): string {
  const behind = textOf(attributes, RESPONSE_BEHIND);
  const awaited = textOf(attributes, JOIN_WAITS_FOR);
  if (behind !== '') return `behind the answer of trace ${behind}`;
  return awaited === '' ? '' : `waits for ${awaited}`;
}

/** `orders-1`; undefined where it is no topic's partition. */
export function partitionOf(attributes: Attributes): string | undefined {
  const topic = topicOf(attributes);
  const partition = textOf(attributes, 'messaging.destination.partition.id');
  return topic === '' || partition === '' ? undefined : `${topic}-${partition}`;
}

/** `orders-1@576`, as far as it is known; empty where it is at no topic. */
export function placeOf(attributes: Attributes): string {
  const partition = partitionOf(attributes);
  if (partition === undefined) return topicOf(attributes);
  const offset = numberOf(attributes, 'kafka.offset');
  return offset === undefined ? partition : `${partition}@${offset}`;
}
