/**
 * Spans in the traces of applications: what the gateway did with records whose `traceparent` is sampled. They belong to traces that are
 * not the gateway's, so they leave at once, by no keep rule, and are bounded: so many a second in all, so many in each trace.
 */
import type { Clock } from '../../clock';
import type { SpanSink } from './finished-span';
import { newSpanId } from './ids';
import { KeepQuota } from './keep-quota';
import type { AttributeValue, SpanLink } from './operation';

export interface ApplicationSpanLimits {
  /** 0: none at all. */
  readonly perSecond: number;
  readonly perTrace: number;
  /** Batches a second that may be looked into for who made their records. */
  readonly looksPerSecond: number;
}

export const DEFAULT_APPLICATION_SPAN_LIMITS: ApplicationSpanLimits = {
  perSecond: 100,
  perTrace: 32,
  looksPerSecond: 100,
};

export interface ApplicationSpan {
  readonly name: string;
  readonly kind: 'CONSUMER' | 'PRODUCER';
  /** In the application's trace. */
  readonly parent: SpanLink;
  /** When it began, on the monotonic clock; it ends now. */
  readonly startMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** The gateway's own span of the same. */
  readonly link: SpanLink | undefined;
}

const TRACES_REMEMBERED = 4_096;

export class ApplicationSpans {
  readonly #clock: Clock;
  readonly #sink: () => SpanSink | undefined;
  readonly #limits: ApplicationSpanLimits;
  readonly #quota = new KeepQuota();
  readonly #looks = new KeepQuota();
  /** Spans by trace, the trace first seen first. */
  readonly #traces = new Map<string, number>();

  constructor(options: { clock: Clock; sink: () => SpanSink | undefined; limits: ApplicationSpanLimits }) {
    this.#clock = options.clock;
    this.#sink = options.sink;
    this.#limits = options.limits;
  }

  get enabled(): boolean {
    return this.#limits.perSecond > 0 && this.#limits.perTrace > 0 && this.#sink() !== undefined;
  }

  /** Takes one of the looks of this second; false where none is left. */
  mayLook(): boolean {
    return this.#looks.take(this.#clock.monotonicMs(), this.#limits.looksPerSecond);
  }

  /** Returns the span's id; undefined where there is no room for it, or nothing is exported. */
  export(span: ApplicationSpan): string | undefined {
    const sink = this.#sink();
    const { traceId } = span.parent;
    const endMs = this.#clock.monotonicMs();
    const told = this.#traces.get(traceId) ?? 0;
    if (sink === undefined || told >= this.#limits.perTrace) return undefined;
    if (!this.#quota.take(endMs, this.#limits.perSecond)) return undefined;
    this.#remember(traceId, told + 1);
    const offsetMs = this.#clock.nowMs() - endMs;
    const spanId = newSpanId();
    sink.export([
      {
        traceId,
        spanId,
        parentSpanId: span.parent.spanId,
        parentIsRemote: true,
        name: span.name,
        kind: span.kind,
        startMs: span.startMs + offsetMs,
        endMs: endMs + offsetMs,
        attributes: span.attributes,
        links: span.link === undefined ? [] : [span.link],
        linksDropped: 0,
        events: [],
        error: undefined,
      },
    ]);
    return spanId;
  }

  #remember(traceId: string, count: number): void {
    this.#traces.set(traceId, count);
    if (this.#traces.size <= TRACES_REMEMBERED) return;
    const first = this.#traces.keys().next();
    if (first.done !== true) this.#traces.delete(first.value);
  }
}
