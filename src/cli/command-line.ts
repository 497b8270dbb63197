/**
 * The commands and their flags. Every setting is a flag of serve, node and config, so that `seaglass config` shows what `serve` with the
 * same flags would do; commands that look at a running gateway have flags of their own. Exit codes: 0 done, 1 could not start or failed
 * while running, 2 wrong usage or configuration.
 */
import { Command, CommanderError, Option } from 'commander';
import { type Config, ConfigError, loadConfig } from '../config';
import { refuseKey } from '../config/config-error';
import { NAMED_SETTINGS } from '../config/settings';
import { addAclCommand } from './acl/acl';
import { addConsoleCommands, CONSOLE_COMMANDS, flagsOfCommand } from './console-commands';
import type { DemoFlags } from './demo/demo';
import { parseDuration } from './duration';
import { printConfig } from './print-config';
import { UsageError } from './usage-error';
import { addUsers } from './users/users-command';
import { version } from './version';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const DRILLS_FLAG = '--drills';

const GROUPS: Readonly<Record<string, string>> = {
  general: 'General:',
  listener: 'One listener alone:',
  traces: 'Traces:',
  console: 'Console:',
  drills: 'Drills:',
  node: 'Embedded node:',
  seaweedfs: 'SeaweedFS:',
  log: 'Logging:',
  deadlines: 'Deadlines of the engine side:',
  sessions: 'Subscriber sessions:',
  publishers: 'Publishers:',
  topics: 'Topic list:',
  kafka: 'Kafka:',
  groups: 'Groups:',
  clients: 'Clients:',
  recorder: 'Flight recorder:',
  ssl: 'TLS of listeners:',
  sasl: 'SASL of listeners:',
  authorizer: 'Who may do what:',
  limits: 'Limits:',
};

/** Resolves with the exit code; for `serve` that is after a signal has stopped it. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const add = (name: string, summary: string, run: (config: Config) => Promise<number>, isDefault: boolean): Command =>
    addSettings(program.command(name, { isDefault }).description(summary)).action(
      async (_options, command: Command) => {
        exitCode = await run(loadConfig(flagsOf(command)));
      },
    );

  const program = new Command('seaglass')
    .description(
      "A Kafka gateway you can see through: Kafka's protocol in front, SeaweedFS or an embedded node behind.",
    )
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    // Commands added below inherit this: what a user did wrong is written once, by reportFailure.
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      'after',
      '\nserve is the default: "seaglass --listen 0.0.0.0:9092 --advertised myhost" serves.\n' +
        '"seaglass serve --help" lists every setting; each is a flag, an environment variable and a key of the YAML file.',
    );
  // Loaded when they are asked for: who looks at a running gateway does not wait for all of one.
  const serve = async (config: Config): Promise<number> => (await import('./serve.js')).serve(config);
  const serveNode = async (config: Config): Promise<number> => (await import('./serve-node.js')).serveNode(config);
  add('serve', 'serve Kafka clients (the default)', serve, true);
  add('node', 'run the embedded node alone', serveNode, false);
  add('config', 'print the effective configuration and where each value came from', printConfig, false);
  addConsoleCommands(program, (code) => (exitCode = code));
  addAclCommand(program, (code) => (exitCode = code));
  addUsers(program, (code) => (exitCode = code));

  addDemo(program).action(async (flags: DemoFlags) => {
    exitCode = await (await import('./demo/demo.js')).demo(flags);
  });

  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportFailure(error, args);
  }
}

function addDemo(program: Command): Command {
  const free = '127.0.0.1:0';
  const stay = new Option('--stay <duration>', 'how long it stays behind the drills, to be looked at')
    .argParser((text) => parseDuration(text, '--stay'))
    .default(300_000, '5m');
  return program
    .command('demo')
    .description('a gateway, a node, a producer and a consumer, and two drills: a hang and a lost value; keeps nothing')
    .helpOption('--help', 'print this help')
    .exitOverride()
    .allowExcessArguments(false)
    .addOption(stay)
    .addOption(
      new Option('--listen <host:port>', 'where Kafka clients connect, on loopback').default(free, 'a free port'),
    )
    .addOption(
      new Option('--console-listen <host:port>', 'where the console is, on loopback').default(free, 'a free port'),
    );
}

function addSettings(command: Command): Command {
  command
    .helpOption('--help', 'print this help')
    .exitOverride()
    .allowExcessArguments(false)
    .addOption(new Option('--config <file>', 'YAML file of settings (SEAGLASS_CONFIG)').helpGroup('General:'));
  for (const { section, flag, variable, setting } of NAMED_SETTINGS) {
    const printed = setting.print(setting.default);
    const initial = printed === '' ? '' : ` Default: ${printed}.`;
    const option = new Option(`${flag} <value>`, `${setting.meaning}${initial} (${variable})`);
    command.addOption(option.helpGroup(GROUPS[section] ?? section));
  }
  const drills = new Option(DRILLS_FLAG, 'the same as --drills-enabled true');
  return command.addOption(drills.helpGroup('Drills:'));
}

function flagsOf(command: Command): { flags: ReadonlyMap<string, string>; configPath: string | undefined } {
  const given = command.opts<Record<string, string | true | undefined>>();
  const flags = new Map<string, string>();
  if (given['drills'] === true) flags.set('drills.enabled', 'true');
  for (const { key, flag } of NAMED_SETTINGS) {
    const value = given[new Option(flag).attributeName()];
    if (typeof value === 'string') flags.set(key, value);
  }
  const configPath = given['config'];
  return { flags, configPath: typeof configPath === 'string' ? configPath : undefined };
}

function reportFailure(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  process.stderr.write(`seaglass: ${describeFailure(error, args)}\n`);
  const isUsage = [CommanderError, ConfigError, UsageError].some((kind) => error instanceof kind);
  return isUsage ? EXIT_USAGE : EXIT_FAILED;
}

function describeFailure(error: unknown, args: readonly string[]): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof CommanderError)) return error.message;
  if (error.code !== 'commander.unknownOption') return error.message.replace(/^error: /, '');
  const flag = /'(--?[^'=]+)/.exec(error.message)?.[1] ?? '';
  const at = args.findIndex((argument) => argument === flag || argument.startsWith(`${flag}=`));
  const value = args[at]?.split('=', 2)[1] ?? args[at + 1];
  const command = CONSOLE_COMMANDS.find(({ name }) => name === args[0]);
  const own = command === undefined ? NAMED_SETTINGS.map((named) => named.flag) : flagsOfCommand(command);
  const known = ['--config', '--help', '--version', DRILLS_FLAG, ...own];
  return refuseKey({ key: flag, value, from: 'the command line', known }).message;
}
