/**
 * Which console a command asks, and as whom: from its flags, else from the configuration that a gateway started here would have. A token or
 * a password comes from a file or the environment, for whoever lists processes sees the flags of all.
 */
import { readFileSync } from 'node:fs';
import { type Config, loadConfig } from '../config';
import { formatHost, isWildcard } from '../config/address';
import { consoleToken } from '../config/console-tokens';
import type { ConsoleAddress, ConsoleCredentials } from './console-client';
import type { ConsoleCommand } from './console-command';
import { UsageError } from './usage-error';

/** Of every command that asks a console. */
export const CONSOLE_OPTIONS: ConsoleCommand['options'] = [
  { flags: '--console <url>', meaning: 'Console of the gateway; default http:// and console.listen.' },
  {
    flags: '--token-file <file>',
    meaning: 'Its first line is the token that the console asks for. Default: console.token (SEAGLASS_CONSOLE_TOKEN).',
  },
  { flags: '--token <token>', meaning: 'The token itself, which whoever lists processes sees.' },
  { flags: '--user <name>', meaning: 'The user who asks, where the console takes passwords.' },
  { flags: '--password-file <file>', meaning: 'Its first line is the password of --user.' },
  { flags: '--config <file>', meaning: 'YAML file of settings that console.listen is read from (SEAGLASS_CONFIG).' },
];

type Options = Readonly<Record<string, string | true | undefined>>;

/** `options` by flag as commander names them. Throws UsageError, ConfigError. */
export function consoleAddress(options: Options): ConsoleAddress {
  const configPath = textOf(options, 'config');
  const config = loadConfig({ configPath });
  const url = textOf(options, 'console') ?? ownConsole(config);
  return { url: url.replace(/\/+$/, ''), credentials: credentialsOf(options, config) };
}

function ownConsole({ console: web }: Config): string {
  const { host, port } = web.listen;
  const scheme = web.sslKeystoreLocation === undefined ? 'http' : 'https';
  return `${scheme}://${formatHost(isWildcard(host) ? '127.0.0.1' : host)}:${port}`;
}

function credentialsOf(options: Options, config: Config): ConsoleCredentials | undefined {
  const [token, tokenFile, user, passwordFile] = [
    textOf(options, 'token'),
    textOf(options, 'tokenFile'),
    textOf(options, 'user'),
    textOf(options, 'passwordFile'),
  ];
  if ([token, tokenFile, user].filter((given) => given !== undefined).length > 1)
    throw new UsageError('one of --token, --token-file and --user is enough');
  if ((user === undefined) !== (passwordFile === undefined))
    throw new UsageError('--user and --password-file belong together');
  if (user !== undefined && passwordFile !== undefined)
    return { user, password: firstLine(passwordFile, '--password-file') };
  const given = token ?? (tokenFile === undefined ? undefined : firstLine(tokenFile, '--token-file'));
  const own = given ?? consoleToken(config.console);
  return own === undefined ? undefined : { token: own };
}

function firstLine(path: string, flag: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${flag} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw new UsageError(`${flag} ${path} begins with an empty line`);
  return line;
}

function textOf(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
