/** Drills run on gateways as `serve` puts them together, as the command line runs them; each gateway runs its own one behind the other. */
import { DRILL_NAMES, type DrilledEngine, type DrillName, refusalOf } from '../../src/drills/drill-list';
import { samplesOf } from '../../src/drills/run/gateway-client';
import type { RunOptions } from '../../src/drills/run/run-drill';
import { get } from '../e2e/support';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { FLUSHING, startDrilledGateway } from './support';

/** Drills that one gateway runs, with what makes them short. */
export type Round = readonly (readonly [DrillName, Partial<RunOptions>?])[];

/** Nothing may be told for as long. */
export const CALM: Round = [
  ['restart-with-tombstones', { forMs: 3_000 }],
  ['young-group', { forMs: 4_000 }],
  ['201st-topic', { forMs: 2_000 }],
];
/** The gateways share an event loop. */
const ALONE: Round = [['blocked-loop']];

type Ran = Awaited<ReturnType<Awaited<ReturnType<typeof startDrilledGateway>>['run']>>;

interface Outcomes {
  readonly runs: Map<DrillName, Ran>;
  readonly results: Map<string, number>;
  /** How often a reader was told of as one that makes no progress, by gateway. */
  readonly repeated: number[];
}

/** The tests of all drills that have something to strike there. The rounds run at the same time. */
export function testDrills(engine: DrilledEngine, rounds: readonly Round[]): void {
  const outcomes: Outcomes = { runs: new Map(), results: new Map(), repeated: [] };
  const drills = [...rounds, ALONE].flat().map(([drill]) => drill);

  beforeAll(async () => {
    await Promise.all(rounds.map((round) => runRound(engine, round, outcomes)));
    await runRound(engine, ALONE, outcomes);
  }, 180_000);

  test('every drill is run that has something to strike there', () => {
    expect([...drills].sort()).toEqual(DRILL_NAMES.filter((drill) => refusalOf(drill, engine) === undefined).sort());
  });

  test.each(drills)('%s is seen everywhere, nothing else pages, and it is over', (drill) => {
    const outcome = outcomes.runs.get(drill);
    expect(outcome?.said.join('\n')).toMatch(new RegExp(`PASS +${drill}`));
    expect(outcome?.strangers).toEqual([]);
    expect(outcome?.remnants.filter(({ end }) => end.how === 'open')).toEqual([]);
    expect(outcomes.results.get(drill)).toBe(1);
  });

  test('no drill’s own reader is told of as one that makes no progress', () => {
    expect(outcomes.repeated.length).toBeGreaterThan(0);
    expect(outcomes.repeated.filter((times) => times > 0)).toEqual([]);
  });
}

async function runRound(engine: DrilledEngine, round: Round, { runs, results, repeated }: Outcomes): Promise<void> {
  const mq = engine === 'seaweedmq' ? await startScriptedSeaweedMQ(FLUSHING) : undefined;
  const gateway = await startDrilledGateway(
    mq === undefined ? {} : { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer },
  );
  for (const [drill, options] of round) runs.set(drill, await gateway.run(drill, options));
  for (const { name, labels, value } of samplesOf((await get(`${gateway.console}/metrics`)).text)) {
    if (name === 'seaglass_drill_result') results.set(labels['drill'] ?? '', value);
    if (name === 'seaglass_incidents_total' && labels['kind'] === 'offset_repeated') repeated.push(value);
  }
  await gateway.close();
  await mq?.stop();
}
