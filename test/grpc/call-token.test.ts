/** Goal: a token can be changed on both sides without a refused call, and the old one ends. Method: the check by itself, on a clock of the test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOKEN_BEFORE_MS, tokenCheck } from '../../src/grpc/call-token';
import { openTokenCheck } from '../../src/grpc/token-file';
import { ManualClock } from '../support/manual-clock';

const [FIRST, SECOND, THIRD] = ['the-first-token-of-all', 'the-second-token-of-all', 'the-third-token-of-all'];
const shown = (token: string): string => `Bearer ${token}`;

test('the token before is taken for a minute, and the one before that no more', () => {
  const clock = new ManualClock();
  let token = FIRST;
  const check = tokenCheck(() => token, clock);
  const taken = (): readonly boolean[] => [FIRST, SECOND, THIRD].map((each) => check(shown(each)));
  expect(taken()).toEqual([true, false, false]);
  clock.advance(TOKEN_BEFORE_MS * 2);
  token = SECOND;
  expect(taken()).toEqual([true, true, false]);
  clock.advance(TOKEN_BEFORE_MS - 1);
  expect(taken()).toEqual([true, true, false]);
  token = THIRD;
  expect(taken()).toEqual([false, true, true]);
  clock.advance(TOKEN_BEFORE_MS + 1);
  expect(taken()).toEqual([false, false, true]);
  expect(check(THIRD)).toBe(false);
});

test('a file is looked at when an unknown token comes, and one that holds none leaves the token before', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-token-'));
  const tokenFile = join(directory, 'token');
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = {
    enabled: () => true,
    write: (_level: string, event: string, text: string) => void lines.push(`${event} ${text}`),
  };
  try {
    writeFileSync(tokenFile, `${FIRST}\nwhat stands behind it is not read\n`);
    const { check, close } = openTokenCheck({ tokenFile }, { clock, log });
    expect(check?.(shown(FIRST))).toBe(true);
    writeFileSync(tokenFile, SECOND);
    expect(check?.(shown(SECOND))).toBe(true);
    writeFileSync(tokenFile, 'short');
    expect([check?.(shown('short')), check?.(shown(SECOND))]).toEqual([false, true]);
    clock.advance(TOKEN_BEFORE_MS * 2);
    writeFileSync(tokenFile, THIRD);
    // Nobody calls meanwhile: the time of the one before has begun all the same.
    clock.advance(1_000);
    clock.advance(TOKEN_BEFORE_MS + 1);
    expect([check?.(shown(SECOND)), check?.(shown(THIRD))]).toEqual([false, true]);
    close();
    expect(lines).toEqual([
      `token.reloaded the token in ${tokenFile} was read again`,
      `token.reload_failed the token before stays: node.token-file ${tokenFile} holds no token`,
      `token.reloaded the token in ${tokenFile} was read again`,
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
