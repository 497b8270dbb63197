/**
 * Produce: checked, appended, answered with the acks. acks=0 has no answer; 1 and all mean the same, since there is one replica. The next
 * request of a connection may begin before this one is answered, in order: the engine's publishers are pipelined.
 */
import { ErrorCode, errorNameOf } from '../../protocol/error-code';
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
import { ProduceRun } from '../produce/produce-run';
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
  overlaps: true,
});

async function handle(
  request: ProduceRequest,
  context: RequestContext,
  services: Services,
): Promise<ProduceResponse | undefined> {
  const refusal = refusalOf(request);
  const response =
    refusal === ErrorCode.NONE
      ? answerOf(request, await new ProduceRun(request, context, services).run())
      : refusedAll(request, refusal);
  if (request.acks !== 0) return response;
  noteUnanswered(response, context);
  return undefined;
}

function refusalOf({ acks, transactionalId }: ProduceRequest): ErrorCode {
  if (acks !== -1 && acks !== 0 && acks !== 1) return ErrorCode.INVALID_REQUIRED_ACKS;
  return transactionalId === null ? ErrorCode.NONE : ErrorCode.INVALID_TXN_STATE;
}

/** A producer that wants no acks learns of no errors; its trace does. */
function noteUnanswered(response: ProduceResponse, { operation }: RequestContext): void {
  for (const { partitionResponses } of response.responses) {
    for (const { errorCode } of partitionResponses) {
      if (errorCode !== ErrorCode.NONE) operation.set('kafka.error.name', errorNameOf(errorCode) ?? String(errorCode));
    }
  }
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
