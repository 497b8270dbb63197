/**
 * DescribeUserScramCredentials (KIP-554): who may sign in by a password, by which mechanisms and with how many iterations; never with what. Users
 * of the users file are told of as well as stored ones: they may sign in, too.
 */
import { ErrorCode } from '../../protocol/error-code';
import {
  createCredentialInfo,
  createDescribeUserScramCredentialsResponse,
  createDescribeUserScramCredentialsResult,
  describeUserScramCredentialsApi,
  readDescribeUserScramCredentialsRequest,
  writeDescribeUserScramCredentialsResponse,
} from '../../protocol/generated/describe-user-scram-credentials';
import type {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
  DescribeUserScramCredentialsResult,
} from '../../protocol/generated/describe-user-scram-credentials';
import { shortened } from '../../topic-settings/refusal';
import { duplicatesOf } from '../admin/duplicates';
import { codesOf } from '../admin/error-codes';
import { SCRAM_MECHANISMS } from '../users/scram-credential';
import { scramType } from '../users/scram-types';
import type { Users } from '../users/users';
import { defineApi } from './define-api';

export const describeUserScramCredentials = defineApi<
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse
>({
  facts: describeUserScramCredentialsApi,
  read: readDescribeUserScramCredentialsRequest,
  write: writeDescribeUserScramCredentialsResponse,
  handle: async (request, _context, { users: { users } }) => {
    const asked = (request.users ?? []).map((each) => each.name);
    const twice = duplicatesOf(asked);
    // Nobody in particular: everybody.
    const names = asked.length === 0 ? [...users.names()].sort() : [...new Set(asked)];
    const results = names.map((user) => (twice.has(user) ? askedTwice(user) : described(user, users)));
    return createDescribeUserScramCredentialsResponse({ results });
  },
  // As Kafka: one nameless result for each user, with the same code.
  failure: ({ users }, errorCode) =>
    createDescribeUserScramCredentialsResponse({
      errorCode,
      errorMessage: null,
      results: (users ?? []).map(() => createDescribeUserScramCredentialsResult({ errorCode, errorMessage: null })),
    }),
  errors: (response) => codesOf([response, ...response.results]),
});

function described(user: string, users: Users): DescribeUserScramCredentialsResult {
  const credentials = users.get(user);
  if (credentials === undefined) return absent(user);
  const credentialInfos = SCRAM_MECHANISMS.flatMap((mechanism) => {
    const iterations = credentials[mechanism]?.iterations;
    return iterations === undefined ? [] : [createCredentialInfo({ mechanism: scramType(mechanism), iterations })];
  });
  return createDescribeUserScramCredentialsResult({ user, credentialInfos });
}

const askedTwice = (user: string): DescribeUserScramCredentialsResult =>
  createDescribeUserScramCredentialsResult({
    user,
    errorCode: ErrorCode.DUPLICATE_RESOURCE,
    errorMessage: `Cannot describe SCRAM credentials for the same user twice in a single request: ${shortened(user)}`,
  });

const absent = (user: string): DescribeUserScramCredentialsResult =>
  createDescribeUserScramCredentialsResult({
    user,
    errorCode: ErrorCode.RESOURCE_NOT_FOUND,
    errorMessage: `Attempt to describe a user credential that does not exist: ${shortened(user)}`,
  });
