/** The console's token: given itself, or the first line of a file. */
import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error';
import { SECTIONS, type Values } from './settings';

/** Undefined where none is set. Throws ConfigError where both are, or where the file holds none. */
export function consoleToken({ token, tokenFile }: Values['console']): string | undefined {
  if (tokenFile === undefined) return token;
  if (token !== undefined) throw new ConfigError('console.token and console.token-file are both set: one is enough');
  const [line = ''] = readText(tokenFile).split('\n');
  const parsed = SECTIONS.console.token.schema.safeParse(line.trim());
  if (parsed.success) return parsed.data;
  throw new ConfigError(`console.token-file ${tokenFile} must begin with ${SECTIONS.console.token.allowed}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `console.token-file cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
