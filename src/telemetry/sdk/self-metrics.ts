/**
 * The SDK's metrics about itself (spans processed, dropped, in the queue, exported), counted straight into our registry: a meter
 * provider whose instruments are our families. `otel.sdk.processor.span.processed` becomes `otel_sdk_processor_span_processed_total`.
 */
import type {
  Attributes,
  BatchObservableCallback,
  Counter,
  Gauge,
  Histogram,
  Meter,
  MeterProvider,
  MetricOptions,
  Observable,
  ObservableCallback,
  UpDownCounter,
} from '@opentelemetry/api';
import type { Labels } from '../metrics/metric-family';
import type { Metrics } from '../metrics/metrics';

/** What the SDK tells its instruments apart by; addresses and codes are left out, since one exporter has one address. */
const LABELS = ['otel_component_type', 'otel_component_name', 'error_type'] as const;

const METRIC_POINTS_EXPORTED = 'otel.sdk.exporter.metric_data_point.exported';

/** A drop that the SDK counted, by the reason it gave. */
export type DropListener = (signal: 'traces' | 'metrics' | 'logs', reason: string, count: number) => void;

export class SelfMetrics implements MeterProvider {
  readonly #metrics: Metrics;
  readonly #dropped: DropListener;
  readonly #declared = new Set<string>();

  constructor(metrics: Metrics, dropped: DropListener) {
    this.#metrics = metrics;
    this.#dropped = dropped;
  }

  getMeter(): Meter {
    return {
      createCounter: (name, options) => this.#counter(name, options),
      createUpDownCounter: (name, options) => this.#upDownCounter(name, options),
      createGauge: (name, options) => this.#gauge(name, options),
      createHistogram: (name, options) => this.#histogram(name, options),
      createObservableCounter: (name, options) => this.#observable(name, options),
      createObservableGauge: (name, options) => this.#observable(name, options),
      createObservableUpDownCounter: (name, options) => this.#observable(name, options),
      // The SDK's own instruments are observed one by one.
      addBatchObservableCallback: (_callback: BatchObservableCallback): void => undefined,
      removeBatchObservableCallback: (_callback: BatchObservableCallback): void => undefined,
    };
  }

  #declare(name: string, type: 'counter' | 'gauge' | 'histogram', options: MetricOptions | undefined): string {
    const unit = options?.unit === 's' ? '_seconds' : '';
    const shown = `${name.replaceAll('.', '_')}${unit}${type === 'counter' ? '_total' : ''}`;
    if (!this.#declared.has(shown)) {
      this.#declared.add(shown);
      this.#metrics.declare(shown, { type, labels: LABELS, help: options?.description ?? name });
    }
    return shown;
  }

  #counter(name: string, options: MetricOptions | undefined): Counter {
    const family = this.#metrics.numbers(this.#declare(name, 'counter', options));
    const signal = name.includes('.log') ? 'logs' : name.includes('.metric') ? 'metrics' : 'traces';
    const drops = tellsOfDrops(name);
    return {
      add: (value, attributes) => {
        family.series(labelsOf(attributes)).value += value;
        const reason = attributes?.['error.type'];
        if (drops && reason !== undefined) this.#dropped(signal, String(reason), value);
      },
    };
  }

  #upDownCounter(name: string, options: MetricOptions | undefined): UpDownCounter {
    const family = this.#metrics.numbers(this.#declare(name, 'gauge', options));
    return { add: (value, attributes) => void (family.series(labelsOf(attributes)).value += value) };
  }

  #gauge(name: string, options: MetricOptions | undefined): Gauge {
    const family = this.#metrics.numbers(this.#declare(name, 'gauge', options));
    return { record: (value, attributes) => void (family.series(labelsOf(attributes)).value = value) };
  }

  #histogram(name: string, options: MetricOptions | undefined): Histogram {
    const family = this.#metrics.histograms(this.#declare(name, 'histogram', options));
    return { record: (value, attributes) => family.series(labelsOf(attributes)).observe(value) };
  }

  #observable(name: string, options: MetricOptions | undefined): Observable {
    const family = this.#metrics.numbers(this.#declare(name, 'gauge', options));
    const callbacks = new Set<ObservableCallback>();
    family.addReader(() => {
      const readings: (readonly [Labels, number])[] = [];
      const observe = (value: number, attributes?: Attributes): void =>
        void readings.push([labelsOf(attributes), value]);
      // The SDK's callbacks read a length and return; one that were asynchronous would be too late for this scrape.
      for (const callback of callbacks) void callback({ observe });
      return readings;
    });
    return {
      addCallback: (callback) => void callbacks.add(callback),
      removeCallback: (callback) => void callbacks.delete(callback),
    };
  }
}

/** Spans and logs are counted by their processors, with what never came as far as an exporter; pushes of metrics only by the exporter. */
function tellsOfDrops(name: string): boolean {
  return name.includes('.processor.') || name === METRIC_POINTS_EXPORTED;
}

function labelsOf(attributes: Attributes | undefined): Labels {
  return {
    otel_component_type: String(attributes?.['otel.component.type'] ?? ''),
    otel_component_name: String(attributes?.['otel.component.name'] ?? ''),
    error_type: String(attributes?.['error.type'] ?? ''),
  };
}
