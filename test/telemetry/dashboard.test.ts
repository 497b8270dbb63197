/**
 * Goal: the dashboard and the rules are well-formed: every panel is described, every query is scoped and names what is declared. Method:
 * rules of the dashboard linter as tests; promtool. That no panel is dead shows test/e2e/dashboard.test.ts, that rules fire test/alerts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { INSTRUMENTS } from '../../src/telemetry/metrics/instruments';
import { dashboards, panels, queries } from '../support/dashboard';
import { describeWithProgram, findProgram } from '../support/outside-program';

const root = join(__dirname, '..', '..');

test('there is one datasource variable, and every panel uses it', () => {
  for (const { title, templating } of dashboards)
    expect([title, templating.list.filter((each) => each.type === 'datasource')]).toEqual([title, [expect.anything()]]);
  expect(panels.filter((panel) => panel.datasource?.uid !== '${datasource}')).toEqual([]);
});

test('every panel has a title of its own, a description, a unit and a visible legend', () => {
  expect(new Set(panels.map((panel) => panel.title)).size).toBe(panels.length);
  expect(panels.filter((panel) => (panel.description ?? '').length < 20)).toEqual([]);
  const unitless = panels.filter((panel) => panel.fieldConfig?.defaults.unit === undefined);
  expect(unitless.map(({ type }) => type)).toEqual(['alertlist']);
  const hidden = panels.filter((panel) => panel.type === 'timeseries' && panel.options?.legend?.showLegend !== true);
  expect(hidden).toEqual([]);
});

test.each(queries)('$panel: every selector matches job and instance, and rates use the rate interval', ({ expr }) => {
  for (const [selector] of expr.matchAll(/\{[^}]*\}/g)) {
    expect(selector).toContain('job=~"$job"');
    expect(selector).toContain('instance=~"$instance"');
  }
  for (const [, range] of expr.matchAll(/\[([^\]]+)\]/g)) expect(range).toBe('$__rate_interval');
});

/** What panels and rules call by a name of ours, without a histogram's suffix. */
function named(): string[] {
  const rules = readdirSync(join(root, 'otel', 'rules'))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => readFileSync(join(root, 'otel', 'rules', name), 'utf8'));
  const text = [...queries.map((each) => each.expr), ...rules].join('\n');
  const found = text.matchAll(/\b(?:seaglass|rpc|messaging)_\w+/g);
  return [...found].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));
}

test('every metric named in a panel or a rule is one that is declared', () => {
  const known = new Set(Object.keys(INSTRUMENTS));
  const labels = new Set(Object.values(INSTRUMENTS).flatMap((each): readonly string[] => each.labels));
  expect(named().filter((name) => !known.has(name) && !labels.has(name))).toEqual([]);
});

test('every declared metric is shown by a panel or asked by a rule', () => {
  const shown = new Set(named());
  const hidden = Object.keys(INSTRUMENTS).filter((name) => !shown.has(name));
  expect(hidden).toEqual([]);
});

describeWithProgram('promtool', 'SEAGLASS_TEST_PROMTOOL')('promtool', () => {
  const promtool = findProgram('promtool', 'SEAGLASS_TEST_PROMTOOL') ?? 'promtool';
  const yamls = (directory: string): string[] =>
    readdirSync(join(root, directory))
      .filter((name) => name.endsWith('.yml'))
      .map((name) => join(root, directory, name));

  test.each([
    ['the rules are valid', ['check', 'rules', ...yamls('otel/rules')]],
    ['the configuration is valid', ['check', 'config', join(root, 'otel', 'prometheus.yml')]],
  ])('%s', (_claim, parameters) => {
    const { status, stdout, stderr } = spawnSync(promtool, parameters, { encoding: 'utf8' });
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
  });
});
