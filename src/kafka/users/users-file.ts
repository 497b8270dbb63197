/**
 * The users that a file names, for the start of a cluster or instead of stored ones: YAML, which `seaglass users` writes. It is looked at
 * every second and read again when it changes; what cannot be read is told, and the users read before stay.
 *
 *   users:
 *     orders:
 *       SCRAM-SHA-512: { iterations: 8192, salt: <base64>, stored-key: <base64>, server-key: <base64> }
 */
import { readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import type { Clock } from '../../clock';
import type { Logger } from '../../telemetry/log/log';
import { WatchedFiles } from '../../watched-files';
import { credentialsFrom, type UserCredentials } from './user-entry';

const FILE_BYTES_MAX = 64 * 1024 * 1024;

type UsersByName = ReadonlyMap<string, UserCredentials>;

export class UsersFile {
  readonly isLoaded = true;
  readonly #path: string;
  readonly #log: Logger;
  readonly #file: WatchedFiles<UsersByName>;

  /** `changed` is called after the file was read anew. Throws Error where it cannot be read now. */
  constructor(path: string, { clock, log, changed }: { clock: Clock; log: Logger; changed: () => void }) {
    this.#path = path;
    this.#log = log;
    this.#file = new WatchedFiles({
      read: () => ({ value: readUsersFile(path), paths: [path] }),
      clock,
      told: (outcome) => {
        this.#tell(outcome);
        if (!(outcome instanceof Error)) changed();
      },
    });
    this.#warnOfReaders();
  }

  get users(): UsersByName {
    return this.#file.value;
  }

  close(): void {
    this.#file.close();
  }

  #tell(outcome: UsersByName | Error): void {
    if (outcome instanceof Error) {
      this.#log.write('error', 'users.reload_failed', `the users read before stay: ${outcome.message}`);
      return;
    }
    this.#log.write('info', 'users.reloaded', 'the users file was read again', { users: outcome.size });
    this.#warnOfReaders();
  }

  #warnOfReaders(): void {
    const mode = statSync(this.#path, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & 0o007) === 0) return;
    this.#log.write('warn', 'users.file_exposed', `everybody on this machine may read or write ${this.#path}`);
  }
}

/** Throws Error that names the file, and the user that is wrong. */
export function readUsersFile(path: string): UsersByName {
  return usersFrom(textOf(path), path);
}

function textOf(path: string): string {
  try {
    if (statSync(path).size > FILE_BYTES_MAX) throw new Error(`it holds more than ${FILE_BYTES_MAX} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`sasl.users-file ${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function usersFrom(text: string, path: string): UsersByName {
  let file: unknown;
  try {
    file = parse(text, { prettyErrors: false });
  } catch {
    // The parser's own words show the text around the fault, which holds keys.
    throw new Error(`sasl.users-file ${path} is no YAML`);
  }
  if (file === null) return new Map();
  const users = typeof file === 'object' && 'users' in file ? file.users : undefined;
  if (users === null) return new Map();
  if (typeof users !== 'object') throw new Error(`sasl.users-file ${path}: expected users: with their names below`);
  return new Map(
    Object.entries(users).map(([name, entry]) => [
      name,
      credentialsFrom(entry, `sasl.users-file ${path}, user ${name}`),
    ]),
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
