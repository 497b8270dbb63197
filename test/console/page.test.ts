/**
 * Goal: every view of the page shows what it promises, on a desktop and on a phone, while clients work; nothing overflows, nothing is
 * complained of, and all of it can be reached by keyboard. Method: Debian's Chromium before a gateway as users run it.
 */
import type { Browser, Page } from 'playwright-core';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { GroupMember } from '../support/group-member';
import { KafkaClient } from '../support/kafka-client';
import { describeWithProgram } from '../support/outside-program';
import { awaitTopic, batchOf } from '../e2e/support';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { CHROMIUM, launch, openPage, type Size, SIZES } from './browser';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SHOWN_MS_MAX = 10_000;

describeWithProgram(...CHROMIUM)('the page', () => {
  let gateway: GatewayProcess;
  let browser: Browser;
  let client: KafkaClient;
  let reader: KafkaClient;
  let worker: KafkaClient;
  let waiting: Promise<unknown>;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGatewayProcess(), launch()]);
    const port = Number(gateway.bootstrap.split(':')[1]);
    client = await KafkaClient.connect(port, 'shop');
    reader = await KafkaClient.connect(port, 'audit-svc');
    await awaitTopic(client, 'orders');
    const headers = [{ key: 'traceparent', value: Buffer.from(`00-${TRACE}-b7ad6b7169203331-01`) }];
    const timestamp = Date.now();
    const schema = Buffer.from([0, 0, 0, 0, 42, 1, 2, 3]);
    await client.produce('orders', batchOf('secret-content', ''));
    await client.produce('orders', encodeBatch([{ timestamp, key: Buffer.from('k1'), value: null }]));
    await client.produce('orders', encodeBatch([{ timestamp, key: null, value: schema, headers }]));
    worker = await KafkaClient.connect(port, 'invoice-svc');
    const member = new GroupMember(worker, 'invoices');
    await member.enter();
    await member.sync();
    waiting = reader.fetch('orders', 4, { maxWaitMs: 30_000 }).catch(() => undefined);
  });
  afterAll(async () => {
    await browser.close();
    for (const each of [client, reader, worker]) await each.close();
    await waiting;
    await gateway.stop();
  });

  const views: readonly (readonly [view: string, shows: readonly RegExp[]])[] = [
    ['now', [/Nobody: nothing new to read/, /audit-svc/, /fetch>long_poll/]],
    ['incidents', [/Open/, /Over/]],
    ['topics', [/orders/, /cleanup|default|present/]],
    ['topics?topic=orders', [/High watermark/i, /partitions/]],
    ['groups', [/invoices/, /Stable/, /never committed/]],
    ['clients', [/shop/, /audit-svc/, /127\.0\.0\.1/]],
    [
      'records?topic=orders&partition=0&offset=0',
      [/14 B/, /0 B empty/, /null/, /schema 42/, /1 header/, new RegExp(TRACE)],
    ],
    ['settings', [/console\.listen/, /--console-listen/]],
  ];

  test.each(Object.keys(SIZES) as Size[])('shows each view at the width of a %s', async (size) => {
    const { page, complaints } = await openPage(browser, gateway.console, { size });
    await page.getByText('Serving', { exact: true }).waitFor({ timeout: SHOWN_MS_MAX });
    expect(await page.locator('.first-line').innerText()).toMatch(/since .*embedded node at .*Clients are told/s);
    for (const [view, shows] of views) {
      await page.goto(`${gateway.console}/#/${view}`);
      for (const each of shows)
        await page.locator('main').getByText(each).first().waitFor({ state: 'attached', timeout: SHOWN_MS_MAX });
      expect([view, await overflow(page)]).toEqual([view, 0]);
      expect([view, await unnamed(page)]).toEqual([view, []]);
    }
    expect(await page.content()).not.toContain('secret-content');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('ages tick between looks, and a reader of screens hears the first line once', async () => {
    const { page } = await openPage(browser, gateway.console, { size: 'desktop' });
    const age = page.locator('.waiting tbody td').first();
    await age.waitFor({ timeout: SHOWN_MS_MAX });
    const seen = await page.evaluate<string[]>(`new Promise((resolve) => {
      const cell = document.querySelector('.waiting tbody td'); const seen = [cell.textContent];
      new MutationObserver(() => { seen.push(cell.textContent); if (seen.length > 6) resolve(seen); })
        .observe(cell, { childList: true, characterData: true, subtree: true });
    })`);
    expect(new Set(seen).size).toBeGreaterThan(5);
    const announcer = page.locator('[aria-live=polite]#announcer');
    expect(await announcer.innerText()).toMatch(/^Serving\. /);
    expect(await announcer.innerText()).not.toMatch(/since|for \d/);
    await page.close();
  });

  test('is walked by keyboard: skip link, views, fields, with the focus seen', async () => {
    const { page } = await openPage(browser, gateway.console, { size: 'desktop' });
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.className')).toBe('skip');
    for (let times = 0; times < 3; times++) await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Topics');
    expect(await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByRole('table', { name: 'Topics' }).waitFor({ timeout: SHOWN_MS_MAX });
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('view');
    for (const role of ['banner', 'navigation', 'main', 'contentinfo'] as const)
      expect(await page.getByRole(role).count()).toBe(1);
    await page.close();
  });
});

/** Pixels that the page is wider than its window. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

/** Tables without a caption or headings, fields and buttons without a name. */
const unnamed = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`[
    ...[...document.querySelectorAll('table')].filter((each) => !each.caption?.textContent || !each.querySelector('th[scope]')),
    ...[...document.querySelectorAll('input, select')].filter((each) => !each.labels.length),
    ...[...document.querySelectorAll('a, button')].filter((each) => !(each.textContent || each.ariaLabel)),
  ].map((each) => each.outerHTML)`);
