/**
 * One histogram series, counted by hand: an observation is a short scan and three additions, which a library's hash of labels
 * would cost thirty times over. Cumulative counts are made when it is read.
 */

/** Seconds. Kafka clients give up after 30 s, so the scale goes past it. */
export const DURATION_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 15, 30, 60,
];

/** Points from a bucket or a counter to one exported trace. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  readonly atMs: number;
}

export class HistogramSeries {
  readonly bounds = DURATION_BUCKETS;
  /** One for each bound and one for what lies above them all; not cumulative. */
  readonly counts = new Array<number>(DURATION_BUCKETS.length + 1).fill(0);
  readonly exemplars = new Array<Exemplar | undefined>(DURATION_BUCKETS.length + 1).fill(undefined);
  sum = 0;
  count = 0;

  observe(value: number): void {
    const index = bucketOf(value);
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += value;
    this.count++;
  }

  /** The newest exemplar of a bucket replaces the one before. */
  attach(exemplar: Exemplar): void {
    this.exemplars[bucketOf(exemplar.value)] = exemplar;
  }
}

function bucketOf(value: number): number {
  let index = 0;
  while (index < DURATION_BUCKETS.length && value > (DURATION_BUCKETS[index] ?? Infinity)) index++;
  return index;
}
