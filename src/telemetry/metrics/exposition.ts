/**
 * Metrics as text: Prometheus' plain format, or OpenMetrics with exemplars. prom-client's own printer renames counters for good
 * when it prints OpenMetrics once, and one registry here answers both kinds of scraper.
 */
import type { MetricSnapshot, MetricValue } from './metric-family';

export type ExpositionFormat = 'text' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export function exposition(metrics: readonly MetricSnapshot[], format: ExpositionFormat): string {
  const lines: string[] = [];
  for (const metric of metrics) {
    // OpenMetrics names a counter's family without the suffix that its samples carry.
    const family =
      format === 'openmetrics' && metric.type === 'counter' ? metric.name.replace(/_total$/, '') : metric.name;
    lines.push(`# HELP ${family} ${escapeHelp(metric.help, format)}`, `# TYPE ${family} ${metric.type}`);
    for (const value of metric.values) lines.push(sample(metric, family, value, format));
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function sample(metric: MetricSnapshot, family: string, value: MetricValue, format: ExpositionFormat): string {
  const plain = value.metricName ?? metric.name;
  const name = format === 'openmetrics' && metric.type === 'counter' ? `${family}_total` : plain;
  const line = `${name}${labelText(value.labels)} ${numberText(value.value)}`;
  const exemplar = value.exemplar;
  if (exemplar === undefined || exemplar === null || format === 'text') return line;
  const ids = labelText({ trace_id: exemplar.traceId, span_id: exemplar.spanId });
  return `${line} # ${ids} ${numberText(exemplar.value)} ${(exemplar.atMs / 1_000).toFixed(3)}`;
}

/** prom-client's own bucket bounds are numbers. */
function labelText(labels: Readonly<Record<string, string | number>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function escapeHelp(help: string, format: ExpositionFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
