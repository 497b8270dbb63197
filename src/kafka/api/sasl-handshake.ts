/**
 * SaslHandshake (KIP-43): the client chooses a mechanism. From v1 on its tokens come as SaslAuthenticate (KIP-152). Where nobody is asked to
 * sign in, or somebody is signed in already, it is ILLEGAL_SASL_STATE.
 */
import { ErrorCode } from '../../protocol/error-code';
import {
  createSaslHandshakeResponse,
  readSaslHandshakeRequest,
  saslHandshakeApi,
  type SaslHandshakeRequest,
  type SaslHandshakeResponse,
  writeSaslHandshakeResponse,
} from '../../protocol/generated/sasl-handshake';
import { defineApi } from './define-api';

export const saslHandshake = defineApi<SaslHandshakeRequest, SaslHandshakeResponse>({
  facts: saslHandshakeApi,
  read: readSaslHandshakeRequest,
  write: writeSaslHandshakeResponse,
  handle: async ({ mechanism }, { session, apiVersion, operation }) => {
    const { sasl } = session;
    if (sasl?.conversation.expects !== 'handshake' && sasl?.conversation.expects !== 'versions_or_handshake')
      return createSaslHandshakeResponse({ errorCode: ErrorCode.ILLEGAL_SASL_STATE });
    const served = sasl.conversation.choose(mechanism, apiVersion === 0);
    // A name that is not served is the client's own word.
    if (served) operation.set('seaglass.sasl.mechanism', mechanism);
    return createSaslHandshakeResponse({
      errorCode: served ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_SASL_MECHANISM,
      mechanisms: sasl.mechanisms,
    });
  },
  failure: (_, errorCode) => createSaslHandshakeResponse({ errorCode }),
  errors: (response) => [response.errorCode],
});
