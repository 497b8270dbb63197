/**
 * Goal: every view of the page shows what it promises, on a desktop and on a phone, while clients work; nothing overflows, nothing is
 * complained of, every text can be read in both themes, and all of it can be reached by keyboard. Method: Debian's Chromium before a gateway as users run it.
 */
import type { Browser } from 'playwright-core';
import { describeWithProgram } from '../support/outside-program';
import { CHROMIUM, launch, openPage, overflow, SHOWN_MS_MAX, type Size, SIZES, unnamed } from './browser';
import { contrastsOf } from './contrast';
import { calm, type Scene, TRACE, withContents } from './scenes';

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
    ['topics?topic=orders', [/High watermark/i, /1 partition ·/]],
    ['groups', [/invoices/, /Stable · 1 member · generation 1 · no commit yet/]],
    ['clients', [/shop/, /audit-svc/, /127\.0\.0\.1/]],
    [
      'records?topic=orders&partition=0&offset=0',
      [
        /14 B/,
        /0 B empty/,
        /null/,
        /match/,
        /schema 42/,
        /1 header/,
        new RegExp(TRACE),
        /contents are off \(console\.contents\)/,
      ],
    ],
    ['verdicts', [/No record was found wrong/]],
    ['tracing', [/Nothing is targeted/, /Keep every trace/]],
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

  test.each(Object.keys(SIZES) as Size[])(
    'rates, counts and watermarks are those of what is done, on a %s',
    async (size) => {
      const { page } = await openPage(browser, `${scene.console}/#/topics`, { size });
      const cell = (row: RegExp, label: string) =>
        page.locator('main tbody tr', { hasText: row }).locator(`td[data-label="${label}"]`);
      for (const label of ['Written', 'Read'])
        await cell(/^payments/, label)
          .getByText(/^[1-9][\d.]* (B|KiB)\/s$/)
          .waitFor({ timeout: SHOWN_MS_MAX });
      const api = (await (await fetch(`${scene.console}/api/topics?match=orders`)).json()) as {
        readonly topics: readonly { readonly producedBytes: number }[];
      };
      // Three batches, and nobody adds to them.
      expect(api.topics[0]?.producedBytes).toBeGreaterThan(3 * 61);
      await cell(/^orders/, 'Written in all')
        .getByText(`${String(api.topics[0]?.producedBytes)} B`, { exact: true })
        .waitFor();
      await cell(/^orders/, 'Written')
        .getByText('0 B/s', { exact: true })
        .waitFor();
      await cell(/^payments/, 'Values delivered')
        .getByText(/^[1-9]\d* present$/)
        .waitFor();
      await page.goto(`${scene.console}/#/topics?topic=orders`);
      const row = page.locator('main tbody tr');
      const expected = { 'Log start': '0', 'Last stable': '4', 'High watermark': '4', 'Offsets held': '4' };
      for (const [label, value] of Object.entries(expected))
        await row.locator(`td[data-label="${label}"]`).getByText(value, { exact: true }).waitFor();
      await page.goto(`${scene.console}/#/topics?topic=payments`);
      await row
        .locator('td[data-label="Records/s"]')
        .getByText(/^[1-9][\d.]*$/)
        .waitFor();
      await page.close();
    },
  );

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

  test('of five hundred rows, one that goes and one that comes change two and leave the others where they are', async () => {
    const { page } = await openPage(browser, scene.console, { size: 'desktop' });
    const changed = await page.evaluate<Record<string, number>>(`import('/page/dom.js').then(({ h, keyed }) => {
      const list = h('ol');
      const show = (from) => keyed(list, Array.from({ length: 500 }, (_, index) => from + index), {
        key: (item) => item, make: (item) => h('li', {}, String(item)), update: () => undefined,
      });
      show(0);
      const observer = new MutationObserver(() => undefined);
      observer.observe(list, { childList: true, subtree: true, characterData: true });
      show(1);
      const records = observer.takeRecords();
      return {
        added: records.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0),
        removed: records.reduce((sum, { removedNodes }) => sum + removedNodes.length, 0),
        first: Number(list.firstElementChild.textContent), last: Number(list.lastElementChild.textContent),
      };
    })`);
    expect(changed).toEqual({ added: 1, removed: 1, first: 1, last: 500 });
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

  test.each(['light', 'dark'] as const)(
    'every text can be read on its ground: 4.5 to 1 at least, %s',
    async (scheme) => {
      const { page } = await openPage(browser, scene.console, { size: 'desktop', scheme });
      const figures: string[] = [];
      for (const [view, [shows]] of views) {
        await page.goto(`${scene.console}/#/${view}`);
        if (shows !== undefined)
          await page.locator('main').getByText(shows).first().waitFor({ state: 'attached', timeout: SHOWN_MS_MAX });
        const { measured, least, faint } = await contrastsOf(page);
        expect([view, faint]).toEqual([view, []]);
        expect(measured).toBeGreaterThan(10);
        figures.push(`${view.split('?')[0] ?? ''} ${least.toFixed(1)}`);
      }
      process.stdout.write(`least contrast, ${scheme}: ${figures.join(', ')}\n`);
      await page.close();
    },
  );

  test('contents that the operator turned on are shown, and traces are links', async () => {
    const shown = await withContents();
    try {
      for (const size of Object.keys(SIZES) as Size[]) {
        const records = `${shown.console}/#/records?topic=orders&partition=0&offset=0`;
        const { page, complaints } = await openPage(browser, records, { size });
        const rows = page.locator('main tbody tr');
        await rows.nth(0).getByText('secret-content', { exact: true }).waitFor();
        expect(await rows.nth(2).locator('code.content').allInnerTexts()).toEqual(['k1']);
        const link = rows.nth(3).getByRole('link', { name: `trace ${TRACE}` });
        expect(await link.getAttribute('href')).toBe(`http://traces.example/trace/${TRACE}`);
        await rows.nth(3).getByText('1 header').click();
        await rows.nth(3).getByText(TRACE).waitFor();
        expect(await page.locator('main').innerText()).not.toContain('contents are off');
        expect([await overflow(page), await unnamed(page), complaints]).toEqual([0, [], []]);
        await page.close();
      }
    } finally {
      await shown.close();
    }
  });

  test('records are looked for by time', async () => {
    const { page } = await openPage(browser, `${scene.console}/#/records?topic=orders&partition=0`, {
      size: 'desktop',
    });
    const at = new Date(Date.now() - 3_600_000).toISOString().slice(0, -1);
    await page.getByLabel('or from time (UTC)').fill(at);
    await page.getByRole('button', { name: 'Look' }).click();
    await page.waitForURL(/time=/);
    await page.locator('main').getByText('0 B empty').waitFor({ timeout: SHOWN_MS_MAX });
    // A browser leaves out zeros at the end of a fraction.
    const shown = await page.getByLabel('or from time (UTC)').inputValue();
    expect(Date.parse(`${shown}Z`)).toBe(Date.parse(`${at}Z`));
    await page.getByLabel('or from time (UTC)').fill(new Date(Date.now() + 3_600_000).toISOString().slice(0, -1));
    await page.getByRole('button', { name: 'Look' }).click();
    await page.locator('main').getByText('No record from here on.').waitFor({ timeout: SHOWN_MS_MAX });
    await page.close();
  });

  test('"trace this client for five minutes" is a button, says what is left, and can be ended', async () => {
    const { page, complaints } = await openPage(browser, `${scene.console}/#/clients`, { size: 'desktop' });
    await page
      .getByRole('button', { name: 'Keep every trace of client audit-svc for five minutes' })
      .click({ timeout: SHOWN_MS_MAX });
    const row = page.locator('main tbody tr', { hasText: 'audit-svc' });
    await row.getByText(/^4 min \d\d s$/).waitFor({ timeout: SHOWN_MS_MAX });
    const left = await row.getByText(/^4 min/).innerText();
    await row.getByText(left, { exact: true }).waitFor({ state: 'detached', timeout: SHOWN_MS_MAX });
    await page.getByLabel('Group').fill('invoices');
    await page.locator('select[name=time]').selectOption('1 hour');
    await page.getByRole('button', { name: 'Keep every trace', exact: true }).click();
    await page
      .locator('main tbody tr', { hasText: 'invoices' })
      .getByText(/59 min/)
      .waitFor({ timeout: SHOWN_MS_MAX });
    for (const name of ['audit-svc', 'invoices']) {
      const target = page.locator('main tbody tr', { hasText: name });
      await target.getByRole('button', { name: /^End the target/ }).click();
      await target.waitFor({ state: 'detached', timeout: SHOWN_MS_MAX });
    }
    await page.getByText('Nothing is targeted').waitFor({ timeout: SHOWN_MS_MAX });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
