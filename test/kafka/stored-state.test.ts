/**
 * Goal: what one gateway stores another one knows within a second, and after a restart all know it. Method: two states over one filer, an
 * embedded node's by gRPC, with the system's clock.
 */
import { systemClock } from '../../src/clock';
import { EngineError } from '../../src/engine-error';
import { StoredState } from '../../src/kafka/state/stored-state';
import type { Codec, WatchedDirectory } from '../../src/kafka/state/watched-directory';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { CallContext } from '../../src/telemetry/trace/operation';
import { embeddedFiler, type OpenFiler } from '../kafka-group/filers';

const numbers: Codec<{ readonly count: number }> = {
  encode: ({ count }) => Buffer.from(String(count)),
  decode: (content) => {
    const count = Number(Buffer.from(content).toString());
    if (Number.isNaN(count)) throw new EngineError('storage_error', 'expected a number');
    return { count };
  },
};

let open: OpenFiler;
const closing: (() => Promise<void>)[] = [];
const lines: string[] = [];
const telemetry = createTelemetry();

beforeAll(async () => {
  open = await embeddedFiler();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await open.close();
  telemetry.close();
});

interface Gateway {
  readonly items: WatchedDirectory<{ readonly count: number }>;
  readonly others: WatchedDirectory<{ readonly count: number }>;
  readonly state: StoredState;
}

async function gateway(filer = open.filer): Promise<Gateway> {
  const log = {
    write: (_level: string, event: string, message: string) => void lines.push(`${event}: ${message}`),
    enabled: () => true,
  };
  const state = new StoredState({ filer, clock: systemClock, operations: telemetry.operations, log });
  const items = state.directory('items', numbers);
  const others = state.directory('others', numbers);
  closing.push(() => state.close());
  await state.start();
  return { items, others, state };
}

const context = (): CallContext => ({
  operation: telemetry.operations.root('filer.call'),
  signal: new AbortController().signal,
});
const until = (items: Gateway['items'], holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    if (holds()) return resolve();
    const end = items.watch(() => {
      if (!holds()) return;
      end();
      resolve();
    });
  });

test('a change is known here at once, by another gateway by itself, and after a restart', async () => {
  const one = await gateway();
  const two = await gateway();
  expect([one.items.isLoaded, two.items.entries().size]).toEqual([true, 0]);
  const names = ['plain', 'a/b', '..', '', 'ünï %41', 'x'.repeat(200)];
  for (const [count, name] of names.entries()) await one.items.put(name, { count }, context());
  expect([...one.items.entries().keys()].sort()).toEqual([...names].sort());
  await until(two.items, () => two.items.entries().size === names.length);
  expect([...two.items.entries()].sort()).toEqual([...one.items.entries()].sort());
  expect(two.others.entries().size).toBe(0);

  await two.items.delete('plain', context());
  await two.items.put('a/b', { count: 99 }, context());
  await until(one.items, () => one.items.get('plain') === undefined && one.items.get('a/b')?.count === 99);
  await one.items.delete('never there', context());

  const three = await gateway();
  expect(new Map(three.items.entries())).toEqual(new Map(one.items.entries()));
  for (const name of one.items.entries().keys()) await one.items.delete(name, context());
}, 60_000);

test('changes of two gateways at once are all kept, and a look that finds nothing new wakes nobody', async () => {
  const [one, two] = [await gateway(), await gateway()];
  await Promise.all(
    [one, two].flatMap(({ items }, which) =>
      Array.from({ length: 20 }, (_, index) => items.put(`of ${which}, ${index}`, { count: index }, context())),
    ),
  );
  await Promise.all([one, two].map(({ items }) => until(items, () => items.entries().size === 40)));
  let woken = 0;
  one.items.watch(() => woken++);
  const known = one.items.get('of 1, 7');
  await one.state.look();
  await one.items.reload(context());
  expect([woken, one.items.get('of 1, 7') === known]).toEqual([0, true]);
  for (const name of one.items.entries().keys()) await one.items.delete(name, context());
}, 60_000);

test('what cannot be read is named once, counts as absent, and does not hide the rest', async () => {
  await open.filer.put('/topics/kafka/.meta/seaglass/items', 'odd', Buffer.from('no number'), context());
  const { items, state } = await gateway();
  await items.put('even', { count: 2 }, context());
  await state.look();
  await items.reload(context());
  expect([[...items.entries().keys()], [...items.unreadable]]).toEqual([['even'], ['odd']]);
  expect(lines.filter((line) => line.startsWith('state.unreadable: ') && line.includes('/items/odd'))).toHaveLength(1);
  await items.delete('odd', context());
  await items.delete('even', context());
}, 60_000);

test('a change of many items is told once, and each item has its own outcome', async () => {
  const written: string[] = [];
  const filer = Object.create(open.filer, {
    put: {
      value: async (directory: string, name: string, content: Uint8Array, inner: CallContext) => {
        if (name === 'bad') throw new EngineError('unavailable', 'this one not');
        written.push(name);
        await open.filer.put(directory, name, content, inner);
      },
    },
  }) as typeof open.filer;
  const { items } = await gateway(filer);
  const told: unknown[] = [];
  items.watch((difference) => told.push(difference));
  const names = Array.from({ length: 100 }, (_, index) => `many ${index}`);
  const changes = [...names, 'bad'].map((name, count) => [name, { count }] as const);
  const failures = await items.change(changes, context());
  expect(failures.map((failure) => failure?.code)).toEqual([...names.map(() => undefined), 'unavailable']);
  expect([items.entries().size, items.get('bad'), told.length]).toEqual([100, undefined, 1]);
  expect(written.filter((name) => name === 'state-marker')).toHaveLength(1);
  expect(written).toHaveLength(101);

  const other = await gateway();
  expect(other.items.entries().size).toBe(100);
  const again = await items.change([...names.map((name) => [name, undefined] as const), ['bad', undefined]], context());
  expect(again.every((failure) => failure === undefined)).toBe(true);
  expect([items.entries().size, told.length]).toEqual([0, 2]);
  await until(other.items, () => other.items.entries().size === 0);
}, 60_000);
