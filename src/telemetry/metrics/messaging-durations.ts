/** The durations of one messaging operation (poll, send) by what it failed with, as the semantic conventions name them. */
import type { HistogramSeries } from './histogram';
import type { Metrics } from './metrics';

export class MessagingDurations {
  readonly #metrics: Metrics;
  readonly #operationName: string;
  /** By error type; '' is success, which Prometheus takes for a label that is absent. */
  readonly #series = new Map<string, HistogramSeries>();

  constructor(metrics: Metrics, operationName: string) {
    this.#metrics = metrics;
    this.#operationName = operationName;
  }

  /** `errorType`: what the operation failed with; '' where it did not. */
  ended(errorType: string, seconds: number): void {
    let series = this.#series.get(errorType);
    if (series === undefined) {
      const labels = { messaging_operation_name: this.#operationName, error_type: errorType };
      series = this.#metrics.histograms('messaging_client_operation_duration_seconds').series(labels);
      this.#series.set(errorType, series);
    }
    series.observe(seconds);
  }
}
