/** A dashboard as Grafana reads it from a file: datasource, job and instance to choose from, restarts as annotations, links to its sisters. */
import type { Dashboard, Panel, QueryPanel } from './panels';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;
const SELECTORS = 'job=~"$job", instance=~"$instance"';
const COLUMNS = 24;
const HEIGHTS = { timeseries: 8, table: 8, stat: 4, 'state-timeline': 4, alertlist: 8 } as const;
const LEGEND = { displayMode: 'list', placement: 'bottom', showLegend: true } as const;

export function grafanaJson({ uid, title, rows }: Dashboard): string {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      gridPos: { h: 1, w: COLUMNS, x: 0, y },
      panels: [],
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) {
        y += height;
        [x, height] = [0, 0];
      }
      const h = HEIGHTS[panel.type];
      panels.push({ id: panels.length + 1, ...panelJson(panel), gridPos: { h, w: panel.width, x, y } });
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  const whole = {
    uid,
    title,
    tags: ['seaglass', 'kafka'],
    timezone: 'browser',
    schemaVersion: 41,
    version: 1,
    editable: true,
    refresh: '10s',
    time: { from: 'now-30m', to: 'now' },
    links: [
      {
        type: 'dashboards',
        title: 'Seaglass',
        tags: ['seaglass'],
        asDropdown: true,
        keepTime: true,
        includeVars: true,
      },
    ],
    templating: { list: [datasourceVariable, variable('job', ''), variable('instance', '{job=~"$job"}')] },
    annotations: { list: [restarts] },
    panels,
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

const datasourceVariable = {
  name: 'datasource',
  label: 'Data source',
  type: 'datasource',
  query: 'prometheus',
  current: {},
} as const;

/** All is each that there is of ours: another regular expression would take in whatever else this Prometheus scrapes. */
function variable(name: string, selector: string): object {
  return {
    name,
    label: name,
    type: 'query',
    datasource: DATASOURCE,
    query: { query: `label_values(seaglass_phase_started_total${selector}, ${name})`, refId: name },
    refresh: 2,
    includeAll: true,
    multi: true,
    current: { text: 'All', value: '$__all' },
  };
}

/** A process in its first minute, however long there was none before it. */
export const RESTARTS = `time() - process_start_time_seconds{${SELECTORS}} < 60`;
const restarts = {
  name: 'Restarts',
  datasource: DATASOURCE,
  enable: true,
  iconColor: 'orange',
  expr: RESTARTS,
  titleFormat: 'Restart',
  textFormat: '{{instance}} began anew',
  step: '15s',
} as const;

function panelJson(panel: Panel): object {
  const { type, title, description } = panel;
  const common = { type, title, description, datasource: DATASOURCE };
  if (panel.type === 'alertlist')
    return {
      ...common,
      options: { alertName: 'Seaglass', viewMode: 'list', sortOrder: 3, stateFilter: { firing: true, pending: true } },
    };
  return {
    ...common,
    targets: targetsOf(panel),
    fieldConfig: { defaults: { unit: panel.unit, min: 0, mappings: mappingsOf(panel) }, overrides: [] },
    options: optionsOf(panel),
    ...(panel.type === 'table' ? { transformations: columnsOf(panel) } : {}),
  };
}

/** One table of all queries, by the labels that they have in common: when and the job are left out, and the values are called by their legends. */
function columnsOf({ queries }: QueryPanel): object[] {
  const names = queries.map(([, legend], index): readonly [string, string] => [
    queries.length === 1 ? 'Value' : `Value #${refIdOf(index)}`,
    legend,
  ]);
  const options = { excludeByName: { Time: true, __name__: true, job: true }, renameByName: Object.fromEntries(names) };
  return [
    { id: 'merge', options: {} },
    { id: 'organize', options },
  ];
}

const refIdOf = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

function targetsOf({ type, queries }: QueryPanel): object[] {
  return queries.map(([expr, legendFormat], index) => ({
    refId: refIdOf(index),
    datasource: DATASOURCE,
    expr: expr.replaceAll('$S', SELECTORS).replaceAll('$R', '$__rate_interval'),
    legendFormat: type === 'table' ? '' : legendFormat,
    ...(type === 'timeseries' ? { exemplar: true } : {}),
    ...(type === 'table' ? { instant: true, format: 'table' } : {}),
  }));
}

function mappingsOf({ words }: QueryPanel): object[] {
  if (words === undefined) return [];
  const options = Object.fromEntries(
    Object.entries(words).map(([value, shown], index) => [value, { ...shown, index }]),
  );
  return [{ type: 'value', options }];
}

function optionsOf({ type }: QueryPanel): object {
  if (type === 'timeseries') return { legend: LEGEND, tooltip: { mode: 'multi', sort: 'desc' } };
  if (type === 'state-timeline')
    return { legend: { ...LEGEND, showLegend: false }, showValue: 'always', mergeValues: true };
  if (type === 'stat')
    return { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'background', textMode: 'value_and_name' };
  return { showHeader: true };
}
