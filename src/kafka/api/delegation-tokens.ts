/** Delegation tokens (KIP-48): not served. Each of the four APIs is refused as a Kafka broker refuses it where it has no secret for them. */
import { ErrorCode } from '../../protocol/error-code';
import * as create from '../../protocol/generated/create-delegation-token';
import * as describe from '../../protocol/generated/describe-delegation-token';
import * as expire from '../../protocol/generated/expire-delegation-token';
import * as renew from '../../protocol/generated/renew-delegation-token';
import { ANONYMOUS, type ConnectionSession } from '../connection-session';
import { type AnyApi, defineApi } from './define-api';

/** Kafka hands no token to whoever has shown nothing of itself, and says so first. */
function refusal({ session }: { readonly session: ConnectionSession }): ErrorCode {
  const { protocol } = session.listener;
  const isNobody = protocol === 'PLAINTEXT' || (protocol === 'SSL' && session.principal === ANONYMOUS);
  return isNobody ? ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED : ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED;
}

/** Kafka's broker tells no time where it refuses, and its controller the first of all. */
const timeOf = (errorCode: ErrorCode): number => (errorCode === ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED ? 0 : -1);

const errors = ({ errorCode }: { readonly errorCode: number }): readonly number[] => [errorCode];

const createDelegationToken = defineApi<create.CreateDelegationTokenRequest, create.CreateDelegationTokenResponse>({
  facts: create.createDelegationTokenApi,
  read: create.readCreateDelegationTokenRequest,
  write: create.writeCreateDelegationTokenResponse,
  handle: async (_, context) => refusedCreation(refusal(context), context.session),
  failure: (_, errorCode, context) => refusedCreation(errorCode, context.session),
  errors,
});

/** Kafka names who asked. */
function refusedCreation(errorCode: ErrorCode, { principal }: ConnectionSession): create.CreateDelegationTokenResponse {
  const user = { principalType: 'User', principalName: principal };
  const requester = { tokenRequesterPrincipalType: 'User', tokenRequesterPrincipalName: principal };
  const time = timeOf(errorCode);
  const times = { issueTimestampMs: time, expiryTimestampMs: time, maxTimestampMs: time };
  return create.createCreateDelegationTokenResponse({ errorCode, ...user, ...requester, ...times });
}

const renewDelegationToken = defineApi<renew.RenewDelegationTokenRequest, renew.RenewDelegationTokenResponse>({
  facts: renew.renewDelegationTokenApi,
  read: renew.readRenewDelegationTokenRequest,
  write: renew.writeRenewDelegationTokenResponse,
  handle: async (_, context) => {
    const errorCode = refusal(context);
    return renew.createRenewDelegationTokenResponse({ errorCode, expiryTimestampMs: timeOf(errorCode) });
  },
  failure: (_, errorCode) => renew.createRenewDelegationTokenResponse({ errorCode }),
  errors,
});

const expireDelegationToken = defineApi<expire.ExpireDelegationTokenRequest, expire.ExpireDelegationTokenResponse>({
  facts: expire.expireDelegationTokenApi,
  read: expire.readExpireDelegationTokenRequest,
  write: expire.writeExpireDelegationTokenResponse,
  handle: async (_, context) => {
    const errorCode = refusal(context);
    return expire.createExpireDelegationTokenResponse({ errorCode, expiryTimestampMs: timeOf(errorCode) });
  },
  failure: (_, errorCode) => expire.createExpireDelegationTokenResponse({ errorCode }),
  errors,
});

const describeDelegationToken = defineApi<
  describe.DescribeDelegationTokenRequest,
  describe.DescribeDelegationTokenResponse
>({
  facts: describe.describeDelegationTokenApi,
  read: describe.readDescribeDelegationTokenRequest,
  write: describe.writeDescribeDelegationTokenResponse,
  handle: async (_, context) => describe.createDescribeDelegationTokenResponse({ errorCode: refusal(context) }),
  failure: (_, errorCode) => describe.createDescribeDelegationTokenResponse({ errorCode }),
  errors,
});

export const delegationTokens: readonly AnyApi[] = [
  createDelegationToken,
  renewDelegationToken,
  expireDelegationToken,
  describeDelegationToken,
];
