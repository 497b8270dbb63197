/**
 * The operations of one phase that are in flight, oldest first, and the phase's counters. The list is threaded through the
 * operations themselves: joining and leaving it allocates nothing, and the oldest age is the head's.
 */
import type { HistogramSeries } from '../metrics/histogram';
import type { NumberSeries } from '../metrics/metric-family';
import type { Metrics } from '../metrics/metrics';
import type { Outcome } from './operation';

/** An operation's places in the list. */
export interface Threaded<Self> {
  previous: Self | undefined;
  next: Self | undefined;
}

export class Phase<Member extends Threaded<Member>> {
  readonly name: string;
  inFlight = 0;
  head: Member | undefined = undefined;
  #tail: Member | undefined = undefined;
  readonly #started: NumberSeries;
  readonly #durations = new Map<Outcome, HistogramSeries>();
  readonly #metrics: Metrics;

  constructor(name: string, metrics: Metrics) {
    this.name = name;
    this.#metrics = metrics;
    this.#started = metrics.numbers('seaglass_phase_started_total').series({ phase: name });
    metrics.numbers('seaglass_stalls_total').series({ phase: name });
  }

  join(operation: Member): void {
    operation.previous = this.#tail;
    if (this.#tail === undefined) this.head = operation;
    else this.#tail.next = operation;
    this.#tail = operation;
    this.inFlight++;
    this.#started.value++;
  }

  leave(operation: Member, outcome: Outcome, seconds: number): void {
    if (operation.previous === undefined) this.head = operation.next;
    else operation.previous.next = operation.next;
    if (operation.next === undefined) this.#tail = operation.previous;
    else operation.next.previous = operation.previous;
    operation.previous = undefined;
    operation.next = undefined;
    this.inFlight--;
    this.durations(outcome).observe(seconds);
  }

  durations(outcome: Outcome): HistogramSeries {
    let series = this.#durations.get(outcome);
    if (series === undefined) {
      series = this.#metrics.histograms('seaglass_phase_duration_seconds').series({ phase: this.name, outcome });
      this.#durations.set(outcome, series);
    }
    return series;
  }
}
