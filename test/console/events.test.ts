/**
 * Goal: server-sent events cost the gateway little, however many watch: one look for all, none for nobody, few viewers, none that does not
 * read. Method: HTTP over loopback, the looks counted, time by hand.
 */
import { request, type IncomingMessage } from 'node:http';
import { type Console, startConsole } from '../../src/console/console';
import { LiveEvents } from '../../src/console/events';
import { createTelemetry, type RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { ManualClock } from '../support/manual-clock';

let web: Console;
let telemetry: RunningTelemetry;
let clock: ManualClock;
let events: LiveEvents;
let looks: number;
let padding: string;

beforeEach(async () => {
  clock = new ManualClock();
  looks = 0;
  padding = '';
  telemetry = createTelemetry();
  // What is looked at is another suite's; here it is counted.
  const view = { look: () => ({ number: ++looks, padding }) as never };
  events = new LiveEvents({ clock, view, incidents: telemetry.incidents });
  const engine = { problems: () => Promise.resolve([]) };
  web = await startConsole({ host: '127.0.0.1', port: 0, hosts: [], loopback: true, clock, telemetry, engine, events });
});
afterEach(async () => {
  telemetry.close();
  await web.close();
});

function watch(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: web.address.port, path: '/api/events', agent: false };
    request(options, resolve).on('error', reject).end();
  });
}

/** The next event of a viewer that reads. */
const next = (viewer: IncomingMessage): Promise<string> =>
  new Promise((resolve) => viewer.once('data', (bytes: Buffer) => resolve(bytes.toString())));

test('viewers share one look a second, and nobody is looked for when nobody watches', async () => {
  clock.advance(5_000);
  expect(looks).toBe(0);
  const viewers = await Promise.all([watch(), watch(), watch()]);
  await Promise.all(viewers.map(next));
  expect(looks).toBe(3);
  const heard = viewers.map(next);
  clock.advance(1_000);
  expect(new Set(await Promise.all(heard))).toEqual(new Set(['event: live\ndata: {"number":4,"padding":""}\n\n']));
  for (const viewer of viewers) {
    viewer.destroy();
  }
  while (events.viewers > 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(5_000);
  expect(looks).toBe(4);
});

test('an incident is told at once, a hundred of them in one look', async () => {
  const viewer = await watch();
  await next(viewer);
  const heard = next(viewer);
  for (let number = 0; number < 100; number++)
    telemetry.incidents.open('group_stuck', `group-${String(number)}`, { evidence: 'stands still' });
  clock.advance(200);
  expect(await heard).toContain('"number":2');
  expect(looks).toBe(2);
  viewer.destroy();
});

test('the seventeenth viewer is refused, and one that does not read is dropped', async () => {
  const viewers = await Promise.all(Array.from({ length: 16 }, watch));
  const late = await watch();
  expect(late.statusCode).toBe(503);
  late.resume();
  const [lazy, ...reading] = viewers;
  lazy?.on('error', () => undefined);
  for (const viewer of reading) viewer.resume();
  padding = 'x'.repeat(512 * 1024);
  for (let second = 0; second < 60 && events.dropped === 0; second++) {
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(events.dropped).toBe(1);
  expect(events.viewers).toBe(15);
  for (const viewer of viewers) viewer.destroy();
});
