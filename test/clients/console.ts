/** What the gateway's console shows while a client works. */
import { pause } from '../e2e/load';
import type { EngineUnderTest } from './engines';

const DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** Looks at `path` until `pattern` is there. */
export async function consoleShows({ gateway }: EngineUnderTest, path: string, pattern: RegExp): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const text = await (await fetch(`${gateway.console}${path}`)).text();
    if (pattern.test(text)) return;
    if (performance.now() > deadline)
      throw new Error(`${path} does not show ${String(pattern)}:\n${text.slice(-8_000)}`);
    await pause(LOOK_EVERY_MS);
  }
}
