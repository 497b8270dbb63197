/**
 * Goal: whatever can be pressed or filled in is reached by Tab, forth and back, is seen to have the focus and lies behind nothing; what has
 * the focus keeps it; long names are seen whole. Method: Debian's Chromium before a gateway in this process, keys alone, names of 200 characters.
 */
import type { Browser, Page } from 'playwright-core';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { awaitTopic, batchOf } from '../e2e/support';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { GroupMember } from '../support/group-member';
import { describeWithProgram } from '../support/outside-program';
import { CHROMIUM, launch, openPage, overflow, type Size, SIZES } from './browser';
import { consoleOver } from './console-over';
import type { Scene } from './scenes';

const long = (name: string): string => name.padEnd(200, '_long');
const [TOPIC, CLIENT, GROUP] = [long('orders'), long('invoice-svc'), long('invoices')];
/** So many that each view is higher than its window. */
const MANY = 12;

interface Walk {
  /** What has the focus at each step. */
  readonly reached: readonly string[];
  /** Focus that is not seen: no outline, outside the window, or behind something. */
  readonly unseen: readonly string[];
}

/** Elements that a person would want to reach, by their order. */
const wanted = (page: Page): Promise<number> =>
  page.evaluate<number>(`(() => {
    const all = [...document.querySelectorAll('a[href], button, input, select, summary')].filter((each) => each.matches('.skip') || each.checkVisibility());
    all.forEach((each, index) => { each.dataset.walked = String(index); });
    return all.length;
  })()`);

async function walk(page: Page, key: 'Tab' | 'Shift+Tab', steps: number): Promise<Walk> {
  const [reached, unseen]: [string[], string[]] = [[], []];
  for (let step = 0; step < steps; step++) {
    await page.keyboard.press(key);
    const { id, seen } = await page.evaluate<{
      id: string;
      seen: boolean;
    }>(`new Promise(requestAnimationFrame).then(() => {
      const at = document.activeElement;
      // Behind the last comes the browser's own bar.
      if (at === document.body) return { id: 'outside', seen: true };
      const { left, top, width, height } = at.getBoundingClientRect();
      const there = document.elementFromPoint(left + Math.min(width, 20) / 2, top + Math.min(height, 20) / 2);
      // Of a date's parts and its button the browser shows by itself which has it.
      if (at.type === 'datetime-local') return { id: at.dataset.walked, seen: true };
      const seen = getComputedStyle(at).outlineStyle !== 'none' && there !== null && (at.contains(there) || there.contains(at));
      return { id: at.dataset.walked ?? at.outerHTML.slice(0, 60), seen };
    })`);
    reached.push(id);
    if (!seen) unseen.push(`${key} ${id}`);
  }
  return { reached, unseen };
}

describeWithProgram(...CHROMIUM)('by keyboard alone', () => {
  let gateway: TestGateway;
  let web: Scene;
  let browser: Browser;
  beforeAll(async () => {
    gateway = await startTestGateway();
    [web, browser] = await Promise.all([consoleOver(gateway), launch()]);
    const client = await gateway.client(CLIENT);
    await awaitTopic(client, TOPIC);
    const headers = [{ key: 'h', value: Buffer.from('x') }];
    const withHeader = encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from('v'), headers }]);
    for (let each = 0; each < MANY; each++) {
      await gateway.topic();
      await gateway.client(`client-${String(each)}`);
      await client.produce(TOPIC, withHeader);
    }
    const member = new GroupMember(await gateway.client(CLIENT), GROUP, { sessionTimeoutMs: 300_000 });
    await member.enter();
    await member.sync();
    await member.commit(TOPIC, 1);
    await client.produce(TOPIC, batchOf('last'));
    gateway.telemetry.incidents.open('client_not_reading', CLIENT, { evidence: 'leaves its answers unread' });
  });
  afterAll(async () => {
    await browser.close();
    await web.close();
    await gateway.close();
  });

  const views: readonly (readonly [view: string, shows: RegExp])[] = [
    ['now', /client not reading/],
    ['incidents', /1 open/],
    ['topics', /topics/],
    [`topics?topic=${TOPIC}`, /High watermark/i],
    ['groups', / · 12 behind$/],
    ['clients', /connections/],
    [`records?topic=${TOPIC}&partition=0&offset=0`, /13 records/],
    ['verdicts', /No record was found wrong/],
    ['tracing', /Nothing is targeted/],
  ];

  test.each(Object.keys(SIZES) as Size[])('each view is gone through, forth and back, on a %s', async (size) => {
    const { page } = await openPage(browser, web.console, { size });
    for (const [view, shows] of views) {
      await page.goto('about:blank');
      await page.goto(`${web.console}/#/${view}`);
      await page.locator('main').getByText(shows).first().waitFor({ state: 'attached' });
      await page.locator('body[data-operate=true]').waitFor();
      expect([view, await tabIsSeen(page), await cut(page), await overflow(page)]).toEqual([view, true, [], 0]);
      const count = await wanted(page);
      const forth = await walk(page, 'Tab', count);
      const all = Array.from({ length: count }, (_, index) => String(index));
      // Fields of a date have parts, each of them a step; what scrolls is one, too.
      let more = forth;
      while (!all.every((each) => more.reached.includes(each)) && more.reached.length < 3 * count + 20) {
        const { reached, unseen } = await walk(page, 'Tab', 5);
        more = { reached: [...more.reached, ...reached], unseen: [...more.unseen, ...unseen] };
      }
      expect([view, all.filter((each) => !more.reached.includes(each)), more.unseen]).toEqual([view, [], []]);
      const back = await walk(page, 'Shift+Tab', Math.min(count, 25));
      expect([view, back.unseen]).toEqual([view, []]);
    }
    await page.close();
  });

  test('what has the focus keeps it when its row goes elsewhere', async () => {
    const { page } = await openPage(browser, web.console, { size: 'desktop' });
    const focused = await page.evaluate<string[]>(`import('/page/dom.js').then(({ h, keyed }) => {
      const list = h('ol');
      document.querySelector('main').append(list);
      const show = (items) => keyed(list, items, { key: (item) => item, make: (item) => h('li', {}, h('button', {}, item)), update: () => undefined });
      show(['a', 'b', 'c', 'd']);
      list.children[3].firstElementChild.focus();
      return [['d', 'a', 'b', 'c'], ['a', 'b', 'c', 'd'], ['b', 'd']].map((items) => { show(items); return document.activeElement.textContent; });
    })`);
    expect(focused).toEqual(['d', 'd', 'd']);
    await page.close();
  });

  test('a target that is begun and ended by keys leaves the focus in the view', async () => {
    const { page } = await openPage(browser, `${web.console}/#/tracing`, { size: 'desktop' });
    await page.getByLabel('Topic').focus();
    await page.keyboard.type(TOPIC);
    await page.keyboard.press('Enter');
    await page.getByText('1 targeted.').waitFor();
    await page.getByRole('button', { name: /^End the target/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Nothing is targeted').waitFor();
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('view');
    await page.close();
  });
});

/** On a phone the views' links are wider than the window. */
const tabIsSeen = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>(`(() => {
    const { left, right } = document.querySelector('nav a[aria-current=page]').getBoundingClientRect();
    return left >= 0 && right <= innerWidth + 1;
  })()`);

/** Texts that what they are in cuts off without a way to scroll to them. */
const cut = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`[...document.querySelectorAll('main .card, main .group-head, main td')]
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== 'auto' && each.clientWidth > 0 && !each.querySelector('.id'))
    .map((each) => each.className + ': ' + each.textContent.slice(0, 60))`);
