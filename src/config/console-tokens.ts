/** The console's tokens, each given itself or as the first line of a file, with the rights that it brings. */
import { readFileSync } from 'node:fs';
import type { TokenGrant } from '../console/access/credentials';
import { ALL_RIGHTS, rightsWith } from '../console/access/rights';
import { ConfigError } from './config-error';
import { SECTIONS, type Values } from './settings';

type ConsoleValues = Values['console'];

/** Those that are set. Throws ConfigError where one is given twice, or where a file holds none. */
export function consoleTokens(values: ConsoleValues): readonly TokenGrant[] {
  const { viewToken, viewTokenFile, operateToken, operateTokenFile } = values;
  const { contentsToken, contentsTokenFile, metricsToken, metricsTokenFile } = values;
  const narrow = [
    ['view', viewToken, viewTokenFile],
    ['operate', operateToken, operateTokenFile],
    ['contents', contentsToken, contentsTokenFile],
    ['metrics', metricsToken, metricsTokenFile],
  ] as const;
  const whole = { name: 'console.token', token: consoleToken(values), rights: ALL_RIGHTS };
  const parts = narrow.map(([right, token, file]) => {
    const name = `console.${right}-token`;
    return { name, token: tokenOf(name, token, file), rights: rightsWith([right]) };
  });
  return [whole, ...parts].flatMap(({ token, ...grant }) => (token === undefined ? [] : [{ token, ...grant }]));
}

/** Those that tokens are read from. */
export const tokenFiles = (values: ConsoleValues): readonly string[] =>
  [
    ...[values.tokenFile, values.viewTokenFile, values.operateTokenFile],
    ...[values.contentsTokenFile, values.metricsTokenFile],
  ].filter((file) => file !== undefined);

/** console.token alone, as commands show it. */
export const consoleToken = ({ token, tokenFile }: ConsoleValues): string | undefined =>
  tokenOf('console.token', token, tokenFile);

/** A token that is given itself or as the first line of a file; undefined without either. Throws ConfigError. */
export function tokenOf(key: string, token: string | undefined, file: string | undefined): string | undefined {
  if (file === undefined) return token;
  if (token !== undefined) throw new ConfigError(`${key} and ${key}-file are both set: one is enough`);
  const [line = ''] = readText(key, file).split('\n');
  const parsed = SECTIONS.console.token.schema.safeParse(line.trim());
  if (parsed.success && parsed.data !== undefined) return parsed.data;
  throw new ConfigError(`${key}-file ${file} must begin with ${SECTIONS.console.token.allowed}`);
}

function readText(key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${key}-file cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
