/**
 * Produce: checked, appended, answered with the acks. acks=0 has no answer, and an error closes its connection; 1 and all mean the same,
 * since there is one replica. The next request of a connection may begin before this one is answered, in order: the engine's publishers
 * are pipelined.
 */
import { ErrorCode } from '../../protocol/error-code';
import {
  createPartitionProduceResponse,
  createProduceResponse,
  createTopicProduceResponse,
  produceApi,
  readProduceRequest,
  writeProduceResponse,
  type PartitionProduceResponse,
  type ProduceRequest,
  type ProduceResponse,
} from '../../protocol/generated/produce';
import { toOffset } from '../../types';
import { eachPartitionOnce } from '../each-partition-once';
import { ProduceRun } from '../produce/produce-run';
import { type Access, accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { defineApi, type RequestContext } from './define-api';

export const produce = defineApi<ProduceRequest, ProduceResponse>({
  facts: produceApi,
  read: readProduceRequest,
  write: writeProduceResponse,
  handle,
  failure: refusedAll,
  errors: function* (response) {
    for (const topic of response.responses) for (const each of topic.partitionResponses) yield each.errorCode;
  },
  unanswered: ({ acks }) => acks === 0,
  overlaps: true,
});

async function handle(request: ProduceRequest, context: RequestContext, services: Services): Promise<ProduceResponse> {
  const response = await respond(request, context, services);
  if (services.quotas.produce.isActive) chargeBytes(context, services);
  return response;
}

async function respond(request: ProduceRequest, context: RequestContext, services: Services): Promise<ProduceResponse> {
  const refusal = refusalOf(request, accessOf(context, services));
  if (refusal !== ErrorCode.NONE) return refusedAll(request, refusal);
  const once = withEachPartitionOnce(request);
  return answerOf(once, await new ProduceRun(once, context, services).run());
}

/** KIP-13: after the append, so what came is stored whatever it costs. */
function chargeBytes(context: RequestContext, { quotas }: Services): void {
  const { session, clientId, requestBytes } = context;
  const who = { user: session.principal, clientId: clientId ?? '' };
  const ms = quotas.produce.record(who, requestBytes, quotas.nowMs());
  if (ms > 0) context.throttled({ quota: 'produce', ms });
}

const withEachPartitionOnce = (request: ProduceRequest): ProduceRequest => ({
  ...request,
  topicData: eachPartitionOnce(request.topicData, {
    keyOf: ({ topicId, name }) => `${topicId}/${name}`,
    partitionsOf: ({ partitionData }) => partitionData,
    indexOf: ({ index }) => index,
  }).map(({ topic, partitions }) => ({ ...topic, partitionData: partitions })),
});

function refusalOf({ acks, transactionalId }: ProduceRequest, access: Access): ErrorCode {
  if (transactionalId !== null && !access.allows(AUTHORIZATION.produce.transactionalId, transactionalId)) {
    return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  }
  if (acks !== -1 && acks !== 0 && acks !== 1) return ErrorCode.INVALID_REQUIRED_ACKS;
  return transactionalId === null ? ErrorCode.NONE : ErrorCode.INVALID_TXN_STATE;
}

function answerOf(request: ProduceRequest, answers: readonly (readonly PartitionProduceResponse[])[]): ProduceResponse {
  return createProduceResponse({
    responses: request.topicData.map(({ name, topicId }, index) =>
      createTopicProduceResponse({ name, topicId, partitionResponses: answers[index] ?? [] }),
    ),
  });
}

function refusedAll(request: ProduceRequest, errorCode: ErrorCode): ProduceResponse {
  return answerOf(
    request,
    request.topicData.map(({ partitionData }) =>
      partitionData.map(({ index }) => createPartitionProduceResponse({ index, errorCode, baseOffset: toOffset(-1) })),
    ),
  );
}
