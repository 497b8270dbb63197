/** The dashboards of grafana/, their panels and their queries. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Prometheus } from './prometheus';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly options?: { readonly legend?: { readonly showLegend: boolean } };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  /** Of the data source that one chooses it is a name. */
  readonly query: string | { readonly query: string };
  readonly allValue?: string;
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

const directory = join(__dirname, '..', '..', 'grafana');
export const dashboards = readdirSync(directory)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as Dashboard);
export const panels = dashboards.flatMap((each) => each.panels).filter((panel) => panel.type !== 'row');
export const queries = panels.flatMap((panel) =>
  (panel.targets ?? []).map(({ expr }) => ({ panel: panel.title, expr })),
);

/** What a dashboard's variables stand for, as regular expressions. */
export type Chosen = Readonly<Record<string, string>>;

/** What each stands for where all is chosen, as Grafana finds it out: the values that there are, those of one variable after the other. */
export async function allChosen({ labelValues }: Prometheus): Promise<Chosen> {
  const chosen: Record<string, string> = {};
  for (const { name, query, allValue } of dashboards[0]?.templating.list ?? []) {
    const [, selector, label] =
      (typeof query === 'string' ? [] : /^label_values\((.+), (\w+)\)$/.exec(query.query)) ?? [];
    if (selector === undefined || label === undefined) continue;
    const values = await labelValues(concrete(selector, chosen), label);
    chosen[name] = allValue ?? `(${values.join('|')})`;
  }
  return chosen;
}

/** A query with Grafana's variables filled in as it would. */
export function concrete(expr: string, chosen: Chosen): string {
  return expr
    .replaceAll('$__rate_interval', '1m')
    .replace(/\$(job|instance)\b/g, (_, name: string) => chosen[name] ?? '');
}
