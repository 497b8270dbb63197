/**
 * THE list of commands that look at a running gateway through its console, and how they become commands of the program. Each has a file in
 * `commands/`.
 */
import type { Command } from 'commander';
import { CONSOLE_OPTIONS, consoleAddress } from './console-address';
import { ConsoleClient } from './console-client';
import type { ConsoleCommand } from './console-command';
import { bundleCommand } from './commands/bundle';
import { doctorCommand } from './commands/doctor';
import { drillCommand } from './commands/drill';
import { explainCommand } from './commands/explain';
import { journeyCommand } from './commands/journey';
import { setCommand } from './commands/set';
import { topCommand } from './commands/top';
import { traceCommand } from './commands/trace';

export const CONSOLE_COMMANDS: readonly ConsoleCommand[] = [
  explainCommand,
  journeyCommand,
  topCommand,
  doctorCommand,
  bundleCommand,
  setCommand,
  traceCommand,
  drillCommand,
];

/** Long flags of a command, those that all have included. */
export const flagsOfCommand = ({ options }: ConsoleCommand): readonly string[] =>
  [...options, ...CONSOLE_OPTIONS].map(({ flags }) => /--[a-z-]+/.exec(flags)?.[0] ?? '');

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
    for (const { flags, meaning } of [...each.options, ...CONSOLE_OPTIONS]) command.option(flags, meaning);
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
