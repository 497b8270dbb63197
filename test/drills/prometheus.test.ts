/**
 * Goal: where a Prometheus is given, a drill waits for its alert, nothing else pages, not a moment later either, drills of what is in order fire
 * nothing, and one whose alert does not come says so. Method: `alerted.ts`, on nodes; then Prometheuses with other rules, or none.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DrillName, DRILL_NAMES, drillOf } from '../../src/drills/drill-list';
import { isUnseen } from '../../src/drills/expectation';
import { ruleFiles } from '../support/alert-rules';
import { describeWithProgram } from '../support/outside-program';
import type { Prometheus } from '../support/prometheus';
import { ALONE, closePlaces, type Drill, expectAlerted, ON_NODES, type Ran, runThere, startPlace } from './alerted';

const FIRING: readonly (readonly Drill[])[] = ON_NODES.told;
/** As long as alerts that wait for seconds would take. */
const FOR_MS = 12_000;
const CALM: readonly Drill[] = [
  ['restart-with-tombstones', { forMs: FOR_MS }],
  ['young-group', { forMs: FOR_MS }],
  ['201st-topic', { forMs: FOR_MS }],
];
/** A machine that has no time for anybody is no drill's doing. */
const FIRED = 'count_over_time(ALERTS{alertstate="firing", alertname!="SeaglassMachineStarved"}[10m])';
/** Pages a few seconds after a drill has ended. */
const LATE = {
  alert: 'Late',
  expr: 'seaglass_drill_fired_total{drill="lookup-hang"} > 0 and on () seaglass_drill_active{drill="lookup-hang"} == 0',
  for: '5s',
  labels: { severity: 'page' },
};

const outcomes = new Map<DrillName, Ran>();
const named = (drills: readonly Drill[]): DrillName[] => drills.map(([drill]) => drill);

test('every drill that is told by an alert is among them', () => {
  const told = DRILL_NAMES.filter((name) => {
    const { expects } = drillOf(name);
    return expects !== 'calm' && !isUnseen(expects.alert);
  });
  expect(named([...ON_NODES.told.flat(), ...ON_NODES.late.flat(), ALONE]).sort()).toEqual([...told].sort());
});

describeWithProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS')('a drill that asks Prometheus', () => {
  let calm: { readonly fired: Awaited<ReturnType<Prometheus['query']>>; readonly scrapes: number };

  beforeAll(async () => {
    const places = await Promise.all([...FIRING, CALM].map(() => startPlace('embedded', ruleFiles)));
    const [first, last] = [places[0], places.at(-1)];
    if (first === undefined || last === undefined) throw new Error('no place');
    await Promise.all([...FIRING, CALM].map((drills, index) => runThere(places[index] ?? first, drills, outcomes)));
    const [scrapes] = await last.prometheus.query('sum(sum_over_time(up[10m]))');
    calm = { fired: await last.prometheus.query(FIRED), scrapes: Number(scrapes?.value[1]) };
    await runThere(first, [ALONE], outcomes);
  }, 300_000);

  afterAll(closePlaces, 60_000);

  test.each(named([...FIRING.flat(), ALONE]))('%s sees its alert fire, and nothing else page', (drill) => {
    expectAlerted(drill, 'embedded', outcomes.get(drill));
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
    const { gateway, prometheus } = await startPlace('embedded', []);
    const outcome = await gateway.run('flip-bit', { prometheus: prometheus.url, forMs: 5_000 });
    expect(outcome.said.join('\n')).toMatch(/alert +SeaglassRecordsLost +NOT SEEN/);
    expect(outcome.passed).toBe(false);
  }, 120_000);

  test('fails where another one pages a few seconds after all was seen and ended', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'seaglass-rules-'));
    const file = join(directory, 'late.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'late', rules: [LATE] }] }));
    const { gateway, prometheus } = await startPlace('embedded', [file]);
    const { passed, seen, strangers } = await gateway.run('lookup-hang', { prometheus: prometheus.url });
    rmSync(directory, { recursive: true });
    expect(seen.filter(({ afterMs }) => afterMs === undefined)).toEqual([]);
    expect([passed, strangers]).toEqual([false, ['alert Late']]);
  }, 120_000);
});
