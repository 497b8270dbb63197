/** AlterUserScramCredentials (KIP-554): users who sign in by a password are added, given another one, or removed; kept salted, for every gateway. */
import { EngineError } from '../../engine-error';
import {
  type AlterUserScramCredentialsRequest,
  type AlterUserScramCredentialsResponse,
  alterUserScramCredentialsApi,
  createAlterUserScramCredentialsResponse,
  createAlterUserScramCredentialsResult,
  readAlterUserScramCredentialsRequest,
  writeAlterUserScramCredentialsResponse,
} from '../../protocol/generated/alter-user-scram-credentials';
import { codesOf } from '../admin/error-codes';
import { clusterWords } from '../security/access-words';
import { alterUsers } from '../users/alter-users';
import { defineApi } from './define-api';

export const alterUserScramCredentials = defineApi<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>(
  {
    facts: alterUserScramCredentialsApi,
    read: readAlterUserScramCredentialsRequest,
    write: writeAlterUserScramCredentialsResponse,
    handle: async (request, context, { users: { stored } }) => {
      // What is known of a user is written anew with the change, so all must be known.
      if (stored?.isLoaded !== true) throw new EngineError('unavailable', 'the stored users could not be read yet');
      const altered = await alterUsers(request, stored, context);
      return createAlterUserScramCredentialsResponse({ results: altered.map(createAlterUserScramCredentialsResult) });
    },
    failure: ({ deletions, upsertions }, errorCode) => {
      const names = new Set([...deletions, ...upsertions].map(({ name }) => name));
      const errorMessage = clusterWords(errorCode);
      const results = [...names].map((user) =>
        createAlterUserScramCredentialsResult({ user, errorCode, errorMessage }),
      );
      return createAlterUserScramCredentialsResponse({ results });
    },
    errors: ({ results }) => codesOf(results),
  },
);
