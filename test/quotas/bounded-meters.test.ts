/** Goal: what is kept of clients is bounded, whatever names they give themselves. Method: the meters themselves, on times of the test's. */
import { BoundedMeters } from '../../src/kafka/quotas/quota-meters';

const HOUR_MS = 3_600_000;

test('past the bound the one used longest ago goes', () => {
  const meters = new BoundedMeters<number>(2);
  let made = 0;
  const get = (key: string, nowMs: number): number => meters.get(key, nowMs, () => ++made);
  get('one', 0);
  get('two', 0);
  expect(get('one', 2_000)).toBe(1);
  get('three', 3_000);
  expect(meters.size).toBe(2);
  expect(get('one', 4_000)).toBe(1);
  expect(get('two', 5_000)).toBe(4);
});

test('what nobody used for an hour goes when another comes', () => {
  const meters = new BoundedMeters<string>();
  for (let client = 0; client < 100; client++) meters.get(`client-${client}`, client, () => 'idle');
  meters.get('late', HOUR_MS + 50, () => 'new');
  expect(meters.size).toBe(50);
});
