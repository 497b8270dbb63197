/** Users of a users file. */
import {
  credentialOf,
  SCRAM_MECHANISMS,
  type ScramCredential,
  type ScramMechanism,
} from '../../kafka/users/scram-credential';
import type { UserCredentials } from '../../kafka/users/user-entry';
import { systemRandom } from '../../random';
import { putUser, removeUser, usersIn } from './edit-users-file';
import type { Kept, UserStore } from './user-store';

export const fileUsers = (path: string): UserStore => ({
  name: path,
  users: async () => new Map([...usersIn(path)].map(([name, credentials]) => [name, keptOf(credentials)])),
  put: async (name, { password, mechanisms, iterations }) => {
    const credentials: Partial<Record<ScramMechanism, ScramCredential>> = {};
    for (const mechanism of mechanisms)
      credentials[mechanism] = await credentialOf(mechanism, password, { iterations, random: systemRandom });
    putUser(path, name, credentials);
  },
  remove: async (name) => removeUser(path, name),
});

function keptOf(credentials: UserCredentials): Kept {
  const kept: Partial<Record<ScramMechanism, number>> = {};
  for (const mechanism of SCRAM_MECHANISMS) {
    const iterations = credentials[mechanism]?.iterations;
    if (iterations !== undefined) kept[mechanism] = iterations;
  }
  return kept;
}
