/**
 * Goal: every alert fires when it should and only then, and whoever is called finds what to do. Method: the rules of otel/rules under
 * promtool, in scenarios made of one table; rules, table and runbook hold one another complete; amtool asks the example configuration.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DRILL_NAMES, drillOf } from '../../src/drills/drill-list';
import { describeWithProgram, findProgram } from '../support/outside-program';
import { ALERTS } from './alert-table';
import { scenariosOf } from './scenarios';

const otel = join(__dirname, '..', '..', 'otel');
const ruleFiles = readdirSync(join(otel, 'rules'))
  .filter((name) => name.endsWith('.yml'))
  .map((name) => join(otel, 'rules', name));

interface Rule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

const rules = ruleFiles.flatMap((file) => {
  const { groups } = parse(readFileSync(file, 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  };
  return groups.flatMap((group) => group.rules.map((rule) => ({ ...rule, file })));
});
const names = rules.map(({ alert }) => alert).sort();

test('every alert is in the table, with its severity', () => {
  expect([...new Set(ALERTS.map(({ alert }) => alert))].sort()).toEqual(names);
  for (const { alert, severity } of ALERTS)
    expect([alert, rules.find((rule) => rule.alert === alert)?.labels.severity]).toEqual([alert, severity]);
});

test('every alert has its section in the runbook, and no section is of none', () => {
  const runbook = readFileSync(join(otel, 'runbook.md'), 'utf8');
  const sections = [...runbook.matchAll(/^### (\w+)\n\n([\s\S]*?)(?=^##|(?![\s\S]))/gm)];
  expect(sections.map(([, name]) => name).sort()).toEqual(names);
  for (const [, name, text] of sections) {
    expect([name, text]).toEqual([name, expect.stringMatching(/^- Look: /m)]);
    expect([name, text]).toEqual([name, expect.stringMatching(/^- Do: /m)]);
  }
  for (const { alert, annotations } of rules)
    expect(annotations.runbook_url).toBe(`otel/runbook.md#${alert.toLowerCase()}`);
});

test('every alert that a drill waits for or allows is there, as a page or as a ticket', () => {
  const both = (['embedded', 'seaweedmq'] as const).flatMap((engine) =>
    DRILL_NAMES.map((drill) => drillOf(drill, engine)),
  );
  const named = both.flatMap(({ expects }) => {
    return expects === 'calm'
      ? []
      : [...(expects.alert === undefined ? [] : [expects.alert]), ...(expects.alsoAlerts ?? [])];
  });
  expect(named.length).toBeGreaterThan(10);
  expect([...new Set(named)].filter((name) => !names.includes(name))).toEqual([]);
});

describeWithProgram('promtool', 'SEAGLASS_TEST_PROMTOOL')('promtool', () => {
  const promtool = findProgram('promtool', 'SEAGLASS_TEST_PROMTOOL') ?? 'promtool';
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-rules-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each([...new Set(names)])('%s', (alert) => {
    const tests = ALERTS.filter((trouble) => trouble.alert === alert).flatMap(scenariosOf);
    const file = join(directory, `${alert}.yml`);
    const rule_files = rules.filter((rule) => rule.alert === alert).map((rule) => rule.file);
    writeFileSync(file, JSON.stringify({ rule_files, evaluation_interval: '2s', tests }));
    const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', file], { encoding: 'utf8' });
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
    expect(tests.length).toBeGreaterThan(3);
  });
});

describeWithProgram('amtool', 'SEAGLASS_TEST_AMTOOL')('amtool', () => {
  const amtool = findProgram('amtool', 'SEAGLASS_TEST_AMTOOL') ?? 'amtool';
  const config = join(otel, 'alertmanager.yml');
  const ask = (...words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(amtool, words, { encoding: 'utf8' });
    return { status, said: stdout.trim(), stderr };
  };

  test('the example is valid', () => {
    expect(ask('check-config', config)).toMatchObject({ status: 0, said: expect.stringContaining('6 inhibit rules') });
  });

  test.each([
    ['page', 'pages'],
    ['ticket', 'tickets'],
  ])('a %s goes to %s', (severity, receiver) => {
    const labels = ['alertname=SeaglassAny', `severity=${severity}`, 'job=seaglass'];
    expect(ask('config', 'routes', 'test', `--config.file=${config}`, ...labels)).toMatchObject({ said: receiver });
  });
});

test('what is silenced and what silences it are alerts that there are', () => {
  const text = readFileSync(join(otel, 'alertmanager.yml'), 'utf8');
  const named = text.match(/Seaglass\w+/g) ?? [];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !names.includes(name))).toEqual([]);
});
