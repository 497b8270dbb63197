/** Drills that ask a real Prometheus with the shipped rules, each before a gateway of its own, one behind the other as the command line runs them. */
import { type DrilledEngine, type DrillName, drillOf } from '../../src/drills/drill-list';
import { namesOf } from '../../src/drills/expectation';
import type { RunOptions } from '../../src/drills/run/run-drill';
import { alertRules, ruleFiles } from '../support/alert-rules';
import { expectWithin } from '../support/measured';
import { type Prometheus, startPrometheus } from '../support/prometheus';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { type DrilledGateway, FLUSHING, startDrilledGateway } from './support';

export type Drill = readonly [DrillName, Partial<RunOptions>?];
export type Ran = Awaited<ReturnType<DrilledGateway['run']>>;

export interface Place {
  readonly gateway: DrilledGateway;
  readonly prometheus: Prometheus;
}

const FIRING_MS_MAX = 60_000;
/** A page; a ticket may wait longer. */
const TOLD_MS_MAX = { page: 15_000, ticket: 30_000 };
/** It is told of when a record has been written behind which the newest is kept, and not before. */
const WITHHELD_MS_MAX = 30_000;

/** On nodes, in suites of their own, for the gateways of one share an event loop. What is behind failed requests may be told of them still. */
export const ON_NODES = {
  told: [
    [['hang-recv'], ['stale-session'], ['zero-end'], ['engine-down'], ['truncate-value']],
    [['lazy-client'], ['null-answer'], ['drop-value'], ['disk-full']],
  ],
  late: [
    [['init-delay'], ['filer-hang'], ['mid-batch-empty']],
    [['slow-publish-ack'], ['withhold-newest'], ['flip-bit']],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly Drill[])[]>>;
/** Behind the rest: it blocks the others, too. */
export const ALONE: Drill = ['blocked-loop'];

const closing: (() => Promise<void>)[] = [];

/** The last that was started first. */
export async function closePlaces(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export async function startPlace(engine: DrilledEngine, rules: readonly string[]): Promise<Place> {
  const mq = engine === 'seaweedmq' ? await startScriptedSeaweedMQ(FLUSHING) : undefined;
  if (mq !== undefined) closing.push(() => mq.stop());
  const gateway = await startDrilledGateway(
    mq === undefined ? {} : { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer },
  );
  closing.push(() => gateway.close());
  const prometheus = await startPrometheus(`${gateway.console}/metrics`, { rules, scrapeSeconds: 2 });
  closing.push(() => prometheus.stop());
  await prometheus.scraped();
  return { gateway, prometheus };
}

export async function runThere(
  { gateway, prometheus }: Place,
  drills: readonly Drill[],
  outcomes: Map<DrillName, Ran>,
): Promise<void> {
  for (const [drill, options] of drills)
    outcomes.set(drill, await gateway.run(drill, { prometheus: prometheus.url, forMs: FIRING_MS_MAX, ...options }));
}

/** The tests of drills that run one behind the other in each row, and the rows side by side. */
export function testAlerted(engine: DrilledEngine, rows: readonly (readonly Drill[])[]): void {
  const outcomes = new Map<DrillName, Ran>();

  beforeAll(async () => {
    await Promise.all(rows.map(async (drills) => runThere(await startPlace(engine, ruleFiles), drills, outcomes)));
  }, 240_000);

  afterAll(closePlaces, 60_000);

  test.each(rows.flat().map(([drill]) => drill))('%s sees its alert fire, and nothing else page', (drill) => {
    expectAlerted(drill, engine, outcomes.get(drill));
  });
}

export function expectAlerted(drill: DrillName, engine: DrilledEngine, outcome: Ran | undefined): void {
  const { expects } = drillOf(drill, engine);
  expect(outcome?.said.join('\n')).toMatch(/PASS/);
  expect(outcome?.strangers).toEqual([]);
  const seen = outcome?.seen.find(({ sight }) => sight === 'alert');
  expect(seen?.what).toBe(expects === 'calm' ? undefined : namesOf<string>(expects.alert).join(' or '));
  const isPage = alertRules.some(({ alert, labels }) => seen?.what.includes(alert) && labels.severity === 'page');
  const msMax = drill === 'withhold-newest' ? WITHHELD_MS_MAX : TOLD_MS_MAX[isPage ? 'page' : 'ticket'];
  expectWithin(`${drill}: ${seen?.what ?? ''}`, seen?.afterMs ?? Infinity, msMax);
}
