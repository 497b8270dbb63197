/**
 * Goal: each removal is counted once, however often and late a node's totals come. Method: totals as notices and lists bring them, against
 * what the node removed; the seed is in the name.
 */
import { createTelemetry, type RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { RemovalMetrics, type RemovalTotals } from '../../src/telemetry/metrics/removal-metrics';
import { seeded } from '../support/random';

const CAUSE = 'retention_time';
const totals = (instanceId: string, records: number): RemovalTotals => ({
  instanceId,
  byCause: new Map([[CAUSE, { records, bytes: records * 10 }]]),
});

let telemetry: RunningTelemetry;
let removals: RemovalMetrics;
beforeEach(() => {
  telemetry = createTelemetry();
  removals = new RemovalMetrics(telemetry.instruments);
});
afterEach(() => telemetry.close());

const counted = () => [
  telemetry.instruments.value('seaglass_records_removed_total', { cause: CAUSE }),
  telemetry.instruments.value('seaglass_removed_bytes_total', { cause: CAUSE }),
];
const shown = (topic: string) => telemetry.instruments.value('seaglass_log_start_offset', { topic });

test('of a node that began with the gateway all is counted, of one that was there before what is new', () => {
  removals.began('own');
  removals.heard(totals('own', 3));
  expect(counted()).toEqual([3, 30]);

  const other = new RemovalMetrics(telemetry.instruments);
  other.heard(totals('far', 1_000));
  other.heard(totals('far', 1_002));
  expect(counted()).toEqual([5, 50]);
});

test('a node that was started again begins to count anew', () => {
  removals.began('first');
  removals.heard(totals('first', 7));
  removals.heard(totals('second', 2));
  removals.heard(totals('second', 2));
  expect(counted()).toEqual([9, 90]);
});

test.each([1, 2, 3, 4, 5])('totals that come twice and out of order count once (seed %i)', (seed) => {
  const random = seeded(seed);
  removals.began('own');
  let removed = 0;
  const told: number[] = [];
  for (let step = 0; step < 200; step += 1) {
    removed += random(5);
    told.push(removed);
    removals.heard(totals('own', told[Math.max(0, told.length - 1 - random(4))] ?? 0));
  }
  removals.heard(totals('own', removed));
  expect(counted()).toEqual([removed, removed * 10]);
});

test('a log start is shown where it is past 0, goes back for no late list, and falls to 0 with its topic', () => {
  const topic = (id: string, logStartOffset: number) => ({ id, name: 'orders', logStartOffset });
  removals.listed([topic('a', 0)]);
  expect(shown('orders')).toBeUndefined();
  removals.moved(topic('a', 5));
  removals.listed([topic('a', 3)]);
  expect(shown('orders')).toBe(5);
  removals.forget('a');
  expect(shown('orders')).toBe(0);
  // Made again under its name, it is another topic.
  removals.moved(topic('b', 2));
  expect(shown('orders')).toBe(2);
  removals.listed([]);
  expect(shown('orders')).toBe(0);
});
