/**
 * Goal: nobody takes a drill for a trouble that nobody made: while it lasts it is shouted in log, metric, the stream of events and on every
 * view of the page, with topic and time; behind it nothing is left. Method: a gateway as users run it, drilled over HTTP; Debian's Chromium.
 */
import type { Browser, Page } from 'playwright-core';
import type { Live } from '../../src/console/api/live';
import { samplesOf } from '../../src/drills/run/gateway-client';
import { post } from '../drills/support';
import { get } from '../e2e/support';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { describeWithProgram } from '../support/outside-program';
import { CHROMIUM, launch, openPage, type Size, SIZES } from './browser';
import { contrastsOf } from './contrast';

const SHOWN_MS_MAX = 60_000;
const VIEWS = ['now', 'incidents', 'topics', 'groups', 'clients', 'records', 'verdicts', 'tracing', 'settings'];
/** A topic that nobody has: the drill is on and harms nobody. */
const DRILL = { drill: 'slow-publish-ack', topic: 'drilled' };
const start = { do: 'start', ...DRILL, forMs: 600_000 };
const stop = { do: 'stop', drill: DRILL.drill };

let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGatewayProcess({ flags: ['--drills'] });
});
afterAll(async () => {
  await gateway.stop();
});

/** What a viewer is sent by itself, one look behind the other. */
async function* looks(console: string, signal: AbortSignal): AsyncGenerator<Live> {
  const { body } = await fetch(`${console}/api/events`, { signal });
  let text = '';
  for await (const chunk of body ?? []) {
    const events = `${text}${Buffer.from(chunk).toString()}`.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) yield JSON.parse(event.replace(/^event: live\ndata: /, '')) as Live;
  }
}

test('log, metric and the stream of events tell which drill is on, where and until when, and that it is over', async () => {
  const ended = new AbortController();
  const stream = looks(gateway.console, ended.signal);
  const heard = async (count: number): Promise<Live['drills']> => {
    for (;;) {
      const { value } = await stream.next();
      if (value === undefined || (value as Live).drills.length === count) return (value as Live).drills;
    }
  };
  const active = async () =>
    samplesOf((await get(`${gateway.console}/metrics`)).text).filter(
      ({ name, value }) => name === 'seaglass_drill_active' && value === 1,
    );
  expect(await heard(0)).toEqual([]);
  const begunMs = Date.now();
  expect((await post(gateway.console, start)).status).toBe(200);
  const [told] = await heard(1);
  expect(told).toMatchObject({ ...DRILL, what: 'The engine takes appends and acks them late.' });
  expect(told?.endsMs).toBeGreaterThanOrEqual(begunMs + start.forMs);
  expect(told?.endsMs).toBeLessThanOrEqual(Date.now() + start.forMs);
  expect(await active()).toMatchObject([{ labels: { drill: DRILL.drill } }]);
  const [line] = await gateway.child.printed(/.*drill\.started.*/);
  expect(line).toMatch(/DRILL slow-publish-ack: .*after 600 s.*drilled/);
  expect((await post(gateway.console, stop)).status).toBe(200);
  expect(await heard(0)).toEqual([]);
  expect(await active()).toEqual([]);
  await gateway.child.printed(/drill\.ended.*DRILL slow-publish-ack/);
  ended.abort();
});

describeWithProgram(...CHROMIUM)('the page', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
  });

  const banner = (page: Page) => page.getByRole('list', { name: 'Drills under way' });

  test.each(Object.keys(SIZES) as Size[])('has a banner on every view while a drill lasts: %s', async (size) => {
    const { page, complaints } = await openPage(browser, gateway.console, { size });
    await page.getByText('Serving', { exact: true }).waitFor({ timeout: SHOWN_MS_MAX });
    expect(await banner(page).count()).toBe(0);
    expect((await post(gateway.console, start)).status).toBe(200);
    await banner(page).waitFor({ timeout: SHOWN_MS_MAX });
    expect(await page.locator('#announcer').innerText()).toMatch(/^Drill slow-publish-ack, topic drilled\. Serving/);
    for (const view of VIEWS) {
      await page.goto(`${gateway.console}/#/${view}`);
      expect([view, await banner(page).innerText()]).toEqual([
        view,
        expect.stringMatching(
          /DRILL slow-publish-ack.*On purpose: The engine takes.*topic drilled · until \d\d:\d\d:\d\d, \d+ min \d\d s left/s,
        ),
      ]);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    }
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect([scheme, (await contrastsOf(page)).faint]).toEqual([scheme, []]);
    }
    // Nobody ends it: its time is over.
    expect((await post(gateway.console, { ...start, forMs: 1_500 })).status).toBe(200);
    await banner(page).waitFor({ state: 'hidden', timeout: SHOWN_MS_MAX });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
