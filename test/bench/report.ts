/** Medians, ratios, the printed table, the JSON file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** One figure of one system in one round. */
export interface Sample {
  readonly section: string;
  readonly measure: string;
  readonly unit: string;
  readonly system: string;
  readonly value: number;
}

export interface Row {
  readonly section: string;
  readonly measure: string;
  readonly unit: string;
  readonly system: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** In the order of the rounds. */
  readonly values: readonly number[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

export function rows(samples: readonly Sample[]): Row[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = `${sample.section}|${sample.measure}|${sample.system}`;
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    if (!first) return [];
    const values = group.map((sample) => sample.value);
    const { section, measure, unit, system } = first;
    return [
      {
        section,
        measure,
        unit,
        system,
        median: median(values),
        min: Math.min(...values),
        max: Math.max(...values),
        values,
      },
    ];
  });
}

const shown = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);

/** What slows a round down slows all its systems down: ratios are of the same round. */
function ratio({ values }: Row, base: Row): string {
  const ratios = values.map((value, round) => value / (base.values[round] ?? NaN)).filter(Number.isFinite);
  return ratios.length === 0 ? '' : ` (${median(ratios).toFixed(2)}×)`;
}

/** One table a section: measures down, systems across; behind each figure the median of its rounds' ratios to the section's first system. */
export function table(all: readonly Row[]): string {
  const lines: string[] = [];
  for (const section of new Set(all.map((row) => row.section))) {
    const inSection = all.filter((row) => row.section === section);
    const systems = [...new Set(inSection.map((row) => row.system))];
    lines.push(
      '',
      `### ${section}`,
      '',
      `| median | ${systems.join(' | ')} |`,
      `|---|${systems.map(() => '---:').join('|')}|`,
    );
    for (const measure of new Set(inSection.map((row) => row.measure))) {
      const base = inSection.find((row) => row.measure === measure && row.system === systems[0]);
      const cells = systems.map((system) => {
        const row = inSection.find((candidate) => candidate.measure === measure && candidate.system === system);
        if (!row) return '';
        return `${shown(row.median)}${base && row !== base ? ratio(row, base) : ''}`;
      });
      const unit = inSection.find((row) => row.measure === measure)?.unit ?? '';
      lines.push(`| ${measure}, ${unit} | ${cells.join(' | ')} |`);
    }
  }
  return lines.join('\n');
}

export function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform} ${process.arch}`;
}

/** Writes the samples and medians; returns the path. */
export function writeJson(repository: string, settings: unknown, samples: readonly Sample[]): string {
  const directory = join(repository, 'test', 'bench', 'results');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
  writeFileSync(path, `${JSON.stringify({ machine: machine(), settings, rows: rows(samples), samples }, null, 2)}\n`);
  return path;
}
