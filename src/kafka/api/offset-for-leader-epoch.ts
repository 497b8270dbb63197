/** OffsetForLeaderEpoch (KIP-320): there is one leader epoch, 0, and it ends where the log does. Later ones have no end yet. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createEpochEndOffset,
  createOffsetForLeaderEpochResponse,
  createOffsetForLeaderTopicResult,
  offsetForLeaderEpochApi,
  readOffsetForLeaderEpochRequest,
  writeOffsetForLeaderEpochResponse,
  type EpochEndOffset,
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochResponse,
  type OffsetForLeaderPartition,
} from '../../protocol/generated/offset-for-leader-epoch';
import { toOffset } from '../../types';
import { askPartitions } from '../each-partition';
import { LEADER_EPOCH } from '../cluster/leader-epoch';
import { type Access, accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { defineApi, type RequestContext } from './define-api';

const WAIT_MS = 1_900;

export const offsetForLeaderEpoch = defineApi<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>({
  facts: offsetForLeaderEpochApi,
  read: readOffsetForLeaderEpochRequest,
  write: writeOffsetForLeaderEpochResponse,
  handle,
  failure: (request, errorCode) => answer(request, ({ partition }) => createEpochEndOffset({ partition, errorCode })),
  errors: function* (response) {
    for (const topic of response.topics) for (const partition of topic.partitions) yield partition.errorCode;
  },
});

async function handle(
  request: OffsetForLeaderEpochRequest,
  context: RequestContext,
  services: Services,
): Promise<OffsetForLeaderEpochResponse> {
  const denied = deniedOf(request, accessOf(context, services));
  const questions = request.topics.flatMap(({ topic, partitions }) =>
    denied.has(topic) ? [] : partitions.map((each) => ({ ...each, topic })),
  );
  const answers = await askPartitions(
    questions,
    { waitMs: WAIT_MS, services, context },
    async (question, each, inner) => {
      if (question.leaderEpoch !== LEADER_EPOCH) return createEpochEndOffset();
      const { highWatermark } = await each.range(inner);
      return createEpochEndOffset({ leaderEpoch: LEADER_EPOCH, endOffset: highWatermark });
    },
  );
  let next = 0;
  return answer(request, ({ partition }, topic) => {
    if (denied.has(topic)) {
      return createEpochEndOffset({ partition, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED });
    }
    const found = answers[next++] ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    return typeof found === 'number'
      ? createEpochEndOffset({ partition, errorCode: found, endOffset: toOffset(-1) })
      : { ...found, partition };
  });
}

/** Whoever acts for the cluster may ask of every topic. */
function deniedOf({ topics }: OffsetForLeaderEpochRequest, access: Access): ReadonlySet<string> {
  const { all, topic } = AUTHORIZATION.offsetForLeaderEpoch;
  if (access.allows(all)) return new Set();
  return access.denied(
    topic,
    topics.map((each) => each.topic),
  );
}

function answer(
  request: OffsetForLeaderEpochRequest,
  each: (partition: OffsetForLeaderPartition, topic: string) => EpochEndOffset,
): OffsetForLeaderEpochResponse {
  return createOffsetForLeaderEpochResponse({
    topics: request.topics.map(({ topic, partitions }) =>
      createOffsetForLeaderTopicResult({ topic, partitions: partitions.map((partition) => each(partition, topic)) }),
    ),
  });
}
