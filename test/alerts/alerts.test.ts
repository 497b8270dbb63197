/**
 * Goal: every alert fires when it should and only then, and whoever is called finds what to do. Method: the rules of otel/rules under
 * promtool, in scenarios made of one table; rules, table and runbook hold one another complete; amtool asks the example configuration.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DRILL_NAMES, drillOf } from '../../src/drills/drill-list';
import { namesOf } from '../../src/drills/expectation';
import { INCIDENT_KINDS, type IncidentKind } from '../../src/telemetry/incidents/incident-kinds';
import { CONTRADICTIONS } from '../../src/telemetry/metrics/instruments';
import { alertRules } from '../support/alert-rules';
import { describeWithProgram, findProgram } from '../support/outside-program';
import { ALERTS, otherIncidents } from './alert-table';
import { scenariosOf } from './scenarios';

const otel = join(__dirname, '..', '..', 'otel');
const names = alertRules.map(({ alert }) => alert).sort();
const ruleOf = (name: string) => alertRules.find(({ alert }) => alert === name);

test('every alert is in the table, with its severity', () => {
  expect([...new Set(ALERTS.map(({ alert }) => alert))].sort()).toEqual(names);
  for (const { alert, severity } of ALERTS) expect([alert, ruleOf(alert)?.labels.severity]).toEqual([alert, severity]);
});

test('an alert that waits is looked at while it does, and one with a threshold just below that', () => {
  for (const { alert, quietS, almost } of ALERTS) {
    const { waitsS = 0, expr = '' } = ruleOf(alert) ?? {};
    expect([alert, quietS]).toEqual([alert, Math.max(quietS, waitsS)]);
    const isGraded = [...expr.matchAll(/[<>=]=? ([\d.]+)/g)].some(([, bound]) => Number(bound) !== 0 && bound !== '1');
    expect([alert, isGraded && almost.length === 0]).toEqual([alert, false]);
  }
});

test.each(Object.entries(INCIDENT_KINDS))('%s is told by an alert, as a page or as a ticket', (kind, { severity }) => {
  const telling = alertRules.filter(({ kinds }) => kinds.includes(kind as IncidentKind));
  expect(telling.map(({ labels }) => labels.severity)).toContain(severity);
  expect(telling.filter(({ labels }) => labels.severity !== severity)).toEqual([]);
});

test('alerts that no incident stands behind are those of which the page says why', () => {
  const page = readFileSync(join(otel, 'alerts.md'), 'utf8');
  const told = [...page.matchAll(/^\| (Seaglass\w+) +\| [^|]+ \|$/gm)].map(([, name = '']) => name);
  const own = alertRules.filter(({ kinds }) => kinds.length === 0).map(({ alert }) => alert);
  expect(told.sort()).toEqual(own.sort());
});

test('every alert has its section in the runbook, and no section is of none', () => {
  const runbook = readFileSync(join(otel, 'runbook.md'), 'utf8');
  const sections = [...runbook.matchAll(/^### (\w+)\n\n([\s\S]*?)(?=^##|(?![\s\S]))/gm)];
  expect(sections.map(([, name]) => name).sort()).toEqual(names);
  for (const [, name, text] of sections) {
    expect([name, text]).toEqual([name, expect.stringMatching(/^- Look: /m)]);
    expect([name, text]).toEqual([name, expect.stringMatching(/^- Do: /m)]);
  }
  for (const { alert, annotations } of alertRules)
    expect(annotations.runbook_url).toBe(`otel/runbook.md#${alert.toLowerCase()}`);
});

test('what an alert says of a topic is an incident, which knows every topic by its name, and none as _other', () => {
  const ofTopics = alertRules.filter(({ expr }) => /\btopic\b/.test(expr));
  expect(ofTopics.length).toBeGreaterThan(0);
  for (const { alert, expr } of ofTopics)
    expect([alert, [...new Set(expr.match(/\bseaglass_\w+/g))]]).toEqual([alert, ['seaglass_incident_open']]);
});

test('every kind of contradiction is explained in the runbook', () => {
  const runbook = readFileSync(join(otel, 'runbook.md'), 'utf8');
  expect(CONTRADICTIONS.filter((kind) => !runbook.includes(`\`${kind}\``))).toEqual([]);
});

test('every alert that a drill waits for or allows is there, as a page or as a ticket', () => {
  const both = (['embedded', 'seaweedmq'] as const).flatMap((engine) =>
    DRILL_NAMES.map((drill) => drillOf(drill, engine)),
  );
  const named = both.flatMap(({ expects }) => {
    return expects === 'calm' ? [] : [...namesOf(expects.alert), ...(expects.alsoAlerts ?? [])];
  });
  expect(named.length).toBeGreaterThan(10);
  expect([...new Set(named)].filter((name) => !names.includes(name))).toEqual([]);
});

describeWithProgram('promtool', 'SEAGLASS_TEST_PROMTOOL')('promtool', () => {
  const promtool = findProgram('promtool', 'SEAGLASS_TEST_PROMTOOL') ?? 'promtool';
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-rules-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each([...new Set(names)])('%s', (alert) => {
    const { file: rules, expr = '' } = ruleOf(alert) ?? {};
    const tests = ALERTS.filter((trouble) => trouble.alert === alert).flatMap((trouble) =>
      scenariosOf(trouble, otherIncidents(trouble, expr)),
    );
    // What has no sample cannot fail.
    const empty = tests.filter(({ input_series }) => !input_series.some(({ values }) => /\d/.test(values)));
    expect(empty.map(({ name }) => name)).toEqual([]);
    const file = join(directory, `${alert}.yml`);
    const rule_files = [rules];
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
    expect(ask('check-config', config)).toMatchObject({ status: 0, said: expect.stringContaining('2 receivers') });
  });

  test.each([
    ['page', 'pages'],
    ['ticket', 'tickets'],
  ])('a %s goes to %s', (severity, receiver) => {
    const labels = ['alertname=SeaglassAny', `severity=${severity}`, 'job=seaglass'];
    expect(ask('config', 'routes', 'test', `--config.file=${config}`, ...labels)).toMatchObject({ said: receiver });
  });
});
