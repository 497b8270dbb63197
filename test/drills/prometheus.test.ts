/**
 * Goal: where a Prometheus is given, a drill waits for its alert, nothing else pages, drills of what is in order fire nothing, and one whose
 * alert does not come says so. Method: real Prometheuses with the shipped rules, each before a gateway on a node, on which drills are run one
 * behind the other as the command line runs them; then one without the rules.
 */
import { type DrillName, drillOf } from '../../src/drills/drill-list';
import type { RunOptions } from '../../src/drills/run/run-drill';
import { alertRules, ruleFiles } from '../support/alert-rules';
import { expectWithin } from '../support/measured';
import { describeWithProgram } from '../support/outside-program';
import { type Prometheus, startPrometheus } from '../support/prometheus';
import { type DrilledGateway, startDrilledGateway } from './support';

type Drill = readonly [DrillName, Partial<RunOptions>?];
type Ran = Awaited<ReturnType<DrilledGateway['run']>>;

/** The gateways share an event loop: what blocks it comes behind the rest. */
const FIRING: readonly (readonly Drill[])[] = [
  [['hang-recv'], ['stale-session'], ['engine-down'], ['truncate-value']],
  // What is behind failed requests may be told of them still.
  [['lazy-client'], ['drop-value'], ['disk-full']],
];
const ALONE: Drill = ['blocked-loop'];
/** As long as alerts that wait for seconds would take. */
const FOR_MS = 12_000;
const CALM: readonly Drill[] = [
  ['restart-with-tombstones', { forMs: FOR_MS }],
  ['young-group', { forMs: FOR_MS }],
  ['201st-topic', { forMs: FOR_MS }],
];
/** A machine that has no time for anybody is no drill's doing. */
const FIRED = 'count_over_time(ALERTS{alertstate="firing", alertname!="SeaglassMachineStarved"}[10m])';
const FIRING_MS_MAX = 60_000;
/** A page; a ticket may wait longer. */
const TOLD_MS_MAX = { page: 15_000, ticket: 30_000 };

const closing: (() => Promise<void>)[] = [];
const outcomes = new Map<DrillName, Ran>();
const named = (drills: readonly Drill[]): readonly DrillName[] => drills.map(([drill]) => drill);

interface Place {
  readonly gateway: DrilledGateway;
  readonly prometheus: Prometheus;
}

async function place(rules: readonly string[]): Promise<Place> {
  const gateway = await startDrilledGateway();
  closing.push(() => gateway.close());
  const prometheus = await startPrometheus(`${gateway.console}/metrics`, { rules, scrapeSeconds: 2 });
  closing.push(() => prometheus.stop());
  await prometheus.scraped();
  return { gateway, prometheus };
}

async function runAll({ gateway, prometheus }: Place, drills: readonly Drill[]): Promise<void> {
  for (const [drill, options] of drills)
    outcomes.set(drill, await gateway.run(drill, { prometheus: prometheus.url, forMs: FIRING_MS_MAX, ...options }));
}

describeWithProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS')('a drill that asks Prometheus', () => {
  let calm: { readonly fired: Awaited<ReturnType<Prometheus['query']>>; readonly scrapes: number };

  beforeAll(async () => {
    const places = await Promise.all([...FIRING, CALM].map(() => place(ruleFiles)));
    const [first, last] = [places[0], places.at(-1)];
    if (first === undefined || last === undefined) throw new Error('no place');
    await Promise.all([...FIRING, CALM].map((drills, index) => runAll(places[index] ?? first, drills)));
    const [scrapes] = await last.prometheus.query('sum(sum_over_time(up[10m]))');
    calm = { fired: await last.prometheus.query(FIRED), scrapes: Number(scrapes?.value[1]) };
    await runAll(first, [ALONE]);
  }, 240_000);

  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  }, 60_000);

  test.each(named([...FIRING.flat(), ALONE]))('%s sees its alert fire, and nothing else page', (drill) => {
    const { expects } = drillOf(drill);
    const outcome = outcomes.get(drill);
    expect(outcome?.strangers).toEqual([]);
    expect(outcome?.said.join('\n')).toMatch(/PASS/);
    const seen = outcome?.seen.find(({ sight }) => sight === 'alert');
    expect(seen?.what).toBe(expects === 'calm' ? undefined : expects.alert);
    const isPage = alertRules.some(({ alert, labels }) => alert === seen?.what && labels.severity === 'page');
    expectWithin(`${drill}: ${seen?.what ?? ''}`, seen?.afterMs ?? Infinity, TOLD_MS_MAX[isPage ? 'page' : 'ticket']);
  });

  test.each(named(CALM))('%s fires nothing', (drill) => {
    const outcome = outcomes.get(drill);
    expect(outcome?.strangers).toEqual([]);
    expect(outcome?.passed).toBe(true);
  });

  test('and fired nothing between two looks', () => {
    expect(calm.fired.map(({ metric }) => metric)).toEqual([]);
    // It was there, and asked.
    expect(calm.scrapes).toBeGreaterThan((FOR_MS * CALM.length) / 1_000 / 4);
  });

  test('fails where its alert does not come', async () => {
    const { gateway, prometheus } = await place([]);
    const outcome = await gateway.run('flip-bit', { prometheus: prometheus.url, forMs: 5_000 });
    expect(outcome.said.join('\n')).toMatch(/alert +SeaglassRecordsLost +NOT SEEN/);
    expect(outcome.passed).toBe(false);
  }, 120_000);
});
