/**
 * Makes the pictures of src/console/README.md from real runs:
 *
 *     npm run build && node -r ./test/support/register.cjs test/console/screenshots.ts
 */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launch, openPage, type Size } from './browser';
import { calm, hang, LOST, lostValue, type Scene } from './scenes';

const DOCS = join(__dirname, '..', '..', 'src', 'console', 'docs');

interface Picture {
  readonly name: string;
  readonly view: string;
  readonly size: Size;
  readonly scheme: 'light' | 'dark';
  /** For how long it is watched then: until the small lines have something to show. */
  readonly settleMs: number;
  /** A text that is waited for. */
  readonly shows: RegExp;
}

async function take(browser: Browser, scene: Scene, pictures: readonly Picture[]): Promise<void> {
  for (const { name, view, size, scheme, shows, settleMs } of pictures) {
    const { page } = await openPage(browser, `${scene.console}/#/${view}`, { size, scheme });
    await page.getByText(shows).first().waitFor();
    await page.waitForTimeout(settleMs);
    await page.screenshot({ path: join(DOCS, `${name}.png`) });
    await page.close();
  }
}

async function main(): Promise<void> {
  const browser = await launch();
  const quiet = await calm();
  await take(browser, quiet, [
    { name: 'calm', view: 'now', size: 'desktop', scheme: 'light', settleMs: 20_000, shows: /Nobody/ },
    { name: 'calm-phone', view: 'now', size: 'phone', scheme: 'dark', settleMs: 5_000, shows: /Nobody/ },
  ]);
  await quiet.close();
  const stuck = await hang(9);
  await take(browser, stuck, [
    { name: 'hang', view: 'now', size: 'desktop', scheme: 'light', settleMs: 4_200, shows: /too long/ },
  ]);
  await stuck.close();
  const lost = await lostValue();
  await take(browser, lost, [
    {
      ...{ name: 'lost', view: `records?topic=${LOST.topic}&partition=0&offset=0` },
      ...{ size: 'desktop', scheme: 'light', settleMs: 3_000, shows: /was stored/ },
    },
  ]);
  await lost.close();
  await browser.close();
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
