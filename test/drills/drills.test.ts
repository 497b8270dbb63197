/**
 * Goal: each drill is seen where somebody on call looks, nothing else pages, and what it came to is a metric. Method: gateways as `serve`
 * puts them together, on embedded nodes; drills run as the command line runs them, each gateway one behind the other.
 */
import { DRILL_NAMES, type DrillName } from '../../src/drills/drill-list';
import type { RunOptions } from '../../src/drills/run/run-drill';
import { samplesOf } from '../../src/drills/run/gateway-client';
import { get } from '../e2e/support';
import { startDrilledGateway } from './support';

/** Drills that one gateway runs, with what makes them short. */
const ROUNDS: readonly (readonly (readonly [DrillName, Partial<RunOptions>?])[])[] = [
  [['hang-recv'], ['lookup-hang'], ['disk-full']],
  [['init-delay', { delayMs: 35_000 }], ['filer-hang'], ['stale-session']],
  [['slow-publish-ack', { delayMs: 4_000 }], ['engine-down']],
  [
    ['restart-with-tombstones', { forMs: 3_000 }],
    ['young-group', { forMs: 4_000 }],
    ['201st-topic', { forMs: 2_000 }],
  ],
  [['drop-value'], ['truncate-value'], ['flip-bit'], ['mid-batch-empty']],
];

type Ran = Awaited<ReturnType<Awaited<ReturnType<typeof startDrilledGateway>>['run']>>;

const outcomes = new Map<DrillName, Ran>();
const results = new Map<string, number>();

const ALONE: DrillName = 'blocked-loop';
/** Those that bring large topics: tried by the command line alone. */
const BY_HAND: readonly DrillName[] = ['lazy-client'];
const RUN = DRILL_NAMES.filter((drill) => !BY_HAND.includes(drill));

beforeAll(async () => {
  const runAll = (rounds: typeof ROUNDS) =>
    Promise.all(
      rounds.map(async (round) => {
        const gateway = await startDrilledGateway();
        for (const [drill, options] of round) outcomes.set(drill, await gateway.run(drill, options));
        for (const { name, labels, value } of samplesOf((await get(`${gateway.console}/metrics`)).text))
          if (name === 'seaglass_drill_result') results.set(labels['drill'] ?? '', value);
        await gateway.close();
      }),
    );
  await runAll(ROUNDS);
  // These gateways share an event loop.
  await runAll([[[ALONE]]]);
}, 120_000);

test('every drill is run', () => {
  expect([ALONE, ...ROUNDS.flat().map(([drill]) => drill)].sort()).toEqual([...RUN].sort());
});

test.each(RUN)('%s is seen everywhere, and nothing else pages', (drill) => {
  const outcome = outcomes.get(drill);
  expect(outcome?.said.join('\n')).toMatch(new RegExp(`PASS +${drill}`));
  expect(outcome?.strangers).toEqual([]);
  expect(results.get(drill)).toBe(1);
});
