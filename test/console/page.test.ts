/**
 * Goal: every view of the page shows what it promises, on a desktop and on a phone, while clients work; nothing overflows, nothing is
 * complained of, and all of it can be reached by keyboard. Method: Debian's Chromium before a gateway as users run it.
 */
import type { Browser, Page } from 'playwright-core';
import { describeWithProgram } from '../support/outside-program';
import { CHROMIUM, launch, openPage, type Size, SIZES } from './browser';
import { calm, hang, type Scene, TRACE } from './scenes';
import { expectWithin } from '../support/measured';

const SHOWN_MS_MAX = 60_000;

describeWithProgram(...CHROMIUM)('the page', () => {
  let scene: Scene;
  let browser: Browser;

  beforeAll(async () => {
    [scene, browser] = await Promise.all([calm(), launch()]);
  });
  afterAll(async () => {
    await browser.close();
    await scene.close();
  });

  const views: readonly (readonly [view: string, shows: readonly RegExp[]])[] = [
    ['now', [/Nobody: nothing new to read/, /orders-reader/, /fetch>long_poll/]],
    ['incidents', [/Open/, /Over/]],
    ['topics', [/orders/, /cleanup|default|present/]],
    ['topics?topic=orders', [/High watermark/i, /partitions/]],
    ['groups', [/invoices/, /Stable/, /never committed/]],
    ['clients', [/shop/, /audit-svc/, /127\.0\.0\.1/]],
    [
      'records?topic=orders&partition=0&offset=0',
      [/14 B/, /0 B empty/, /null/, /schema 42/, /1 header/, new RegExp(TRACE)],
    ],
    ['verdicts', [/No record was found wrong/]],
    ['settings', [/console\.listen/, /--console-listen/]],
  ];

  test.each(Object.keys(SIZES) as Size[])('shows each view at the width of a %s', async (size) => {
    const { page, complaints } = await openPage(browser, scene.console, { size });
    await page.getByText('Serving', { exact: true }).waitFor({ timeout: SHOWN_MS_MAX });
    // The time is written by what ticks, a moment later.
    await page.locator('#since').getByText(/since/).waitFor({ timeout: SHOWN_MS_MAX });
    expect(await page.locator('.first-line').innerText()).toMatch(/since .*embedded node at .*Clients are told/s);
    for (const [view, shows] of views) {
      await page.goto(`${scene.console}/#/${view}`);
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
    const { page } = await openPage(browser, scene.console, { size: 'desktop' });
    await page.locator('.waiting tr').getByText('orders-reader').waitFor({ timeout: SHOWN_MS_MAX });
    const seen = await page.evaluate<string[]>(`new Promise((resolve) => {
      const row = [...document.querySelectorAll('.waiting tbody tr')].find((each) => each.textContent.includes('orders-reader'));
      const cell = row.firstElementChild; const seen = [cell.textContent];
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
    const { page } = await openPage(browser, scene.console, { size: 'desktop' });
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

  test('a hang is named by target and phase within seconds, with who waits; five hundred rows stay smooth', async () => {
    const stuck = await hang(500);
    try {
      const { page, complaints } = await openPage(browser, stuck.console, { size: 'desktop' });
      await page
        .getByText(/too long/)
        .first()
        .waitFor({ timeout: SHOWN_MS_MAX });
      await page.getByText('Requests fail', { exact: true }).waitFor({ timeout: SHOWN_MS_MAX });
      await page.locator('.incident').first().waitFor({ timeout: SHOWN_MS_MAX });
      const [head = ''] = await page.locator('.group-head[data-late=true]').allInnerTexts();
      expect(head).toMatch(/^The engine: [\w.]+.*127\.0\.0\.1:\d+/s);
      await page.waitForFunction('document.querySelectorAll(".waiting tbody tr").length >= 400', undefined, {
        timeout: SHOWN_MS_MAX,
      });
      const frames = await page.evaluate<number[]>(`new Promise((resolve) => {
        const gaps = []; let last = performance.now();
        const frame = (now) => { gaps.push(now - last); last = now; if (gaps.length < 120) requestAnimationFrame(frame); else resolve(gaps); };
        requestAnimationFrame(frame);
      })`);
      frames.sort((a, b) => a - b);
      const [median = 0, late = 0] = [frames[60], frames[114]];
      process.stdout.write(
        `500 rows: a frame takes ${median.toFixed(0)} ms, 95 of 100 at most ${late.toFixed(0)} ms\n`,
      );
      expectWithin('a frame of 500 rows', median, 50);
      expect(complaints).toEqual([]);
      await page.close();
    } finally {
      await stuck.close();
    }
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
