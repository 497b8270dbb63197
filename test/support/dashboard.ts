/** The dashboard of grafana/, its panels and their queries. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly options?: { readonly legend?: { readonly showLegend: boolean } };
}

export const dashboard = JSON.parse(readFileSync(join(__dirname, '..', '..', 'grafana', 'seaglass.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
};
export const panels = dashboard.panels.filter((panel) => panel.type !== 'row');
export const queries = panels.flatMap((panel) =>
  (panel.targets ?? []).map(({ expr }) => ({ panel: panel.title, expr })),
);

/** A query with Grafana's variables filled in as it would. */
export function concrete(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.+').replaceAll('$instance', '.+');
}
