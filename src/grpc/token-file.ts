/** A token in the first line of a file, read again when it changes: where it is shown, and where it is asked for. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../clock';
import type { Logger } from '../telemetry/log/log';
import { WatchedFiles } from '../watched-files';
import { type TokenCheck, tokenCheck } from './call-token';

const TOKEN = /^[\x21-\x7e]{16,256}$/;

export interface TokenFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called once it was read again. */
  readonly changed?: () => void;
}

/** Throws Error that names the file, and never what is in it. */
export function watchTokenFile({ path, clock, log, changed }: TokenFileOptions): WatchedFiles<string> {
  return new WatchedFiles({
    read: () => ({ value: tokenIn(path), paths: [path] }),
    clock,
    told(outcome) {
      if (outcome instanceof Error)
        return log.write('error', 'token.reload_failed', `the token before stays: ${outcome.message}`);
      log.write('info', 'token.reloaded', `the token in ${path} was read again`);
      changed?.();
    },
  });
}

export interface OpenTokenCheck {
  /** Undefined where no token is asked for. */
  readonly check: TokenCheck | undefined;
  close(): void;
}

/** Of a token that is given itself, or by a file. Throws as `watchTokenFile` does. */
export function openTokenCheck(
  { token, tokenFile }: { readonly token?: string | undefined; readonly tokenFile?: string | undefined },
  { clock, log }: Pick<TokenFileOptions, 'clock' | 'log'>,
): OpenTokenCheck {
  if (tokenFile === undefined) {
    const check = token === undefined ? undefined : tokenCheck(() => token, clock);
    return { check, close: () => undefined };
  }
  // Looked at once, so that the time of the token before begins now.
  const file = watchTokenFile({ path: tokenFile, clock, log, changed: () => void known('') });
  const known = tokenCheck(() => file.value, clock);
  const check = (shown: string): boolean => {
    if (known(shown)) return true;
    // Whoever shows it may have read the file a moment before.
    file.look();
    return known(shown);
  };
  return { check, close: () => file.close() };
}

function tokenIn(path: string): string {
  const [line = ''] = readFileSync(path, 'utf8').split('\n');
  if (!TOKEN.test(line.trim())) throw new Error(`node.token-file ${path} holds no token`);
  return line.trim();
}
