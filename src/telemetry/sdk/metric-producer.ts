/** The registry of /metrics as a source for OTLP push: one declaration of every instrument, two ways out. */
import type { HrTime } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { CollectionResult, DataPoint, Histogram, MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import type { Clock } from '../../clock';
import type { Labels, MetricSnapshot, MetricValue } from '../metrics/metric-family';
import type { Metrics } from '../metrics/metrics';

export interface RegistryProducerOptions {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}

export class RegistryProducer implements MetricProducer {
  readonly #options: RegistryProducerOptions;
  readonly #startTime: HrTime;

  constructor(options: RegistryProducerOptions) {
    this.#options = options;
    this.#startTime = hrTime(options.clock.nowMs());
  }

  async collect(): Promise<CollectionResult> {
    const { metrics, clock, resource, scope } = this.#options;
    const times = { startTime: this.#startTime, endTime: hrTime(clock.nowMs()) };
    const converted = (await metrics.snapshots()).map((snapshot) => metricData(snapshot, times));
    return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics: converted }] }, errors: [] };
  }
}

interface Times {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

function metricData(snapshot: MetricSnapshot, times: Times): MetricData {
  const common = {
    descriptor: {
      // A counter's suffix is the exposition's; a gauge's name is its own.
      name: snapshot.type === 'counter' ? snapshot.name.replace(/_total$/, '') : snapshot.name,
      description: snapshot.help,
      unit: unitOf(snapshot.name),
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const points = (): DataPoint<number>[] =>
    snapshot.values.map(({ labels, value }) => ({ ...times, attributes: { ...labels }, value }));
  switch (snapshot.type) {
    case 'counter':
      return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points() };
    case 'histogram':
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: histogramPoints(snapshot, times) };
    default:
      return { ...common, dataPointType: DataPointType.GAUGE, dataPoints: points() };
  }
}

/** The lines of one series of a histogram (buckets, sum, count) come together again. */
function histogramPoints(snapshot: MetricSnapshot, times: Times): DataPoint<Histogram>[] {
  const series = new Map<string, { labels: Labels; buckets: MetricValue[]; sum: number; count: number }>();
  for (const value of snapshot.values) {
    const labels = Object.fromEntries(Object.entries(value.labels).filter(([name]) => name !== 'le'));
    const key = JSON.stringify(labels);
    let one = series.get(key);
    if (one === undefined) series.set(key, (one = { labels, buckets: [], sum: 0, count: 0 }));
    if (value.metricName?.endsWith('_bucket') === true) one.buckets.push(value);
    else if (value.metricName?.endsWith('_sum') === true) one.sum = value.value;
    else one.count = value.value;
  }
  return [...series.values()].map(({ labels, buckets, sum, count }) => {
    const boundaries = buckets.map((bucket) => Number(bucket.labels['le'])).filter(Number.isFinite);
    const counts = buckets.map((bucket, index) => bucket.value - (buckets[index - 1]?.value ?? 0));
    return { ...times, attributes: labels, value: { buckets: { boundaries, counts }, sum, count } };
  });
}

function unitOf(name: string): string {
  if (name.includes('_seconds')) return 's';
  return name.includes('_bytes') ? 'By' : '1';
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
}
