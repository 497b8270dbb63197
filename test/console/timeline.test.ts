/**
 * Goal: the line of time shows incidents where they were, in a size that people read, on a desktop and on a phone; what is over before its
 * time, or past its lanes, is not shown as something else. Method: Debian's Chromium before a gateway in this process, whose clock is moved on.
 */
import type { Browser, Page } from 'playwright-core';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { describeWithProgram } from '../support/outside-program';
import { type Clock, systemClock } from '../../src/clock';
import { CHROMIUM, launch, openPage, overflow, type Size, SIZES, unnamed } from './browser';
import { consoleOver } from './console-over';
import { contrastsOf } from './contrast';
import type { Scene } from './scenes';

const MINUTE_MS = 60_000;
const LONG = `client-${'x'.repeat(193)}`;

interface Lane {
  readonly name: string;
  readonly fontPx: number;
  /** Of each bar: where it begins and ends, in parts of the lane; how high it is; whether it is shown as over. */
  readonly bars: readonly { from: number; to: number; heightPx: number; widthPx: number; over: boolean }[];
}

const lanesOf = (page: Page): Promise<readonly Lane[]> =>
  page.evaluate<readonly Lane[]>(`[...document.querySelectorAll('.timeline .lane')].map((lane) => {
    const place = lane.querySelector('.bars').getBoundingClientRect();
    const name = lane.querySelector('.name');
    return {
      name: name.textContent,
      fontPx: parseFloat(getComputedStyle(name).fontSize),
      bars: [...lane.querySelectorAll('.bar')].map((bar) => {
        const { left, right, width, height } = bar.getBoundingClientRect();
        return { from: (left - place.left) / place.width, to: (right - place.left) / place.width, heightPx: height, widthPx: width, over: bar.matches('.over') };
      }),
    };
  })`);

describeWithProgram(...CHROMIUM)('the line of time', () => {
  let leaptMs = 0;
  const clock: Clock = {
    nowMs: () => systemClock.nowMs() + leaptMs,
    monotonicMs: () => systemClock.monotonicMs(),
    after: (delayMs, action) => systemClock.after(delayMs, action),
    every: (periodMs, action) => systemClock.every(periodMs, action),
  };
  let gateway: TestGateway;
  let web: Scene;
  let browser: Browser;

  beforeAll(async () => {
    gateway = await startTestGateway({ telemetry: { clock } });
    web = await consoleOver(gateway, clock);
    browser = await launch();
    const { incidents } = gateway.telemetry;
    // Over two days ago.
    incidents.open('disk_full', '/old', { evidence: 'is full' });
    incidents.close('disk_full', '/old');
    leaptMs += 2 * 24 * 60 * MINUTE_MS;
    // Twenty minutes: half of it wrong, then over; and one that goes on since the middle.
    incidents.open('engine_silent', '127.0.0.1:17777', { evidence: 'answers nothing' });
    leaptMs += 10 * MINUTE_MS;
    incidents.close('engine_silent', '127.0.0.1:17777');
    incidents.open('client_not_reading', LONG, { evidence: 'leaves its answers unread' });
    leaptMs += 10 * MINUTE_MS;
    // Quiet, and not told to be over yet.
    incidents.open('engine_unreachable', '127.0.0.1:18888', { evidence: 'refuses' });
    incidents.close('engine_unreachable', '127.0.0.1:18888');
  });
  afterAll(async () => {
    await browser.close();
    await web.close();
    await gateway.close();
  });

  test.each(Object.keys(SIZES) as Size[])(
    'bars are where the incidents were, and can be read, on a %s',
    async (size) => {
      const { page, complaints } = await openPage(browser, `${web.console}/#/incidents`, { size });
      await page.locator('.timeline .lane').first().waitFor();
      const lanes = await lanesOf(page);
      const byKind = (kind: string): Lane | undefined => lanes.find(({ name }) => name.startsWith(kind));
      expect(byKind('disk full')).toBeUndefined();
      for (const { name, fontPx, bars } of lanes) {
        expect([name, fontPx >= 12, bars.length]).toEqual([name, true, 1]);
        for (const { heightPx, widthPx, from, to } of bars)
          expect([heightPx >= 10, widthPx >= 3, from >= -0.001, to <= 1.001]).toEqual([true, true, true, true]);
      }
      const [silent] = byKind('engine silent')?.bars ?? [];
      expect(silent?.over).toBe(true);
      expect(silent?.from).toBeLessThan(0.1);
      expect(silent?.to).toBeGreaterThan(0.4);
      expect(silent?.to).toBeLessThan(0.6);
      const [reading] = byKind('client not reading')?.bars ?? [];
      expect(reading).toMatchObject({ over: false });
      expect(reading?.to).toBeGreaterThan(0.99);
      const [quiet] = byKind('engine unreachable')?.bars ?? [];
      expect(quiet).toMatchObject({ over: true });
      const marks = page.locator('.timeline .marks span:visible');
      expect((await marks.allInnerTexts()).at(-1)).toBe('now');
      const boxes = await Promise.all((await marks.all()).map((each) => each.boundingBox()));
      boxes.slice(1).forEach((box, index) => {
        const before = boxes[index];
        expect(box?.x).toBeGreaterThan((before?.x ?? 0) + (before?.width ?? 0));
      });
      expect((await contrastsOf(page)).faint).toEqual([]);
      expect([await overflow(page), await unnamed(page), complaints]).toEqual([0, [], []]);
      await page.close();
    },
  );

  test('more lanes than are drawn are counted, and more open ones than are listed', async () => {
    for (let each = 0; each < 130; each++)
      gateway.telemetry.incidents.open('group_stuck', `group-${String(each)}`, { evidence: 'stands still' });
    const { page } = await openPage(browser, `${web.console}/#/incidents`, { size: 'phone' });
    await page
      .locator('.timeline')
      .getByText(/^and \d+ more, in the list below$/)
      .waitFor();
    expect(await page.locator('.timeline .lane').count()).toBe(12);
    await page.getByText('131 open; 100 are shown.').waitFor();
    expect(await page.locator('.incident[data-over=false]').count()).toBe(100);
    await page.goto(`${web.console}/#/now`);
    await page.getByRole('link', { name: 'and 101 more incidents' }).waitFor();
    expect(await page.locator('.incident').count()).toBe(30);
    expect(await overflow(page)).toBe(0);
    for (let each = 0; each < 130; each++) gateway.telemetry.incidents.close('group_stuck', `group-${String(each)}`);
    await page.close();
  });
});
