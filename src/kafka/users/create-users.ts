/** The users of a gateway, from where they are kept. */
import type { Clock } from '../../clock';
import { systemRandom, type Random } from '../../random';
import type { Logger } from '../../telemetry/log/log';
import type { StoredState } from '../state/stored-state';
import { StoredUsers } from './stored-users';
import { Users } from './users';
import { UsersFile } from './users-file';

export interface UsersOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: Random;
  /** Absent: nobody is stored. */
  readonly state?: StoredState | undefined;
  /** Absent: none. */
  readonly file?: string | undefined;
}

export interface OpenUsers {
  readonly users: Users;
  readonly stored: StoredUsers | undefined;
  close(): void;
}

/** To be called before the state is started. Throws Error where the file cannot be read. */
export function createUsers({ clock, log, random = systemRandom, state, file }: UsersOptions): OpenUsers {
  const stored = state === undefined ? undefined : new StoredUsers(state, random);
  const changed = (): void => users.changed();
  const fromFile = file === undefined ? undefined : new UsersFile(file, { clock, log, changed });
  const sources = [stored, fromFile].filter((source) => source !== undefined);
  const own = random.bytes(32);
  const users: Users = new Users(sources, () => stored?.decoySecret ?? own);
  const unwatch = stored?.watch(changed);
  return {
    users,
    stored,
    close: () => {
      unwatch?.();
      fromFile?.close();
    },
  };
}
