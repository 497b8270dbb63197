/**
 * `seaglass top`: what waits now, whom for and since when, in a terminal. On a terminal it draws over itself until q or a signal; into a pipe
 * it prints one picture after the other; `--once` prints one.
 */
import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '../../clock';
import { ConsoleError } from '../console-client';
import type { CommandCall, ConsoleCommand } from '../console-command';
import { parseDuration } from '../duration';
import { LIVE, topPicture } from '../top-picture';

const EVERY_MS = 1_000;
/** Of a pipe, which has no size. */
const PIPE_COLUMNS = 200;
const PIPE_ROWS = 50;
const TERMINAL_COLUMNS = 80;
const TERMINAL_ROWS = 24;

const ALTERNATE_SCREEN = '\u001b[?1049h\u001b[?25l';
const BACK = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

async function run(call: CommandCall): Promise<number> {
  const { options, print } = call;
  const everyMs = typeof options['every'] === 'string' ? parseDuration(options['every'], '--every') : EVERY_MS;
  if (options['once'] === true) {
    print(`${(await picture(call, PIPE_COLUMNS, PIPE_ROWS)).join('\n')}\n`);
    return 0;
  }
  const { stdout } = process;
  const quit = listenForQuit();
  // The clock's timers let a process end; an open port keeps it.
  const { port1: held } = new MessageChannel();
  held.on('message', () => undefined);
  if (stdout.isTTY) print(ALTERNATE_SCREEN);
  try {
    do {
      if (!stdout.isTTY) print(`${(await picture(call, PIPE_COLUMNS, PIPE_ROWS)).join('\n')}\n\n`);
      else print(HOME + (await pictureOrTrouble(call)).map((line) => `${line}${CLEAR_LINE}`).join('\n') + CLEAR_BELOW);
    } while (!(await Promise.race([quit.asked, after(everyMs)])));
    return 0;
  } finally {
    if (stdout.isTTY) print(BACK);
    held.close();
    quit.dispose();
  }
}

async function picture({ client }: CommandCall, columns: number, rows: number): Promise<readonly string[]> {
  return topPicture(LIVE.parse(await client.json('/api/live')), { console: client.url, columns, rows });
}

/** A gateway that is gone may come back: the screen says so and goes on. */
async function pictureOrTrouble(call: CommandCall): Promise<readonly string[]> {
  // A terminal that does not know its size says 0.
  const columns = process.stdout.columns || TERMINAL_COLUMNS;
  const rows = process.stdout.rows || TERMINAL_ROWS;
  try {
    return await picture(call, columns, rows);
  } catch (error) {
    if (!(error instanceof ConsoleError) || error.status === 401) throw error;
    return [new Date(systemClock.nowMs()).toISOString(), '', error.message];
  }
}

const after = (ms: number): Promise<false> =>
  new Promise((resolve) => void systemClock.after(ms, () => resolve(false)));

/** Resolves with true at q, ctrl-c or a signal. */
function listenForQuit(): { readonly asked: Promise<true>; dispose(): void } {
  const { stdin } = process;
  let quit: () => void = () => undefined;
  const asked = new Promise<true>((resolve) => (quit = () => resolve(true)));
  const onKey = (key: Buffer): void => {
    if (key.includes('q') || key.includes(3)) quit();
  };
  process.on('SIGINT', quit);
  process.on('SIGTERM', quit);
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on('data', onKey);
    stdin.resume();
  }
  return {
    asked,
    dispose: () => {
      process.off('SIGINT', quit);
      process.off('SIGTERM', quit);
      if (!stdin.isTTY) return;
      stdin.setRawMode(false);
      stdin.off('data', onKey);
      stdin.pause();
    },
  };
}

export const topCommand: ConsoleCommand = {
  name: 'top',
  summary: 'what waits now, whom for and since when; q ends it',
  options: [
    { flags: '--once', meaning: 'One picture, then the end.' },
    { flags: '--every <time>', meaning: 'How often it looks; 1s by default.' },
  ],
  examples: ['top', 'top --once'],
  run,
};
