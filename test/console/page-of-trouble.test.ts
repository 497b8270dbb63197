/**
 * Goal: trouble is seen on the page as it is told elsewhere, on a desktop and on a phone: a hang with who waits, a lost value, groups that are
 * stuck or never commit (and not one that began a moment ago), a client that does not read.
 * Method: Debian's Chromium before gateways that are in that trouble.
 */
import type { Browser, Page } from 'playwright-core';
import { describeWithProgram } from '../support/outside-program';
import { CHROMIUM, launch, openPage, overflow, SHOWN_MS_MAX, type Size, SIZES, unnamed } from './browser';
import { contrastsOf } from './contrast';
import { watchRows } from './row-changes';
import { DAMAGED, hang, LOST, lostValue, type Scene } from './scenes';
import { troubled } from './troubled-scene';

const sizes = Object.keys(SIZES) as Size[];

describeWithProgram(...CHROMIUM)('the page in trouble', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  describe('of clients', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await troubled();
    });
    afterAll(() => scene.close());

    test.each(sizes)(
      'groups are stuck or never commit by their incidents, a young one is neither, on a %s',
      async (size) => {
        const { page, complaints } = await openPage(browser, `${scene.console}/#/groups`, { size });
        const group = (name: string) => page.getByRole('region', { name: `group ${name}` });
        await group('mails').getByText('stuck', { exact: true }).waitFor();
        expect(await group('mails').innerText()).toMatch(
          /has not moved from topic-\d+-0@0 for \d\d minutes, where 2 records wait/,
        );
        await group('billing').getByText('never commits', { exact: true }).waitFor();
        expect(await group('billing').innerText()).toMatch(
          /was given \d+ records in \d\d minutes and has committed nothing/,
        );
        await group('young').getByText('no commit yet').waitFor();
        expect(await group('young').locator('.tag').count()).toBe(0);
        const told = (await (await fetch(`${scene.console}/api/incidents`)).json()) as {
          readonly current: readonly { readonly kind: string; readonly target: string }[];
        };
        const ofGroups = told.current.filter(({ kind }) => kind.startsWith('group_'));
        expect(ofGroups.map(({ kind, target }) => `${kind} ${target}`).sort()).toEqual([
          'group_never_commits billing',
          'group_stuck mails',
        ]);
        expect([await overflow(page), await unnamed(page), complaints]).toEqual([0, [], []]);
        await page.close();
      },
    );

    test.each(sizes)(
      'a client that does not read is first, with its unread bytes and who it is, on a %s',
      async (size) => {
        const { page, complaints } = await openPage(browser, `${scene.console}/#/clients`, { size });
        const row = page.locator('main tbody tr').first();
        await row
          .locator('.tag.warn')
          .getByText(/^\d+(\.\d)? MiB$/)
          .waitFor();
        expect(await row.innerText()).toMatch(
          /lazy-svc.*librdkafka 2\.16\.0.*ANONYMOUS.*archive.*127\.0\.0\.1:\d+ · PLAINTEXT/s,
        );
        await row.getByText(/^\d APIs$/).click();
        const versions = await row.locator('li').allInnerTexts();
        expect(versions).toEqual(expect.arrayContaining(['ApiVersions v3', 'Fetch v12', 'JoinGroup v9']));
        const reader = page.locator('main tbody tr', { hasText: 'young-svc' });
        expect(await reader.innerText()).toContain('0 B');
        expect([await overflow(page), await unnamed(page), complaints]).toEqual([0, [], []]);
        await page.close();
      },
    );
  });

  test('a lost value is told apart from an empty one: by form, by word and by what was stored', async () => {
    const lost = await lostValue();
    try {
      for (const size of sizes) await seeLost(lost, size);
    } finally {
      await lost.close();
    }
  });

  async function seeLost(lost: Scene, size: Size): Promise<void> {
    const records = `${lost.console}/#/records?topic=${LOST.topic}&partition=0&offset=0`;
    const { page, complaints } = await openPage(browser, records, { size });
    const row = page.locator('tr.lost-row');
    await row.getByText(`${String(LOST.bytes)} B was stored`).waitFor({ timeout: SHOWN_MS_MAX });
    expect(await row.locator('td').first().innerText()).toMatch(new RegExp(`^(Offset )?${String(LOST.offset)}$`));
    expect(await row.locator('.tag.lost').allInnerTexts()).toEqual([`${String(LOST.bytes)} B was stored`, 'lost']);
    expect(await page.locator('main .tag.good').allInnerTexts()).toEqual(Array(5).fill('match'));
    expect(await row.locator('.tag.empty, .tag.null').count()).toBe(0);
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect([scheme, (await contrastsOf(page)).faint]).toEqual([scheme, []]);
    }
    expect([await overflow(page), await unnamed(page)]).toEqual([0, []]);
    await seeDamaged(page, lost);
    await page.goto(`${lost.console}/#/verdicts`);
    const found = page.locator('tr.lost-row', { hasText: `${LOST.topic}-0@${String(LOST.offset)}` });
    await found.waitFor({ timeout: SHOWN_MS_MAX });
    expect(await found.innerText()).toMatch(/lost.*384 B.*invoice-svc.*shop/s);
    expect([await overflow(page), await unnamed(page)]).toEqual([0, []]);
    await page.goto(`${lost.console}/#/incidents`);
    await page
      .locator('.incident')
      .getByText(/engine lost records/)
      .first()
      .waitFor({ timeout: SHOWN_MS_MAX });
    expect([await overflow(page), complaints]).toEqual([0, []]);
    await page.close();
  }

  /** Not lost, and not what was produced: each is named, with what was stored; what lies beside them is good. */
  async function seeDamaged(page: Page, { console }: Scene): Promise<void> {
    await page.goto(`${console}/#/records?topic=${DAMAGED.topic}&partition=0&offset=0`);
    const row = (offset: number) => page.locator('main tbody tr').nth(offset);
    for (const [offset, verdict] of DAMAGED.verdicts.entries()) {
      await row(offset).getByText(verdict, { exact: true }).waitFor({ timeout: SHOWN_MS_MAX });
      const tags = verdict === 'match' ? [] : [`${String(DAMAGED.bytes)} B was stored`, verdict];
      expect(await row(offset).locator('.tag.lost').allInnerTexts()).toEqual(tags);
    }
    expect(await page.locator('tr.lost-row').count()).toBe(2);
    expect([await overflow(page), await unnamed(page)]).toEqual([0, []]);
  }

  test('a hang is named by target and phase within seconds, with who waits; of more the five hundred most urgent stay smooth', async () => {
    const stuck = await hang(520);
    try {
      for (const size of sizes) await seeHang(stuck, size);
    } finally {
      await stuck.close();
    }
  });

  async function seeHang(stuck: Scene, size: Size): Promise<void> {
    const { page, complaints } = await openPage(browser, stuck.console, { size });
    await page
      .getByText(/too long/)
      .first()
      .waitFor({ timeout: SHOWN_MS_MAX });
    await page.getByText('Requests fail', { exact: true }).waitFor({ timeout: SHOWN_MS_MAX });
    await page.locator('.incident').first().waitFor({ timeout: SHOWN_MS_MAX });
    // Who is answered at the deadline asks again, and is not late for a moment.
    const late = page.locator('.group-head[data-late=true]');
    const named = late.filter({ hasText: /The engine: [\w.]+.*127\.0\.0\.1:\d+/s });
    await named.first().waitFor({ timeout: SHOWN_MS_MAX });
    await page.locator('.waiting tbody tr').nth(399).waitFor({ state: 'attached', timeout: SHOWN_MS_MAX });
    expect([await overflow(page), await unnamed(page)]).toEqual([0, []]);
    const changes = await watchRows(page, 5);
    process.stdout.write(`${size}, 500 rows: ${JSON.stringify(changes)}\n`);
    expect(changes).toMatchObject({ looks: 5, rows: 500, remade: 0, strays: [] });
    // Whatever the machine: of five looks at 500 rows, each with some twenty texts and elements, less is changed than one row in five a look.
    expect(changes.moved).toBeLessThan(500);
    expect(changes.changed).toBeLessThan(500);
    // Nothing piles up beside the rows, of which there may be none for a moment: who is answered at the deadline is gone until it asks again.
    expect(changes.elements[1] - changes.elements[0]).toBeLessThan(100);
    expect(complaints).toEqual([]);
    await page.close();
  }
});
