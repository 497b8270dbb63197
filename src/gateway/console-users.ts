/** The users of the gateway as the console sees them: whether a password is right, and when it is another one. */
import type { ConsoleUsers } from '../console/access/credentials';
import { entryOf } from '../kafka/users/user-entry';
import type { Users } from '../kafka/users/users';

export const consoleUsers = (users: Pick<Users, 'check' | 'get'>): ConsoleUsers => ({
  verifyPassword: async (name, password) => (await users.check(name, Buffer.from(password))) === 'right',
  version(name) {
    const credentials = users.get(name);
    return credentials === undefined ? undefined : JSON.stringify(entryOf(credentials));
  },
});
