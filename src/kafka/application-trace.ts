/**
 * What happens to records, told in the traces of the applications that made them: "stored orders-1@179" beneath the producer's span, and
 * beneath that "delivered to invoice-svc" for each delivery. Who made the records that are delivered it remembers of those that were
 * produced through this gateway; of others their own headers say it, and "delivered" is beneath the producer's span.
 */
import type { ApplicationSpans } from '../telemetry/trace/application-spans';
import type { Operation, SpanLink } from '../telemetry/trace/operation';
import type { ProducerSpan, WrittenOffsets } from '../telemetry/trace/trace-links';
import { type Offset, toOffset } from '../types';
import type { RequestContext } from './api/define-api';
import { producersIn } from './fetch/delivered-producers';
import type { MadeRecords } from './produce/producer-links';
import type { Services } from './services';

/** The spans that made what was appended at `baseOffset`; sampled ones only. What is stored is told there. */
export function toldStored(
  spans: ApplicationSpans,
  made: readonly MadeRecords[],
  written: WrittenOffsets,
  { context, send }: { readonly context: RequestContext; readonly send: Operation },
): readonly ProducerSpan[] {
  const sampled = made.filter((each) => each.sampled);
  return sampled.map(({ traceId, spanId, firstIndex, lastIndex }) => {
    const first = toOffset(written.baseOffset + firstIndex);
    const last = toOffset(written.baseOffset + lastIndex);
    const stored = spans.export({
      name: `stored ${placeOf(written, first, last)}`,
      kind: 'CONSUMER',
      parent: { traceId, spanId },
      startMs: context.arrivedMs,
      attributes: { ...clientOf(context), ...placeAttributes(written, first, last) },
      link: { traceId: send.traceId, spanId: send.spanId },
    });
    return { traceId, spanId, first, last, storedSpanId: stored };
  });
}

/** Records of one partition in an answer that has left. */
export interface Delivery {
  readonly read: WrittenOffsets;
  readonly producers: readonly ProducerSpan[];
  /** The span that read them. */
  readonly poll: Operation;
  /** When they were there to be delivered, on the monotonic clock. */
  readonly startMs: number;
}

/** Undefined where nobody is known who made the records, or wants to be told. */
export function deliveryOf(
  read: WrittenOffsets,
  chunks: readonly Uint8Array[],
  poll: Operation,
  { telemetry, valueWatch, clock }: Pick<Services, 'telemetry' | 'valueWatch' | 'clock'>,
): Delivery | undefined {
  const spans = telemetry.applicationSpans;
  if (!spans.enabled) return undefined;
  const remembered = valueWatch.traces.producersOf(read);
  const unknown = valueWatch.traces.unknownIn(read);
  const others = unknown === undefined ? [] : producersIn(chunks, unknown, () => spans.mayLook());
  const isRemembered = ({ spanId }: ProducerSpan): boolean => remembered.some((each) => each.spanId === spanId);
  const producers = [...remembered, ...others.filter((producer) => !isRemembered(producer))];
  return producers.length === 0 ? undefined : { read, producers, poll, startMs: clock.monotonicMs() };
}

export function tellDelivered(spans: ApplicationSpans, deliveries: readonly Delivery[], context: RequestContext): void {
  const { client, clientAddress } = context.session;
  const receiver = client.group?.name ?? (client.id === '' ? clientAddress : client.id);
  const who = readerOf(context);
  for (const { read, producers, poll, startMs } of deliveries) {
    for (const producer of producers) {
      const first = laterOf(producer.first, read.baseOffset);
      const last = earlierOf(producer.last, read.lastOffset);
      const link = poll.kept ? { traceId: poll.traceId, spanId: poll.spanId } : undefined;
      spans.export({
        name: `delivered to ${receiver}`,
        kind: 'PRODUCER',
        parent: parentOf(producer),
        startMs,
        attributes: { ...who, ...placeAttributes(read, first, last) },
        link,
      });
    }
  }
}

const parentOf = ({ traceId, spanId, storedSpanId }: ProducerSpan): SpanLink => ({
  traceId,
  spanId: storedSpanId ?? spanId,
});

const laterOf = (a: Offset, b: Offset): Offset => (a > b ? a : b);
const earlierOf = (a: Offset, b: Offset): Offset => (a < b ? a : b);

function placeOf({ topic, partition }: WrittenOffsets, first: Offset, last: Offset): string {
  return `${topic}-${partition}@${first}${first === last ? '' : `-${last}`}`;
}

function placeAttributes({ topic, partition }: WrittenOffsets, first: Offset, last: Offset) {
  return {
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'kafka.offset': first,
    'messaging.batch.message_count': last - first + 1,
  };
}

function clientOf({ session }: RequestContext): Record<string, string> {
  return { 'messaging.system.name': 'kafka', 'messaging.client.id': session.client.id };
}

function readerOf(context: RequestContext): Record<string, string> {
  const { group } = context.session.client;
  if (group === undefined) return clientOf(context);
  const known = { 'messaging.consumer.group.name': group.name, 'seaglass.group.known_by': group.knownBy };
  return { ...clientOf(context), ...known };
}
