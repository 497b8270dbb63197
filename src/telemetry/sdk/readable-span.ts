/** Our finished spans in the form of the SDK's, so that its processors and exporters take them like any other. */
import type { HrTime, Link, SpanContext } from '@opentelemetry/api';
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { FinishedSpan } from '../finished-span';

export interface SpanOrigin {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
}

export function readableSpan(span: FinishedSpan, origin: SpanOrigin): ReadableSpan {
  const context = spanContext(span.traceId, span.spanId);
  const links: Link[] = span.links.map((link) => ({ context: spanContext(link.traceId, link.spanId) }));
  const parent =
    span.parentSpanId === undefined
      ? {}
      : { parentSpanContext: { ...spanContext(span.traceId, span.parentSpanId), isRemote: span.parentIsRemote } };
  return {
    ...origin,
    ...parent,
    name: span.name,
    kind: SpanKind[span.kind],
    spanContext: () => context,
    startTime: hrTime(span.startMs),
    endTime: hrTime(span.endMs),
    duration: hrTime(span.endMs - span.startMs),
    status:
      span.error === undefined
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: span.error.message },
    attributes: span.attributes,
    links,
    events: span.events.map(({ name, atMs }) => ({ name, time: hrTime(atMs) })),
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: span.linksDropped,
  };
}

function spanContext(traceId: string, spanId: string): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.min(999_999_999, Math.round((ms - seconds * 1_000) * 1e6))];
}
