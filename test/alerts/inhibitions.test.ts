/**
 * Goal: a cause silences what it causes, and nothing else. Method: pairs of alerts that fire at the same time, each pair at a gateway of its
 * own, are posted to a real Alertmanager with the shipped configuration, which says what silences what.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { pause } from '../e2e/load';
import { alertRules } from '../support/alert-rules';
import { describeWithProgram } from '../support/outside-program';
import { startAlertmanager } from './alerting';

const SETTLED_MS_MAX = 60_000;
const LOOK_MS = 100;

/** Its name behind `Seaglass`, and what else it is told with. */
type Told = readonly [alert: string, labels?: Readonly<Record<string, string>>];

const errors = (api: string, error: string): Told => ['RequestErrors', { api, error }];
const overdue = (phase: string): Told => ['OperationOverdue', { phase }];
const at = (target: string): Readonly<Record<string, string>> => ({ target });
const BROKER = at('127.0.0.1:17777');
const FILER = at('127.0.0.1:18888');
const ORDERS = at('orders-1');
const DISK = { directory: '/var/lib/seaglass' };

const SILENCED: readonly (readonly [cause: Told, effects: readonly Told[]])[] = [
  [['GatewayDown'], [['EventLoopLate'], ['RecordsLost', ORDERS], errors('Fetch', 'NOT_LEADER_OR_FOLLOWER')]],
  [['EventLoopLate'], [['GatewayDown'], ['EngineDown', BROKER], errors('Produce', 'REQUEST_TIMED_OUT')]],
  [
    ['EngineDown', BROKER],
    [errors('Fetch', 'NOT_LEADER_OR_FOLLOWER'), ['PublisherNotAcked', BROKER], ['FilerFailing', FILER]],
  ],
  [
    ['FilerFailing', FILER],
    [errors('OffsetCommit', 'COORDINATOR_NOT_AVAILABLE'), overdue('filer.call')],
  ],
  [
    ['DiskFull', BROKER],
    [
      errors('Produce', 'KAFKA_STORAGE_ERROR'),
      errors('OffsetCommit', 'COORDINATOR_NOT_AVAILABLE'),
      ['FilerFailing', BROKER],
      ['DiskLow', DISK],
    ],
  ],
  [
    ['StorageError', BROKER],
    [errors('Fetch', 'KAFKA_STORAGE_ERROR'), ['FilerFailing', BROKER]],
  ],
  [
    ['PublisherNotAcked', BROKER],
    [errors('Produce', 'REQUEST_TIMED_OUT'), overdue('publish.ack'), ['BreakerOpen', BROKER]],
  ],
  [['NotFlushing', BROKER], [['PublisherNotAcked', BROKER]]],
  [
    ['SilentWithData', ORDERS],
    [errors('Fetch', 'NOT_LEADER_OR_FOLLOWER'), overdue('stream.recv'), overdue('stateless.read')],
  ],
  [['RecordsLost', ORDERS], [errors('Fetch', 'KAFKA_STORAGE_ERROR')]],
  [['DamagedRange', ORDERS], [errors('Fetch', 'KAFKA_STORAGE_ERROR')]],
];

const TOLD: typeof SILENCED = [
  [
    ['EventLoopLate'],
    [
      ['RecordsLost', ORDERS],
      ['DamagedRange', ORDERS],
      ['DiskFull', BROKER],
    ],
  ],
  [
    ['EngineDown', BROKER],
    [
      ['RecordsLost', ORDERS],
      ['DamagedRange', ORDERS],
      ['DiskFull', BROKER],
      ['EventLoopLate'],
      ['NotFlushing', BROKER],
    ],
  ],
  [
    ['FilerFailing', FILER],
    [
      ['EngineDown', BROKER],
      ['PublisherNotAcked', BROKER],
      ['NotFlushing', BROKER],
      ['SilentWithData', ORDERS],
    ],
  ],
  [
    ['DiskFull', BROKER],
    [['FilerFailing', FILER], errors('Fetch', 'NOT_LEADER_OR_FOLLOWER'), overdue('publish.ack')],
  ],
  [['StorageError', BROKER], [['DiskLow', DISK]]],
  [
    ['PublisherNotAcked', BROKER],
    [errors('Fetch', 'REQUEST_TIMED_OUT'), overdue('stream.recv'), ['BreakerOpen', FILER], ['CommitsFail']],
  ],
  [
    ['SilentWithData', ORDERS],
    [errors('Produce', 'REQUEST_TIMED_OUT'), overdue('publish.ack'), ['CommitsFail']],
  ],
  [
    ['NotFlushing', BROKER],
    [
      ['PublisherNotAcked', at('127.0.0.1:17778')],
      ['EngineDown', BROKER],
      ['RecordsLost', ORDERS],
      ['FilerFailing', FILER],
    ],
  ],
  // One record of one topic.
  [
    ['RecordsLost', ORDERS],
    [
      errors('Fetch', 'NOT_LEADER_OR_FOLLOWER'),
      errors('Produce', 'KAFKA_STORAGE_ERROR'),
      errors('OffsetCommit', 'COORDINATOR_NOT_AVAILABLE'),
      ...[overdue('stream.recv'), overdue('publish.ack'), ['BreakerOpen', BROKER] as const, ['CommitsFail'] as const],
    ],
  ],
  [
    ['DamagedRange', ORDERS],
    [errors('Produce', 'KAFKA_STORAGE_ERROR'), errors('Fetch', 'REQUEST_TIMED_OUT')],
  ],
];

const inWords = ([alert, labels = {}]: Told): string => [alert, ...Object.values(labels)].join(' ');
const pairsOf = (table: typeof SILENCED, which: string) =>
  table.flatMap(([cause, effects]) =>
    effects.map((effect) => ({ instance: `${which}: ${inWords(cause)} / ${inWords(effect)}`, cause, effect })),
  );
const silenced = pairsOf(SILENCED, 'silenced');
const told = pairsOf(TOLD, 'told');

const labelsOf = ([alert, labels = {}]: Told, instance: string): Readonly<Record<string, string>> => {
  const alertname = `Seaglass${alert}`;
  const severity = alertRules.find((rule) => rule.alert === alertname)?.labels.severity;
  if (severity === undefined) throw new Error(`no such alert: ${alertname}`);
  return { alertname, severity, job: 'seaglass', instance, ...labels };
};

interface Shown {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly inhibitedBy: readonly string[] };
}

test('what is silenced and what silences it are alerts that there are, and every cause stands in the table', () => {
  const text = readFileSync(join(__dirname, '..', '..', 'otel', 'alertmanager.yml'), 'utf8');
  const { inhibit_rules } = parse(text) as { readonly inhibit_rules: readonly { readonly source_matchers: unknown }[] };
  const names = (of: string): readonly string[] => [...new Set(of.match(/Seaglass\w+/g))].sort();
  const known = alertRules.map(({ alert }) => alert);
  expect(names(text).length).toBeGreaterThan(10);
  expect(names(text).filter((name) => !known.includes(name))).toEqual([]);
  const causes = names(JSON.stringify(inhibit_rules.map(({ source_matchers }) => source_matchers)));
  expect(SILENCED.map(([[alert]]) => `Seaglass${alert}`).sort()).toEqual(causes);
});

describeWithProgram('prometheus-alertmanager', 'SEAGLASS_TEST_ALERTMANAGER')('a real Alertmanager', () => {
  test('silences the effects of a cause and nothing else', async () => {
    // Nobody is there to be told.
    const alertmanager = await startAlertmanager('http://127.0.0.1:9/');
    try {
      const api = `http://${alertmanager.address}/api/v2/alerts`;
      const fires = [...silenced, ...told].flatMap(({ instance, cause, effect }) => [
        labelsOf(cause, instance),
        labelsOf(effect, instance),
      ]);
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(fires.map((labels) => ({ labels })));
      expect((await fetch(api, { method: 'POST', headers, body })).status).toBe(200);
      const effects = new Map(
        [...silenced, ...told].map(({ instance, effect }) => [instance, `Seaglass${effect[0]}`] as const),
      );
      const expected = silenced.map(({ instance }) => instance).sort();
      const deadlineMs = performance.now() + SETTLED_MS_MAX;
      let mute: readonly string[] = [];
      let shown = 0;
      // It takes alerts in behind its answer.
      while ((shown < fires.length || mute.length < expected.length) && performance.now() < deadlineMs) {
        await pause(LOOK_MS);
        const alerts = (await (await fetch(api)).json()) as readonly Shown[];
        shown = alerts.length;
        mute = alerts
          .filter(({ status, labels }) => status.inhibitedBy.length > 0 && isEffect(effects, labels))
          .map(({ labels }) => labels['instance'] ?? '')
          .sort();
      }
      expect(shown).toBe(fires.length);
      expect(mute).toEqual(expected);
    } finally {
      await alertmanager.stop();
    }
  }, 120_000);
});

const isEffect = (effects: ReadonlyMap<string, string>, labels: Readonly<Record<string, string>>): boolean =>
  effects.get(labels['instance'] ?? '') === labels['alertname'];
