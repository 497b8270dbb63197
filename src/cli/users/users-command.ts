/**
 * `seaglass users add|list|remove`: the users file, which a gateway reads again within a second, or by --bootstrap the users who are stored in a
 * cluster. The file needs no gateway, so the first user can be made before anybody may sign in.
 */
import { Argument, type Command, Option } from 'commander';
import { loadConfig } from '../../config';
import {
  ITERATIONS_MAX,
  ITERATIONS_MIN,
  SCRAM_MECHANISMS,
  type ScramMechanism,
} from '../../kafka/users/scram-credential';
import { commandConfigOption, withKafka } from '../kafka-client/with-kafka';
import { UsageError } from '../usage-error';
import { fileUsers } from './file-users';
import { readPassword } from './read-password';
import { storedUsers } from './stored-users';
import type { Kept, UserStore } from './user-store';

const ACTIONS = ['add', 'list', 'remove'] as const;
type Action = (typeof ACTIONS)[number];

export interface UsersFlags {
  readonly usersFile?: string;
  readonly config?: string;
  readonly bootstrap?: string;
  readonly commandConfig?: string;
  readonly mechanism: readonly ScramMechanism[];
  readonly iterations: number;
}

const ITERATIONS_DEFAULT = 8_192;
const EXIT_FAILED = 1;

export function addUsers(program: Command, done: (exitCode: number) => void): void {
  program
    .command('users')
    .description(
      'who may sign in by SASL: add, list or remove users of the users file, or of a gateway that runs; passwords are typed, or the first line of standard input',
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
    .addOption(new Option('--bootstrap <host:port>', 'a gateway: users who are stored for all of its cluster'))
    .addOption(commandConfigOption())
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
    .addHelpText(
      'after',
      '\nExamples:\n  seaglass users add orders --users-file users.yaml\n  seaglass users list\n  seaglass users add orders --bootstrap kafka.example.org:9093 --command-config admin.properties',
    )
    .action(async (action: Action, name: string | undefined, flags: UsersFlags) => {
      done(await users(action, name, flags));
    });
}

async function users(action: Action, name: string | undefined, flags: UsersFlags): Promise<number> {
  const { bootstrap, usersFile, commandConfig } = flags;
  if (action !== 'list' && (name === undefined || name === ''))
    throw new UsageError(`expected the name of the user to ${action}`);
  const done = (store: UserStore): Promise<number> => ACT[action](store, name ?? '', flags);
  if (bootstrap === undefined) {
    if (commandConfig !== undefined)
      throw new UsageError('--command-config says how to connect: where to, by --bootstrap');
    const path = usersFile ?? loadConfig({ configPath: flags.config }).sasl.usersFile;
    if (path !== undefined) return done(fileUsers(path));
    throw new UsageError(
      'expected --users-file, for sasl.users-file is not set, or --bootstrap, for a gateway that runs',
    );
  }
  if (usersFile !== undefined)
    throw new UsageError('either --users-file or --bootstrap: a file, or a gateway that runs');
  return withKafka({ bootstrap, commandConfig, clientId: 'seaglass-users' }, (client) =>
    done(storedUsers(client, `the cluster of ${bootstrap}`)),
  );
}

const ACT: Readonly<Record<Action, (store: UserStore, name: string, flags: UsersFlags) => Promise<number>>> = {
  add,
  list,
  remove,
};

async function add(store: UserStore, name: string, { mechanism: mechanisms, iterations }: UsersFlags): Promise<number> {
  const isKnown = (await store.users()).has(name);
  const password = Buffer.from(await readPassword(name, { input: process.stdin, output: process.stderr }));
  await store.put(name, { password, mechanisms, iterations });
  print(`${name} ${isKnown ? 'has a new password' : 'was added'} in ${store.name}, for ${mechanisms.join(', ')}\n`);
  return 0;
}

async function list(store: UserStore): Promise<number> {
  const all = [...(await store.users())];
  const width = Math.max(0, ...all.map(([name]) => name.length));
  for (const [name, kept] of all) print(`${name.padEnd(width)}  ${described(kept)}\n`);
  return 0;
}

async function remove(store: UserStore, name: string): Promise<number> {
  if (await store.remove(name)) {
    print(`${name} was removed from ${store.name}\n`);
    return 0;
  }
  // A gateway tells of those in its own users file, too.
  const found = (await store.users()).has(name)
    ? `${name} is not stored in ${store.name}, but in a users file of its gateway: remove it there, by --users-file`
    : `${store.name} has no user ${name}`;
  process.stderr.write(`seaglass: ${found}\n`);
  return EXIT_FAILED;
}

function described(kept: Kept): string {
  return SCRAM_MECHANISMS.flatMap((mechanism) => {
    const iterations = kept[mechanism];
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
