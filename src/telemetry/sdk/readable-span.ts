/** Our finished spans in the form of the SDK's, so that its processors and exporters take them like any other. */
import type { Attributes, HrTime, Link, SpanContext, SpanStatus } from '@opentelemetry/api';
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace-base';
import type { FinishedSpan } from '../trace/finished-span';

export interface SpanOrigin {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
}

export function readableSpan(span: FinishedSpan, origin: SpanOrigin): ReadableSpan {
  return new ExportedSpan(span, origin);
}

/** A class, because objects put together by spreading cost as much as the rest of an export. */
class ExportedSpan implements ReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: Link[];
  readonly events: TimedEvent[];
  readonly ended = true;
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly droppedAttributesCount = 0;
  readonly droppedEventsCount = 0;
  readonly droppedLinksCount: number;
  readonly #context: SpanContext;

  constructor(span: FinishedSpan, { resource, instrumentationScope }: SpanOrigin) {
    this.#context = spanContext(span.traceId, span.spanId);
    this.name = span.name;
    this.kind = SpanKind[span.kind];
    if (span.parentSpanId !== undefined) {
      this.parentSpanContext = spanContext(span.traceId, span.parentSpanId, span.parentIsRemote);
    }
    this.startTime = hrTime(span.startMs);
    this.endTime = hrTime(span.endMs);
    this.duration = hrTime(span.endMs - span.startMs);
    this.status =
      span.error === undefined
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: span.error.message };
    this.attributes = span.attributes;
    this.links = span.links.map((link) => ({ context: spanContext(link.traceId, link.spanId) }));
    this.events = span.events.map(({ name, atMs }) => ({ name, time: hrTime(atMs) }));
    this.resource = resource;
    this.instrumentationScope = instrumentationScope;
    this.droppedLinksCount = span.linksDropped;
  }

  spanContext(): SpanContext {
    return this.#context;
  }
}

function spanContext(traceId: string, spanId: string, isRemote = false): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote };
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.min(999_999_999, Math.round((ms - seconds * 1_000) * 1e6))];
}
