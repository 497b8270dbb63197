/** Keeps finished spans in memory, newest last, for tests and for looking at recent traces; bounded. */
import type { FinishedSpan, SpanSink } from '../../src/telemetry/trace/finished-span';

export class MemorySink implements SpanSink {
  readonly spans: FinishedSpan[] = [];
  readonly #spansMax: number;

  constructor(spansMax = 10_000) {
    this.#spansMax = spansMax;
  }

  export(spans: readonly FinishedSpan[]): void {
    this.spans.push(...spans);
    const excess = this.spans.length - this.#spansMax;
    if (excess > 0) this.spans.splice(0, excess);
  }

  exportUrgently(span: FinishedSpan): void {
    this.export([span]);
  }
}
