/**
 * `seaglass users add|list|remove`: the users file, which a gateway reads again within a second. It needs no gateway, so the first user can be
 * made before anybody may sign in; users that are stored in the cluster are changed by Kafka's own kafka-configs.
 */
import { Argument, type Command, Option } from 'commander';
import { loadConfig } from '../../config';
import {
  credentialOf,
  ITERATIONS_MAX,
  ITERATIONS_MIN,
  SCRAM_MECHANISMS,
  type ScramCredential,
  type ScramMechanism,
} from '../../kafka/users/scram-credential';
import type { UserCredentials } from '../../kafka/users/user-entry';
import { systemRandom } from '../../random';
import { UsageError } from '../usage-error';
import { putUser, removeUser, usersIn } from './edit-users-file';
import { readPassword } from './read-password';

const ACTIONS = ['add', 'list', 'remove'] as const;
type Action = (typeof ACTIONS)[number];

export interface UsersFlags {
  readonly usersFile?: string;
  readonly config?: string;
  readonly mechanism: readonly ScramMechanism[];
  readonly iterations: number;
}

const ITERATIONS_DEFAULT = 8_192;
const EXIT_FAILED = 1;

export function addUsers(program: Command, done: (exitCode: number) => void): void {
  program
    .command('users')
    .description(
      'who may sign in by SASL: add, list or remove users of the users file; passwords are typed, or the first line of standard input',
    )
    .helpOption('--help', 'print this help')
    .exitOverride()
    .allowExcessArguments(false)
    .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
    .addArgument(new Argument('[name]', 'the user, of add and remove'))
    .addOption(new Option('--users-file <path>', 'the file; default sasl.users-file'))
    .addOption(
      new Option('--config <file>', 'YAML file of settings that sasl.users-file is read from (SEAGLASS_CONFIG)'),
    )
    .addOption(
      new Option(
        '--mechanism <names>',
        'of add: by which the user may sign in, parted by commas; any of them serves PLAIN',
      )
        .argParser(mechanismsFrom)
        .default([...SCRAM_MECHANISMS], SCRAM_MECHANISMS.join(',')),
    )
    .addOption(
      new Option('--iterations <count>', 'of add: how often the password is hashed')
        .argParser(iterationsFrom)
        .default(ITERATIONS_DEFAULT),
    )
    .addHelpText('after', '\nExamples:\n  seaglass users add orders --users-file users.yaml\n  seaglass users list')
    .action(async (action: Action, name: string | undefined, flags: UsersFlags) => {
      done(await users(action, name, flags));
    });
}

async function users(action: Action, name: string | undefined, flags: UsersFlags): Promise<number> {
  const path = flags.usersFile ?? loadConfig({ configPath: flags.config }).sasl.usersFile;
  if (path === undefined) throw new UsageError('expected --users-file, for sasl.users-file is not set');
  if (action === 'list') return list(path);
  if (name === undefined || name === '') throw new UsageError(`expected the name of the user to ${action}`);
  return action === 'add' ? add(path, name, flags) : remove(path, name);
}

async function add(path: string, name: string, { mechanism: mechanisms, iterations }: UsersFlags): Promise<number> {
  const isKnown = usersIn(path).has(name);
  const password = Buffer.from(await readPassword(name, { input: process.stdin, output: process.stderr }));
  const credentials: Partial<Record<ScramMechanism, ScramCredential>> = {};
  for (const mechanism of mechanisms)
    credentials[mechanism] = await credentialOf(mechanism, password, { iterations, random: systemRandom });
  putUser(path, name, credentials);
  print(`${name} ${isKnown ? 'has a new password' : 'was added'} in ${path}, for ${mechanisms.join(', ')}\n`);
  return 0;
}

function list(path: string): number {
  const all = [...usersIn(path)];
  const width = Math.max(0, ...all.map(([name]) => name.length));
  for (const [name, credentials] of all) print(`${name.padEnd(width)}  ${described(credentials)}\n`);
  return 0;
}

function remove(path: string, name: string): number {
  if (removeUser(path, name)) {
    print(`${name} was removed from ${path}\n`);
    return 0;
  }
  process.stderr.write(`seaglass: ${path} has no user ${name}\n`);
  return EXIT_FAILED;
}

function described(credentials: UserCredentials): string {
  return SCRAM_MECHANISMS.flatMap((mechanism) => {
    const iterations = credentials[mechanism]?.iterations;
    return iterations === undefined ? [] : [`${mechanism} (${String(iterations)} iterations)`];
  }).join(', ');
}

function mechanismsFrom(text: string): readonly ScramMechanism[] {
  return text.split(',').map((part) => {
    const mechanism = SCRAM_MECHANISMS.find((each) => each === part.trim().toUpperCase());
    if (mechanism !== undefined) return mechanism;
    throw new UsageError(`--mechanism: expected ${SCRAM_MECHANISMS.join(' or ')}, got ${part}`);
  });
}

function iterationsFrom(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= ITERATIONS_MIN && count <= ITERATIONS_MAX) return count;
  throw new UsageError(`--iterations: expected ${ITERATIONS_MIN} to ${ITERATIONS_MAX}, got ${text}`);
}

const print = (text: string): void => void process.stdout.write(text);
