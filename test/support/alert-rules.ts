/** The rules of otel/rules, and which incidents each of them tells. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { INCIDENT_KINDS, type IncidentKind } from '../../src/telemetry/incidents/incident-kinds';

interface DeclaredRule {
  readonly alert: string;
  readonly expr: string;
  /** Seconds it waits, as `8s` or `1m`. */
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

export interface AlertRule extends DeclaredRule {
  readonly file: string;
  readonly waitsS: number;
  /** That it says; none where it has another source. */
  readonly kinds: readonly IncidentKind[];
}

const RULES = join(__dirname, '..', '..', 'otel', 'rules');

export const ruleFiles = readdirSync(RULES)
  .filter((name) => name.endsWith('.yml'))
  .map((name) => join(RULES, name));

export const alertRules: readonly AlertRule[] = ruleFiles.flatMap((file) => {
  const { groups } = parse(readFileSync(file, 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly DeclaredRule[] }[];
  };
  return groups.flatMap(({ rules }) =>
    rules.map((rule) => ({ ...rule, file, waitsS: secondsOf(rule.for ?? '0s'), kinds: kindsOf(rule.expr) })),
  );
});

function secondsOf(duration: string): number {
  const [, count = '', unit = ''] = /^(\d+)([sm])$/.exec(duration) ?? [];
  if (unit === '') throw new Error(`not a duration: ${duration}`);
  return Number(count) * (unit === 'm' ? 60 : 1);
}

/** What stands behind `unless` is told by another. */
function kindsOf(expr: string): readonly IncidentKind[] {
  const [said = ''] = expr.split(/\bunless\b/);
  const named = [...said.matchAll(/\bkind=~?"([^"]*)"/g)].flatMap(([, kinds = '']) => kinds.split('|'));
  return (Object.keys(INCIDENT_KINDS) as readonly IncidentKind[]).filter((kind) => named.includes(kind));
}
