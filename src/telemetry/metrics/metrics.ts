/**
 * The registry behind `Instruments`: every declared instrument as a family in one prom-client registry, which /metrics prints and
 * OTLP push converts. Exemplars are attached only where the trace was kept, so that none leads nowhere.
 */
import type { Metric } from 'prom-client';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock } from '../../clock';
import { assert } from '../../assert';
import type { CounterName, ExemplarSource, GaugeName, HistogramName, Instruments, LabelsOf } from './instruments';
import type { InstrumentDeclaration } from './instrument-declaration';
import type { InstrumentName } from './instruments';
import { INSTRUMENTS } from './instruments';
import type { Exemplar } from './histogram';
import { HistogramSeries } from './histogram';
import { LabelCaps } from './label-caps';
import type { Labels, MetricSnapshot } from './metric-family';
import { MetricFamily, NumberSeries } from './metric-family';

export interface MetricsOptions {
  readonly clock: Clock;
  /** Adds the process's own metrics (event loop, memory, garbage collection), which keep observers alive. */
  readonly runtimeMetrics: boolean;
}

/** What HistogramSeries and NumberSeries share: a place for an exemplar. */
interface ExemplarHolder {
  attach(exemplar: Exemplar): void;
}

export class Metrics implements Instruments {
  readonly registry = new Registry();
  readonly #clock: Clock;
  readonly #caps = new LabelCaps((label, value) => this.#named(label, value));
  readonly #numbers = new Map<string, MetricFamily<NumberSeries>>();
  readonly #watchers = new Map<string, (labels: Labels, source: ExemplarSource | undefined) => void>();
  readonly #histograms = new Map<string, MetricFamily<HistogramSeries>>();
  readonly #namedListeners: ((topic: string) => void)[] = [];
  readonly #endListeners: ((topic: string) => void)[] = [];

  constructor(options: MetricsOptions) {
    this.#clock = options.clock;
    for (const [name, declaration] of Object.entries(INSTRUMENTS)) this.declare(name, declaration);
    if (!options.runtimeMetrics) return;
    collectDefaultMetrics({ register: this.registry });
    // Gauges named as counters; the same numbers are there by type, in nodejs_active_resources and its like.
    for (const kind of ['handles', 'requests', 'resources'])
      this.registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  }

  /** Adds an instrument that is not in the list: the OpenTelemetry SDK names its own. */
  declare(name: string, declaration: InstrumentDeclaration): void {
    if (declaration.type === 'histogram') {
      this.#register(this.#histograms, new MetricFamily(name, declaration, this.#caps, () => new HistogramSeries()));
    } else {
      const family = new MetricFamily(name, declaration, this.#caps, () => new NumberSeries());
      this.#register(this.#numbers, family);
      // A metric without labels is 0 before it is first counted, so that its rate is known from the start.
      if (declaration.labels.length === 0) family.series({});
      for (const labels of declaration.startsAt0 ?? []) family.series(labels);
    }
  }

  numbers(name: string): MetricFamily<NumberSeries> {
    const family = this.#numbers.get(name);
    assert(family !== undefined, `a declared counter or gauge, not ${name}`);
    return family;
  }

  histograms(name: string): MetricFamily<HistogramSeries> {
    const family = this.#histograms.get(name);
    assert(family !== undefined, `a declared histogram, not ${name}`);
    return family;
  }

  add<N extends CounterName>(name: N, labels: LabelsOf<N>, value = 1, source?: ExemplarSource): void {
    if (value > 0) this.#watchers.get(name)?.(labels, source);
    const series = this.numbers(name).series(labels);
    series.value += value;
    if (source !== undefined) this.#point({ attach: (exemplar) => void (series.exemplar = exemplar) }, value, source);
  }

  /** Told of what is about to be added to a counter that only a fault counts; one watcher each. */
  whenCounted<N extends CounterName>(
    name: N,
    watcher: (labels: LabelsOf<N>, source: ExemplarSource | undefined) => void,
  ): void {
    this.#watchers.set(name, watcher);
  }

  set<N extends GaugeName>(name: N, labels: LabelsOf<N>, value: number): void {
    this.numbers(name).series(labels).value = value;
  }

  observe<N extends GaugeName>(name: N, read: () => Iterable<readonly [LabelsOf<N>, number]>): void {
    this.numbers(name).addReader(read as () => Iterable<readonly [Labels, number]>);
  }

  record<N extends HistogramName>(name: N, labels: LabelsOf<N>, value: number, source?: ExemplarSource): void {
    const series = this.histograms(name).series(labels);
    series.observe(value);
    if (source !== undefined) this.#point(series, value, source);
  }

  topicInTrouble(topic: string): void {
    const evicted = this.#caps.inTrouble('topic', topic);
    if (evicted !== undefined) this.#remove(evicted);
  }

  topicCalm(topic: string): void {
    this.#caps.calm('topic', topic);
  }

  /** False where what is counted of the topic may be under `_other`, so that a count that is not there is not 0. */
  tellsTopic(topic: string): boolean {
    return this.#caps.isTold('topic', topic);
  }

  topicEnded(topic: string): void {
    const shown = this.#caps.ended('topic', topic);
    if (shown !== undefined) this.#remove(shown);
    for (const listener of this.#endListeners) listener(topic);
  }

  whenTopicNamed(listener: (topic: string) => void): void {
    this.#namedListeners.push(listener);
  }

  whenTopicEnds(listener: (topic: string) => void): void {
    this.#endListeners.push(listener);
  }

  #named(label: string, value: string): void {
    if (label === 'topic') for (const listener of this.#namedListeners) listener(value);
  }

  #remove(topic: string): void {
    for (const family of [...this.#numbers.values(), ...this.#histograms.values()]) family.remove('topic', topic);
  }

  /** Everything in the registry, the process's own metrics included. */
  async snapshots(): Promise<readonly MetricSnapshot[]> {
    return (await this.registry.getMetricsAsJSON()) as unknown as readonly MetricSnapshot[];
  }

  /** What a test or the console reads of one series; undefined where it was never counted. */
  value(name: InstrumentName, labels: Labels): number | undefined {
    const wanted = Object.entries(labels);
    const family = this.#numbers.get(name) ?? this.#histograms.get(name);
    const found = family
      ?.snapshot()
      .values.find(
        (each) =>
          (each.metricName === undefined || each.metricName.endsWith('_count')) &&
          wanted.every(([label, value]) => each.labels[label] === value),
      );
    return found?.value;
  }

  #register<S extends NumberSeries | HistogramSeries>(
    into: Map<string, MetricFamily<S>>,
    family: MetricFamily<S>,
  ): void {
    into.set(family.name, family);
    // prom-client's type names its own classes; its registry asks nothing of a metric but `name` and `get()`.
    this.registry.registerMetric(family as unknown as Metric);
  }

  #point(holder: ExemplarHolder, value: number, source: ExemplarSource): void {
    const atMs = this.#clock.nowMs();
    const attach = (): void => holder.attach({ traceId: source.traceId, spanId: source.spanId, value, atMs });
    if (source.kept) attach();
    else source.whenKept?.(attach);
  }
}
