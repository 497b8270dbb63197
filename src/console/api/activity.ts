/** How much is going on: rates between two looks at counters that are there anyway. */
import type { Clock } from '../../clock';
import type { InstrumentName } from '../../telemetry/metrics/instruments';
import { HistogramSeries } from '../../telemetry/metrics/histogram';
import type { Metrics } from '../../telemetry/metrics/metrics';

export interface Activity {
  readonly requestsPerSecond: number;
  readonly producedBytesPerSecond: number;
  readonly fetchedBytesPerSecond: number;
  readonly connections: number;
  /** Since the start. */
  readonly stalls: number;
}

interface Look {
  readonly atMs: number;
  readonly requests: number;
  readonly produced: number;
  readonly fetched: number;
}

/** A rate over less is noise. */
const LOOK_MS_MIN = 500;

export class Activities {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  #last: Look;
  #rates = { requestsPerSecond: 0, producedBytesPerSecond: 0, fetchedBytesPerSecond: 0 };

  constructor(metrics: Metrics, clock: Clock) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#last = this.#look();
  }

  now(): Activity {
    const now = this.#look();
    const seconds = (now.atMs - this.#last.atMs) / 1_000;
    if (seconds * 1_000 >= LOOK_MS_MIN) {
      const rate = (of: 'requests' | 'produced' | 'fetched'): number => (now[of] - this.#last[of]) / seconds;
      this.#rates = {
        requestsPerSecond: rate('requests'),
        producedBytesPerSecond: rate('produced'),
        fetchedBytesPerSecond: rate('fetched'),
      };
      this.#last = now;
    }
    const connections = this.#metrics.value('seaglass_connections', {}) ?? 0;
    return { ...this.#rates, connections, stalls: total(this.#metrics, 'seaglass_stalls_total') };
  }

  #look(): Look {
    return {
      atMs: this.#clock.monotonicMs(),
      requests: total(this.#metrics, 'seaglass_request_duration_seconds'),
      produced: total(this.#metrics, 'seaglass_produced_bytes_total'),
      fetched: total(this.#metrics, 'seaglass_fetched_bytes_total'),
    };
  }
}

/** The sum over all series of a counter; of a histogram, how many observations. */
function total(metrics: Metrics, name: InstrumentName): number {
  let sum = 0;
  const family = name.endsWith('_seconds') ? metrics.histograms(name) : metrics.numbers(name);
  for (const { series } of family.entries()) sum += series instanceof HistogramSeries ? series.count : series.value;
  return sum;
}
