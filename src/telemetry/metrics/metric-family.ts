/**
 * One instrument of the list with its series. A family answers `get()` in the form prom-client's registry asks for, so that our
 * cheap series stand in the same registry as prom-client's own process metrics.
 */
import { clientName } from '../trace/client-name';
import type { InstrumentDeclaration } from './instrument-declaration';
import type { Exemplar } from './histogram';
import { HistogramSeries } from './histogram';
import type { LabelCaps } from './label-caps';
import { OTHER_LABEL } from './label-caps';

export type Labels = Readonly<Record<string, string>>;

/** One line of an exposition, as prom-client's registry passes it on. */
export interface MetricValue {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
  /** prom-client's own histograms say null. */
  readonly exemplar?: Exemplar | null | undefined;
}
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly MetricValue[];
}

/** A counter or a gauge. */
export class NumberSeries {
  value = 0;
  exemplar: Exemplar | undefined = undefined;
}

export type GaugeReader = () => Iterable<readonly [Labels, number]>;

export class MetricFamily<Series extends NumberSeries | HistogramSeries> {
  readonly name: string;
  readonly declaration: InstrumentDeclaration;
  readonly #make: () => Series;
  readonly #caps: LabelCaps;
  readonly #series = new Map<string, { readonly labels: Labels; readonly series: Series }>();
  readonly #readers: GaugeReader[] = [];

  constructor(name: string, declaration: InstrumentDeclaration, caps: LabelCaps, make: () => Series) {
    this.name = name;
    this.declaration = declaration;
    this.#caps = caps;
    this.#make = make;
  }

  /** The series with these labels, made at its first use. Values past their label's cap share one series. */
  series(labels: Labels): Series {
    const names = this.declaration.labels;
    const { namedMax } = this.declaration;
    let key = '';
    for (let index = 0; index < names.length; index++) {
      const name = names[index] ?? '';
      const given = labels[name] ?? '';
      const value = namedMax === undefined ? this.#caps.capped(name, given) : clientName(given);
      key = index === 0 ? value : `${key}\u0000${value}`;
    }
    if (namedMax !== undefined && this.#series.size >= namedMax && !this.#series.has(key)) {
      key = names.map(() => OTHER_LABEL).join('\u0000');
    }
    let entry = this.#series.get(key);
    if (entry === undefined) {
      const values = key.split('\u0000');
      const own = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
      entry = { labels: own, series: this.#make() };
      if (this.declaration.namedOnly === true && names.some((name) => own[name] === OTHER_LABEL)) return entry.series;
      this.#series.set(key, entry);
    }
    return entry.series;
  }

  /** Takes out what has this label. Nobody goes on with its counts: to whoever asks for rates they would be new there. */
  remove(label: string, shown: string): void {
    if (!this.declaration.labels.includes(label)) return;
    for (const [key, { labels }] of [...this.#series]) if (labels[label] === shown) this.#series.delete(key);
  }

  addReader(read: GaugeReader): void {
    this.#readers.push(read);
  }

  *entries(): Iterable<{ readonly labels: Labels; readonly series: Series }> {
    yield* this.#series.values();
  }

  get(): Promise<MetricSnapshot> {
    return Promise.resolve(this.snapshot());
  }

  snapshot(): MetricSnapshot {
    const values: MetricValue[] = [];
    this.#readGauges();
    for (const { labels, series } of this.#series.values()) {
      if (series instanceof HistogramSeries) values.push(...histogramValues(this.name, labels, series));
      else values.push({ labels, value: series.value, exemplar: series.exemplar });
    }
    return { name: this.name, help: this.declaration.help, type: this.declaration.type, values };
  }

  /** Readings of several readers with the same labels add up; a series that no reader names any more falls to 0, or is gone (`namedMax`). */
  #readGauges(): void {
    if (this.#readers.length === 0) return;
    if (this.declaration.namedMax !== undefined) this.#series.clear();
    for (const { series } of this.#series.values()) if (series instanceof NumberSeries) series.value = 0;
    for (const read of this.#readers) {
      for (const [labels, value] of read()) {
        const series = this.series(labels);
        if (series instanceof NumberSeries) series.value += value;
      }
    }
  }
}

/** One that has counted nothing says so in three lines. */
function* histogramValues(name: string, labels: Labels, series: HistogramSeries): Iterable<MetricValue> {
  let cumulative = 0;
  for (let index = series.count === 0 ? series.bounds.length : 0; index < series.counts.length; index++) {
    cumulative += series.counts[index] ?? 0;
    const bound = series.bounds[index];
    yield {
      labels: { ...labels, le: bound === undefined ? '+Inf' : String(bound) },
      value: cumulative,
      metricName: `${name}_bucket`,
      exemplar: series.exemplars[index],
    };
  }
  yield { labels, value: series.sum, metricName: `${name}_sum` };
  yield { labels, value: series.count, metricName: `${name}_count` };
}
