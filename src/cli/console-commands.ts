/**
 * THE list of commands that look at a running gateway through its console, and how they become commands of the program. Each has a file in
 * `commands/`. The console's address and token come from flags, else from the configuration that a gateway started here would have.
 */
import type { Command } from 'commander';
import { loadConfig } from '../config';
import { formatHost, isWildcard } from '../config/address';
import { type ConsoleAddress, ConsoleClient } from './console-client';
import type { ConsoleCommand } from './console-command';
import { bundleCommand } from './commands/bundle';
import { doctorCommand } from './commands/doctor';
import { explainCommand } from './commands/explain';
import { journeyCommand } from './commands/journey';
import { setCommand } from './commands/set';
import { topCommand } from './commands/top';

export const CONSOLE_COMMANDS: readonly ConsoleCommand[] = [
  explainCommand,
  journeyCommand,
  topCommand,
  doctorCommand,
  bundleCommand,
  setCommand,
];

const COMMON_OPTIONS: ConsoleCommand['options'] = [
  { flags: '--console <url>', meaning: 'Console of the gateway; default http:// and console.listen.' },
  { flags: '--token <token>', meaning: 'What the console asks for where it has a token.' },
  { flags: '--config <file>', meaning: 'YAML file of settings that console.listen is read from (SEAGLASS_CONFIG).' },
];

/** Long flags of a command, those that all have included. */
export const flagsOfCommand = ({ options }: ConsoleCommand): readonly string[] =>
  [...options, ...COMMON_OPTIONS].map(({ flags }) => /--[a-z-]+/.exec(flags)?.[0] ?? '');

/** Adds the commands to the program; `done` is told the exit code. */
export function addConsoleCommands(program: Command, done: (exitCode: number) => void): void {
  for (const each of CONSOLE_COMMANDS) {
    const command = program
      .command(`${each.name} ${each.parameters ?? ''}`.trim())
      .description(each.summary)
      .helpOption('--help', 'print this help')
      .exitOverride()
      .allowExcessArguments(false)
      .addHelpText('after', `\nExamples:\n${each.examples.map((line) => `  seaglass ${line}`).join('\n')}`);
    for (const { flags, meaning } of [...each.options, ...COMMON_OPTIONS]) command.option(flags, meaning);
    command.action(async (...given: unknown[]) => {
      const options = command.opts<Record<string, string | true | undefined>>();
      done(
        await each.run({
          client: new ConsoleClient(consoleAddress(options)),
          parameters: given.filter((value): value is string => typeof value === 'string'),
          options,
          print: (text) => void process.stdout.write(text),
        }),
      );
    });
  }
}

function consoleAddress(options: Readonly<Record<string, string | true | undefined>>): ConsoleAddress {
  const { console: given, token, config: configPath } = options;
  const config = loadConfig({ configPath: typeof configPath === 'string' ? configPath : undefined });
  const { host, port } = config.console.listen;
  const own = `http://${formatHost(isWildcard(host) ? '127.0.0.1' : host)}:${port}`;
  const url = typeof given === 'string' ? given : own;
  return { url: url.replace(/\/+$/, ''), token: typeof token === 'string' ? token : undefined };
}
