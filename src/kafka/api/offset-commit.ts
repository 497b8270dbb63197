/** OffsetCommit: a group's place in its partitions is stored; the answer comes when it is. Topics by name, from version 10 on by id. */
import type { Topic } from '../../engine/engine';
import { ErrorCode } from '../../protocol/error-code';
import {
  createOffsetCommitResponse,
  createOffsetCommitResponsePartition,
  createOffsetCommitResponseTopic,
  offsetCommitApi,
  readOffsetCommitRequest,
  writeOffsetCommitResponse,
} from '../../protocol/generated/offset-commit';
import type {
  OffsetCommitRequest,
  OffsetCommitRequestPartition,
  OffsetCommitRequestTopic,
  OffsetCommitResponse,
} from '../../protocol/generated/offset-commit';
import type { CallContext } from '../../telemetry/operation';
import { codesOf } from '../admin/error-codes';
import { errorCodeOf } from '../error-mapping';
import { countCommits } from '../group/group-telemetry';
import { mapBounded } from '../group/map-bounded';
import type { Services } from '../services';
import { defineApi } from './define-api';

const TOPIC_IDS_FROM = 10;
/** Offsets that are written at the same time for one request. */
const COMMITS_MAX = 32;

export const offsetCommit = defineApi<OffsetCommitRequest, OffsetCommitResponse>({
  facts: offsetCommitApi,
  read: readOffsetCommitRequest,
  write: writeOffsetCommitResponse,
  handle: async (request, context, services) => {
    const refused = services.groups.checkCommit(request.groupId, {
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      generationId: request.generationIdOrMemberEpoch,
    });
    if (refused !== ErrorCode.NONE) return counted(withOneCode(request, refused), services);
    const topics = [];
    for (const asked of request.topics) {
      const found = await findTopic(asked, context.apiVersion >= TOPIC_IDS_FROM, services, context);
      const partitions = await mapBounded(asked.partitions, COMMITS_MAX, async (each) =>
        createOffsetCommitResponsePartition({
          partitionIndex: each.partitionIndex,
          errorCode:
            typeof found === 'number' ? found : await commitOne(request.groupId, found, each, services, context),
        }),
      );
      topics.push(createOffsetCommitResponseTopic({ name: asked.name, topicId: asked.topicId, partitions }));
    }
    return counted(createOffsetCommitResponse({ topics }), services);
  },
  failure: withOneCode,
  errors: function* (response) {
    for (const topic of response.topics) yield* codesOf(topic.partitions);
  },
});

function counted(response: OffsetCommitResponse, { telemetry }: Services): OffsetCommitResponse {
  countCommits(telemetry.instruments, response.topics);
  return response;
}

async function findTopic(
  asked: OffsetCommitRequestTopic,
  byId: boolean,
  services: Services,
  context: CallContext,
): Promise<Topic | ErrorCode> {
  try {
    const { engine } = services;
    const topic = await (byId ? engine.topicById(asked.topicId, context) : engine.topic(asked.name, context));
    return topic ?? (byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  } catch (error) {
    return errorCodeOf(error, 'coordinator');
  }
}

async function commitOne(
  groupId: string,
  topic: Topic,
  asked: OffsetCommitRequestPartition,
  services: Services,
  context: CallContext,
): Promise<ErrorCode> {
  const { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: leaderEpoch } = asked;
  const metadata = asked.committedMetadata ?? '';
  if (partition < 0 || partition >= topic.partitionCount) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (Buffer.byteLength(metadata) > services.groups.settings.offsetMetadataBytesMax) {
    return ErrorCode.OFFSET_METADATA_TOO_LARGE;
  }
  try {
    const committedAtMs = services.clock.nowMs();
    const committed = { topic: topic.name, partition, offset, leaderEpoch, metadata, committedAtMs };
    await services.groups.offsets.commit(groupId, committed, context);
    return ErrorCode.NONE;
  } catch (error) {
    return errorCodeOf(error, 'coordinator');
  }
}

function withOneCode(request: OffsetCommitRequest, errorCode: ErrorCode): OffsetCommitResponse {
  return createOffsetCommitResponse({
    topics: request.topics.map(({ name, topicId, partitions }) =>
      createOffsetCommitResponseTopic({
        name,
        topicId,
        partitions: partitions.map(({ partitionIndex }) =>
          createOffsetCommitResponsePartition({ partitionIndex, errorCode }),
        ),
      }),
    ),
  });
}
