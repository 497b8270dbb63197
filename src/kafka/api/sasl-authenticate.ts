/** SaslAuthenticate (KIP-152): a token of the mechanism that SaslHandshake has chosen, and what the client is to be answered. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createSaslAuthenticateResponse,
  readSaslAuthenticateRequest,
  saslAuthenticateApi,
  type SaslAuthenticateRequest,
  type SaslAuthenticateResponse,
  writeSaslAuthenticateResponse,
} from '../../protocol/generated/sasl-authenticate';
import { takeToken } from '../sasl/take-token';
import { defineApi } from './define-api';

const TOO_LATE = 'SaslAuthenticate request received after successful authentication';

export const saslAuthenticate = defineApi<SaslAuthenticateRequest, SaslAuthenticateResponse>({
  facts: saslAuthenticateApi,
  read: readSaslAuthenticateRequest,
  write: writeSaslAuthenticateResponse,
  handle: async ({ authBytes }, { session, operation }) => {
    const conversation = session.sasl?.conversation;
    if (conversation?.expects !== 'token')
      return createSaslAuthenticateResponse({ errorCode: ErrorCode.ILLEGAL_SASL_STATE, errorMessage: TOO_LATE });
    const answer = await takeToken(conversation, authBytes, operation);
    if ('failed' in answer)
      return createSaslAuthenticateResponse({
        errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED,
        errorMessage: answer.told,
      });
    const { challenge, sessionLifetimeMs } = answer;
    return createSaslAuthenticateResponse({ authBytes: challenge, sessionLifetimeMs });
  },
  failure: (_, errorCode) => createSaslAuthenticateResponse({ errorCode, errorMessage: null }),
  errors: (response) => [response.errorCode],
});
