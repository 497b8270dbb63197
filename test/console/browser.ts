/** Debian's Chromium, driven by playwright-core, at the sizes that people have. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { findProgram } from '../support/outside-program';

export const CHROMIUM = ['chromium', 'SEAGLASS_TEST_CHROMIUM'] as const;
export const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } } as const;
/** Each step of a person, on a busy machine. */
export const SHOWN_MS_MAX = 60_000;
export type Size = keyof typeof SIZES;

export function launch(): Promise<Browser> {
  const executablePath = findProgram(...CHROMIUM);
  if (executablePath === undefined) throw new Error('chromium is missing');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A page of its own; whatever it complains of is collected. */
export async function openPage(
  browser: Browser,
  url: string,
  options: { readonly size: Size; readonly scheme?: 'light' | 'dark' },
): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const page = await browser.newPage({
    viewport: SIZES[options.size],
    colorScheme: options.scheme ?? 'light',
    // Colours are what they are, not on their way there.
    reducedMotion: 'reduce',
  });
  page.setDefaultTimeout(SHOWN_MS_MAX);
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

/** Pixels that the page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

/** Tables without a caption or headings, fields and buttons without a name. */
export const unnamed = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`[
    ...[...document.querySelectorAll('table')].filter((each) => !each.caption?.textContent || !each.querySelector('th[scope]')),
    ...[...document.querySelectorAll('input, select')].filter((each) => !each.labels.length),
    ...[...document.querySelectorAll('a, button')].filter((each) => !(each.textContent || each.ariaLabel)),
  ].map((each) => each.outerHTML)`);
