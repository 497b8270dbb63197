/** DescribeUserScramCredentials: nobody has any, because nobody authenticates (KIP-554); kafka-configs asks for them beside quotas. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createDescribeUserScramCredentialsResponse,
  createDescribeUserScramCredentialsResult,
  describeUserScramCredentialsApi,
  readDescribeUserScramCredentialsRequest,
  writeDescribeUserScramCredentialsResponse,
} from '../../protocol/generated/describe-user-scram-credentials';
import type {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
} from '../../protocol/generated/describe-user-scram-credentials';
import { shortened } from '../../topic-settings/refusal';
import { duplicatesOf } from '../admin/duplicates';
import { codesOf } from '../admin/error-codes';
import { defineApi } from './define-api';

export const describeUserScramCredentials = defineApi<
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse
>({
  facts: describeUserScramCredentialsApi,
  read: readDescribeUserScramCredentialsRequest,
  write: writeDescribeUserScramCredentialsResponse,
  handle: ({ users }) => {
    const names = (users ?? []).map((each) => each.name);
    const twice = duplicatesOf(names);
    const results = [...new Set(names)].map((user) =>
      createDescribeUserScramCredentialsResult({ user, ...refusal(user, twice.has(user)) }),
    );
    return Promise.resolve(createDescribeUserScramCredentialsResponse({ errorMessage: null, results }));
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

function refusal(user: string, twice: boolean) {
  const shown = shortened(user);
  return twice
    ? {
        errorCode: ErrorCode.DUPLICATE_RESOURCE,
        errorMessage: `Cannot describe SCRAM credentials for the same user twice in a single request: ${shown}`,
      }
    : {
        errorCode: ErrorCode.RESOURCE_NOT_FOUND,
        errorMessage: `Attempt to describe a user credential that does not exist: ${shown}`,
      };
}
