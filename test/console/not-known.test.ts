/**
 * Goal: what the gateway does not count or know is shown as that, never as zero or as a whole sum. Method: Debian's Chromium before a gateway
 * in this process; what a storage that does not answer leaves unknown is taken out of a real answer.
 */
import type { Browser } from 'playwright-core';
import type { ShownGroup } from '../../src/console/api/groups';
import { batchOf } from '../e2e/support';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { GroupMember } from '../support/group-member';
import { describeWithProgram } from '../support/outside-program';
import { CHROMIUM, launch, openPage, overflow, type Size, SIZES, unnamed } from './browser';
import { consoleOver } from './console-over';
import type { Scene } from './scenes';

const TOPICS_NAMED = 200;

describeWithProgram(...CHROMIUM)('the page', () => {
  let gateway: TestGateway;
  let web: Scene;
  let browser: Browser;
  let topics: readonly string[];
  beforeAll(async () => {
    gateway = await startTestGateway();
    [web, browser] = await Promise.all([consoleOver(gateway), launch()]);
    const shop = await gateway.client('shop');
    topics = await Promise.all(Array.from({ length: TOPICS_NAMED + 1 }, () => gateway.topic()));
    for (const topic of topics) await shop.produce(topic, batchOf('one', 'two', 'three'));
    const member = new GroupMember(await gateway.client('mail-svc'), 'mails', { sessionTimeoutMs: 300_000 });
    await member.enter();
    await member.sync();
    for (const topic of topics.slice(0, 3)) await member.commit(topic, 1);
  });
  afterAll(async () => {
    await browser.close();
    await web.close();
    await gateway.close();
  });

  test.each(Object.keys(SIZES) as Size[])(
    'a topic that has no name in the metrics is not counted, on a %s',
    async (size) => {
      const { page, complaints } = await openPage(browser, `${web.console}/#/topics`, { size });
      await page.getByText(/^201 of 201 topics; 1 not counted by name/).waitFor();
      const cells = async (topic: string | undefined) =>
        page
          .locator('main tbody tr')
          .filter({ has: page.getByRole('link', { name: topic ?? '', exact: true }) })
          .locator('td')
          .allInnerTexts();
      const uncounted = (await cells(topics.at(-1))).filter((text) => text.includes('not counted'));
      expect(uncounted.length).toBe(4);
      const counted = (await cells(topics[0])).join();
      expect(counted).not.toContain('not counted');
      expect(counted).toMatch(/[1-9]\d* B/);
      expect([await overflow(page), await unnamed(page), complaints]).toEqual([0, [], []]);
      await page.close();
    },
  );

  test.each(Object.keys(SIZES) as Size[])('a lag says what is not in it, on a %s', async (size) => {
    const { page } = await openPage(browser, `${web.console}/#/groups`, { size });
    const card = page.getByRole('region', { name: 'group mails' });
    await card.getByText(/ · 6 behind$/).waitFor();
    const shown = async (change: (group: ShownGroup) => Partial<ShownGroup>, text: RegExp): Promise<void> => {
      await page.unroute('**/api/groups');
      await page.route('**/api/groups', async (route) => {
        const answer = (await (await route.fetch()).json()) as { groups: ShownGroup[] };
        const groups = answer.groups.map((group) => ({ ...group, ...change(group) }));
        await route.fulfill({ json: { ...answer, groups } });
      });
      await card.getByText(text).waitFor();
    };
    await shown(() => ({ partitions: [], lag: undefined, complete: false }), / · commits not known here$/);
    await shown(() => ({ complete: false }), / · 6 behind, other commits not known here$/);
    await shown(
      ({ partitions: [first, ...others] }) => ({
        partitions: first === undefined ? [] : [{ ...first, lag: undefined }, ...others],
        lag: 4,
      }),
      / · 4 behind, without 1 partition whose lag is not known$/,
    );
    expect(await overflow(page)).toBe(0);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.close();
  });
});
