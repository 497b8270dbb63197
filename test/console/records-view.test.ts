/**
 * Goal: who looks again sees what is new; who pages by keyboard keeps the button; who listens is told the facts and not fifty rows; what is
 * cut is counted. Method: Debian's Chromium before a gateway in this process.
 */
import type { Browser, Page } from 'playwright-core';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { batchOf } from '../e2e/support';
import { startTestGateway, type TestGateway } from '../support/gateway';
import type { KafkaClient } from '../support/kafka-client';
import { describeWithProgram } from '../support/outside-program';
import { CHROMIUM, launch, openPage, overflow, unnamed } from './browser';
import { consoleOver } from './console-over';
import type { Scene } from './scenes';

const HEADERS = 70;

describeWithProgram(...CHROMIUM)('the record browser', () => {
  let gateway: TestGateway;
  let web: Scene;
  let browser: Browser;
  let client: KafkaClient;
  beforeAll(async () => {
    gateway = await startTestGateway();
    [web, browser, client] = await Promise.all([consoleOver(gateway), launch(), gateway.client('shop')]);
  });
  afterAll(async () => {
    await browser.close();
    await web.close();
    await gateway.close();
  });

  const address = (topic: string, offset: string) =>
    `${web.console}/#/records?topic=${topic}&partition=0&offset=${offset}`;
  const facts = (page: Page) => page.locator('main [role=status]');
  const produce = async (topic: string, from: number, to: number): Promise<void> => {
    await client.produce(
      topic,
      batchOf(...Array.from({ length: to - from }, (_, index) => `v${String(from + index)}`)),
    );
  };

  /** An answer is shared for a second: who asks sooner is told what was just told, and asks again. */
  const pressUntil = async (page: Page, name: string, text: string): Promise<void> => {
    for (;;) {
      const answered = page.waitForResponse(/api.records/);
      await page.getByRole('button', { name }).click();
      await answered;
      await facts(page).getByText('Reading …').waitFor({ state: 'detached' });
      if ((await facts(page).innerText()).startsWith(text)) return;
    }
  };

  test('"Look" and "latest" show what has come since, however often they are pressed', async () => {
    const topic = await gateway.topic();
    await produce(topic, 0, 2);
    const { page, complaints } = await openPage(browser, address(topic, 'latest'), { size: 'desktop' });
    await facts(page).getByText('2 records from 0 to 1.').waitFor();
    let end = 2;
    for (const name of ['Look', 'latest ⇥', 'latest ⇥', 'Look']) {
      await produce(topic, end, end + 1);
      end += 1;
      await pressUntil(page, name, `${String(end)} records from 0 to ${String(end - 1)}.`);
      expect(await page.locator('main tbody tr').count()).toBe(end);
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('paging by keyboard keeps the focus on its button, and says what came in one line', async () => {
    const topic = await gateway.topic();
    await produce(topic, 0, 120);
    const { page, complaints } = await openPage(browser, address(topic, '0'), { size: 'phone' });
    await facts(page).getByText('50 records from 0 to 49.').waitFor();
    const after = page.getByRole('button', { name: 'after →' });
    await after.focus();
    for (const shown of ['50 records from 50 to 99.', '20 records from 100 to 119.', 'No record from here on.']) {
      await page.keyboard.press('Enter');
      await facts(page).getByText(shown).waitFor();
      expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('after →');
    }
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await facts(page).getByText('50 records from 70 to 119.').waitFor();
    expect(await page.getByLabel('From offset').inputValue()).toBe('70');
    await page.goBack();
    await facts(page).getByText('No record from here on.').waitFor();
    expect(
      await page.evaluate<string[]>(
        '[...document.querySelectorAll("main [aria-live], main [role=status]")].map((each) => each.localName)',
      ),
    ).toEqual(['p']);
    expect([await overflow(page), await unnamed(page), complaints]).toEqual([0, [], []]);
    await page.close();
  });

  test('of a record with more headers than are shown the others are counted', async () => {
    const topic = await gateway.topic();
    const headers = Array.from({ length: HEADERS }, (_, index) => ({
      key: `h${String(index)}`,
      value: Buffer.from('x'),
    }));
    await client.produce(topic, encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from('v'), headers }]));
    const { page } = await openPage(browser, address(topic, '0'), { size: 'desktop' });
    await page.getByText(`${String(HEADERS)} headers`).click();
    expect((await page.locator('details li').allInnerTexts()).slice(-2)).toEqual(['h63 1 B', 'and 6 more']);
    await page.close();
  });

  test('a topic that is not there is said so, and the next look shows records again', async () => {
    const topic = await gateway.topic();
    await produce(topic, 0, 1);
    const { page } = await openPage(browser, address('no-such-topic', '0'), { size: 'desktop' });
    await page.getByText('Not read: there is no topic no-such-topic').waitFor();
    await page.getByLabel('Topic').fill(topic);
    await page.keyboard.press('Enter');
    await facts(page).getByText('1 record from 0 to 0.').waitFor();
    expect(await page.getByText('Not read').count()).toBe(0);
    await page.close();
  });
});
