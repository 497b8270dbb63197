/**
 * Goal: who is not known signs in; the first line says of who may not look that the page is locked, and why, and never that the gateway is
 * not heard; of a gateway that is gone it says since when. Method: Debian's Chromium before gateways as users run them.
 */
import type { Browser, Page } from 'playwright-core';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { describeWithProgram } from '../support/outside-program';
import { CHROMIUM, launch, openPage, overflow, unnamed } from './browser';
import { contrastsOf } from './contrast';

const VIEW_TOKEN = 'look-and-touch-nothing';
const METRICS_TOKEN = 'scrape-and-nothing-else';

describeWithProgram(...CHROMIUM)('the page', () => {
  let gateway: GatewayProcess;
  let browser: Browser;
  beforeAll(async () => {
    const environment = { SEAGLASS_CONSOLE_VIEW_TOKEN: VIEW_TOKEN, SEAGLASS_CONSOLE_METRICS_TOKEN: METRICS_TOKEN };
    [gateway, browser] = await Promise.all([startGatewayProcess({ environment }), launch()]);
  });
  afterAll(async () => {
    await browser.close();
    await gateway.stop();
  });

  const firstLine = (page: Page) => page.locator('.first-line');

  test('who is not known signs in, is offered what the rights allow, and signs out; then nothing ticks', async () => {
    const { page } = await openPage(browser, `${gateway.console}/#/tracing`, { size: 'phone', scheme: 'dark' });
    const field = page.getByLabel('Token');
    await field.fill('look-and-touch-everything');
    expect([(await contrastsOf(page)).faint, await overflow(page), await unnamed(page)]).toEqual([[], 0, []]);
    await page.keyboard.press('Enter');
    await page.getByText('That is not right.').waitFor();
    await field.fill(VIEW_TOKEN);
    await page.keyboard.press('Enter');
    await page.getByText('Signed in as console.view-token').waitFor();
    await page.getByText('Nothing is targeted').waitFor();
    await page
      .locator('#since')
      .getByText(/^for .*, since /)
      .waitFor();
    expect(await page.getByRole('button', { name: 'Keep every trace' }).count()).toBe(0);
    expect(page.url()).not.toContain(VIEW_TOKEN);
    expect(await page.evaluate<string>('document.cookie + JSON.stringify({ ...localStorage })')).toBe('{}');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await field.waitFor();
    await firstLine(page).getByText('Locked', { exact: true }).waitFor();
    // The page ticks five times a second.
    await page.locator('#since').getByText(/./).waitFor({ state: 'detached' });
    const ticks = await page.evaluate<string[]>(`new Promise((resolve) => {
      const seen = []; const timer = setInterval(() => {
        seen.push(document.querySelector('.first-line').textContent.trim()); if (seen.length === 4) resolve(seen), clearInterval(timer);
      }, 250);
    })`);
    expect(ticks).toEqual(Array(4).fill('Locked'));
    await page.close();
  });

  test('who is known and may not look is told which right is missing, and can sign out', async () => {
    const { page } = await openPage(browser, gateway.console, { size: 'desktop' });
    await page.getByLabel('Token').fill(METRICS_TOKEN);
    await page.keyboard.press('Enter');
    await page.locator('main').getByText('this needs the right view, and console.metrics-token has metrics').waitFor();
    await firstLine(page).getByText('Locked', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('main').getByText('a token or a user is needed').waitFor();
    await page.getByLabel('Token').fill(VIEW_TOKEN);
    await page.keyboard.press('Enter');
    await firstLine(page).getByText('Serving', { exact: true }).waitFor();
    await page.close();
  });

  test('a console that is closed says how it is opened, and asks for nothing', async () => {
    const closed = await startGatewayProcess({ flags: ['--console-listen', '0.0.0.0:0'] });
    try {
      const { port } = new URL(closed.console);
      const { page } = await openPage(browser, `http://127.0.0.1:${port}`, { size: 'desktop' });
      await page
        .locator('main')
        .getByText(/^closed: console.listen is no loopback address/)
        .waitFor();
      await firstLine(page).getByText('Locked', { exact: true }).waitFor();
      expect(await page.locator('input').count()).toBe(0);
      await page.close();
    } finally {
      await closed.stop();
    }
  });

  test('of a gateway that is gone the page says since when it is not heard', async () => {
    const going = await startGatewayProcess({});
    const { page } = await openPage(browser, going.console, { size: 'desktop' });
    await firstLine(page).getByText('Serving', { exact: true }).waitFor();
    // It has served for longer than it takes to be shown as another second.
    await page
      .locator('#since')
      .getByText(/^for ([3-9]|\d\d) s, since /)
      .waitFor();
    const sinceMs = async (): Promise<number> =>
      Date.parse((await page.locator('#since').innerText()).replace(/^.* since /, '').replace(',', ''));
    const served = await sinceMs();
    await going.stop();
    await firstLine(page).getByText('Gateway not heard', { exact: true }).waitFor();
    await page
      .locator('#since')
      .getByText(/since /)
      .waitFor();
    expect(await sinceMs()).toBeGreaterThan(served);
    await page.close();
  });
});
