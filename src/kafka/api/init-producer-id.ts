/**
 * InitProducerId: a new id for each idempotent producer that asks, as Kafka gives (KIP-98, KIP-360: a producer without a transactional
 * id that asks again also gets a new one). Transactions are refused in words.
 */
import { ErrorCode } from '../../protocol/error-code';
import {
  createInitProducerIdResponse,
  initProducerIdApi,
  readInitProducerIdRequest,
  writeInitProducerIdResponse,
} from '../../protocol/generated/init-producer-id';
import type { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/generated/init-producer-id';
import { EngineError } from '../../engine-error';
import { codesOf } from '../admin/error-codes';
import { type Access, accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { defineApi } from './define-api';

const NO_PRODUCER_ID = -1n;
const NO_EPOCH = -1;

export const initProducerId = defineApi<InitProducerIdRequest, InitProducerIdResponse>({
  facts: initProducerIdApi,
  read: readInitProducerIdRequest,
  write: writeInitProducerIdResponse,
  handle: async (request, context, services) => {
    const denied = denialOf(request, accessOf(context, services));
    if (denied !== undefined) return refused(denied);
    const wrong = problemOf(request);
    if (wrong !== undefined) return refused(wrong);
    try {
      return createInitProducerIdResponse({ producerId: await services.producerIds.next(context), producerEpoch: 0 });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // The code that Kafka gives while it has no block of ids: every client tries again after it.
      return refused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    }
  },
  failure: (_, errorCode) => refused(errorCode),
  errors: (response) => codesOf([response]),
});

/** Whoever may write to any topic at all may do so idempotently (KIP-679). */
function denialOf({ transactionalId }: InitProducerIdRequest, access: Access): ErrorCode | undefined {
  const { transactionalId: ofId, cluster, someTopic } = AUTHORIZATION.initProducerId;
  if (transactionalId !== null) {
    return access.allows(ofId, transactionalId) ? undefined : ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  }
  return access.allows(cluster) || access.allowsSome(someTopic) ? undefined : ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
}

function problemOf({ transactionalId, producerId, producerEpoch }: InitProducerIdRequest): ErrorCode | undefined {
  if (transactionalId === '') return ErrorCode.INVALID_REQUEST;
  if ((producerId === NO_PRODUCER_ID) !== (producerEpoch === NO_EPOCH)) return ErrorCode.INVALID_REQUEST;
  return transactionalId === null ? undefined : ErrorCode.UNSUPPORTED_VERSION;
}

function refused(errorCode: ErrorCode): InitProducerIdResponse {
  return createInitProducerIdResponse({ errorCode, producerId: NO_PRODUCER_ID, producerEpoch: NO_EPOCH });
}
