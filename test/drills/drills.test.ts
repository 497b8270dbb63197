/**
 * Goal: each drill is seen where somebody on call looks, nothing else pages, what it caused is over behind it, and what it came to is a
 * metric. Method: gateways as `serve` puts them together, on embedded nodes and before a scripted SeaweedMQ; drills run as the command
 * line runs them, each gateway one behind the other.
 */
import { DRILL_NAMES, drillOf, type DrillName, refusalOf } from '../../src/drills/drill-list';
import { isUnseen, namesOf } from '../../src/drills/expectation';
import type { RunOptions } from '../../src/drills/run/run-drill';
import { samplesOf } from '../../src/drills/run/gateway-client';
import { get } from '../e2e/support';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { post, startDrilledGateway } from './support';

/** Drills that one gateway runs, with what makes them short. */
type Round = readonly (readonly [DrillName, Partial<RunOptions>?])[];

/** Nothing may be told for as long. */
const CALM: Round = [
  ['restart-with-tombstones', { forMs: 3_000 }],
  ['young-group', { forMs: 4_000 }],
  ['201st-topic', { forMs: 2_000 }],
];
const ON_NODES: readonly Round[] = [
  [['hang-recv'], ['lookup-hang'], ['disk-full']],
  [['init-delay', { delayMs: 35_000 }], ['filer-hang'], ['stale-session']],
  [['slow-publish-ack', { delayMs: 4_000 }], ['withhold-newest', { forMs: 60_000 }], ['engine-down']],
  CALM,
  [['drop-value'], ['truncate-value'], ['flip-bit'], ['mid-batch-empty'], ['lazy-client']],
];
const BEFORE_SEAWEEDMQ: readonly Round[] = [
  [['lookup-hang'], ['slow-publish-ack', { delayMs: 4_000 }], ['hang-recv']],
  [['filer-hang'], ['disk-full'], ['engine-down']],
  [['withhold-newest', { forMs: 60_000 }]],
  [['drop-value'], ['truncate-value'], ['flip-bit'], ['mid-batch-empty'], ['lazy-client']],
  CALM,
];
/** The gateways share an event loop. */
const ALONE: Round = [['blocked-loop']];

const ENGINES = ['embedded', 'seaweedmq'] as const;
type EngineKind = (typeof ENGINES)[number];
type Ran = Awaited<ReturnType<Awaited<ReturnType<typeof startDrilledGateway>>['run']>>;

const outcomes = new Map<string, Ran>();
const results = new Map<string, number>();
/** How often a reader was told of as one that makes no progress, by gateway. */
const repeated: number[] = [];
const keyOf = (engine: EngineKind, drill: DrillName): string => `${engine} ${drill}`;
const ROUNDS: Readonly<Record<EngineKind, readonly Round[]>> = { embedded: ON_NODES, seaweedmq: BEFORE_SEAWEEDMQ };
const cases = ENGINES.flatMap((engine) => {
  return [...ROUNDS[engine], ALONE].flat().map(([drill]) => [engine, drill] as const);
});

async function runRound(engine: EngineKind, round: Round): Promise<void> {
  const mq = engine === 'seaweedmq' ? await startScriptedSeaweedMQ() : undefined;
  const gateway = await startDrilledGateway(
    mq === undefined ? {} : { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer },
  );
  for (const [drill, options] of round) outcomes.set(keyOf(engine, drill), await gateway.run(drill, options));
  const samples = samplesOf((await get(`${gateway.console}/metrics`)).text);
  for (const { name, labels, value } of samples)
    if (name === 'seaglass_incidents_total' && labels['kind'] === 'offset_repeated') repeated.push(value);
  for (const { name, labels, value } of samples)
    if (name === 'seaglass_drill_result') results.set(`${engine} ${labels['drill'] ?? ''}`, value);
  await gateway.close();
  await mq?.stop();
}

beforeAll(async () => {
  await Promise.all(ENGINES.flatMap((engine) => ROUNDS[engine].map((round) => runRound(engine, round))));
  for (const engine of ENGINES) await runRound(engine, ALONE);
}, 180_000);

test.each(ENGINES)('%s: every drill is run that has something to strike there', (engine) => {
  const run = cases.flatMap(([on, drill]) => (on === engine ? [drill] : []));
  expect(run.sort()).toEqual(DRILL_NAMES.filter((drill) => refusalOf(drill, engine) === undefined).sort());
});

test.each(cases)('%s: %s is seen everywhere, nothing else pages, and it is over', (engine, drill) => {
  const outcome = outcomes.get(keyOf(engine, drill));
  expect(outcome?.said.join('\n')).toMatch(new RegExp(`PASS +${drill}`));
  expect(outcome?.strangers).toEqual([]);
  expect(outcome?.remnants.filter(({ end }) => end.how === 'open')).toEqual([]);
  const { expects } = drillOf(drill, engine);
  if (expects !== 'calm' && !isUnseen(expects.incident)) {
    const due = new RegExp(`^(?:${namesOf(expects.incident).join('|')})$`);
    expect(outcome?.remnants.map(({ kind }) => kind)).toContainEqual(expect.stringMatching(due));
  }
  expect(results.get(keyOf(engine, drill))).toBe(1);
});

test('no drill’s own reader is told of as one that makes no progress', () => {
  expect(repeated.length).toBeGreaterThan(0);
  expect(repeated.filter((times) => times > 0)).toEqual([]);
});

test.each(['init-delay', 'stale-session'] as const)(
  'before SeaweedMQ %s says that it has nothing to strike, and why',
  async (drill) => {
    const mq = await startScriptedSeaweedMQ();
    const gateway = await startDrilledGateway({ engine: 'seaweedmq', brokers: mq.address, filer: mq.filer });
    const refusal = refusalOf(drill, 'seaweedmq') ?? '';
    try {
      expect(refusal).toMatch(new RegExp(`^${drill} has nothing to strike before SeaweedMQ: `));
      await expect(gateway.run(drill)).rejects.toThrow(refusal);
      const { status, text } = await post(gateway.console, { do: 'start', drill, forMs: 1_000 });
      expect([status, JSON.parse(text)]).toEqual([409, { error: refusal }]);
    } finally {
      await gateway.close();
      await mq.stop();
    }
  },
  30_000,
);
