/** DeleteRecords: moves the log start of partitions forward (KIP-107). */
import type { Topic } from '../../engine/engine';
import { ErrorCode } from '../../protocol/error-code';
import {
  createDeleteRecordsPartitionResult,
  createDeleteRecordsResponse,
  createDeleteRecordsTopicResult,
  deleteRecordsApi,
  readDeleteRecordsRequest,
  writeDeleteRecordsResponse,
} from '../../protocol/generated/delete-records';
import type {
  DeleteRecordsPartition,
  DeleteRecordsPartitionResult,
  DeleteRecordsRequest,
  DeleteRecordsResponse,
} from '../../protocol/generated/delete-records';
import type { CallContext } from '../../telemetry/trace/operation';
import { toOffset } from '../../types';
import { AdminError, refusalOf } from '../admin/admin-error';
import { withinClientTimeout } from '../../waiting/give-up';
import { codesOf } from '../admin/error-codes';
import { eachPartitionOnce } from '../each-partition-once';
import { mapBounded } from '../../waiting/map-bounded';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { isInternalTopic } from '../topic-names';
import { effectiveTopicConfig } from '../effective-topic-config';
import { defineApi } from './define-api';

/** Partitions worked on at the same time for one topic of one request. */
const PARTITIONS_AT_ONCE = 32;
const NO_LOW_WATERMARK = toOffset(-1);

export const deleteRecords = defineApi<DeleteRecordsRequest, DeleteRecordsResponse>({
  facts: deleteRecordsApi,
  read: readDeleteRecordsRequest,
  write: writeDeleteRecordsResponse,
  handle: (request, context, services) =>
    withinClientTimeout(context, { clock: services.clock, timeoutMs: request.timeoutMs }, async (within) => {
      const access = accessOf(context, services);
      const topics = [];
      for (const { topic, partitions } of eachOnce(request)) {
        const { name } = topic;
        const results = access.allows(AUTHORIZATION.deleteRecords.topic, name)
          ? await deleteOfTopic(name, partitions, services, within)
          : partitions.map((each) => refused(each, ErrorCode.TOPIC_AUTHORIZATION_FAILED));
        topics.push(createDeleteRecordsTopicResult({ name, partitions: results }));
      }
      return createDeleteRecordsResponse({ topics });
    }),
  failure: (request, errorCode) =>
    createDeleteRecordsResponse({
      topics: request.topics.map(({ name, partitions }) =>
        createDeleteRecordsTopicResult({ name, partitions: partitions.map((each) => refused(each, errorCode)) }),
      ),
    }),
  errors: function* (response) {
    for (const topic of response.topics) yield* codesOf(topic.partitions);
  },
});

const eachOnce = ({ topics }: DeleteRecordsRequest) =>
  eachPartitionOnce(topics, {
    keyOf: ({ name }) => name,
    partitionsOf: ({ partitions }) => partitions,
    indexOf: ({ partitionIndex }) => partitionIndex,
  });

async function deleteOfTopic(
  name: string,
  partitions: readonly DeleteRecordsPartition[],
  services: Services,
  context: CallContext,
): Promise<readonly DeleteRecordsPartitionResult[]> {
  try {
    const topic = await topicToDeleteFrom(name, services, context);
    return await mapBounded(partitions, PARTITIONS_AT_ONCE, (each) => deleteOne(topic, each, services, context));
  } catch (error) {
    const { errorCode } = refusalOf(error, 'log');
    return partitions.map((each) => refused(each, errorCode));
  }
}

async function topicToDeleteFrom(name: string, services: Services, context: CallContext): Promise<Topic> {
  if (isInternalTopic(name)) throw new AdminError(ErrorCode.INVALID_TOPIC_EXCEPTION, null);
  const topic = await services.engine.topic(name, context);
  if (topic === undefined) throw new AdminError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null);
  if (!effectiveTopicConfig(topic, services.settings).deletes) {
    throw new AdminError(ErrorCode.POLICY_VIOLATION, null);
  }
  return topic;
}

async function deleteOne(
  topic: Topic,
  wanted: DeleteRecordsPartition,
  services: Services,
  context: CallContext,
): Promise<DeleteRecordsPartitionResult> {
  const { partitionIndex, offset } = wanted;
  if (partitionIndex < 0 || partitionIndex >= topic.partitionCount) {
    return refused(wanted, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  }
  if (offset < -1) return refused(wanted, ErrorCode.OFFSET_OUT_OF_RANGE);
  try {
    const partition = services.engine.partition(topic, partitionIndex);
    const range = await partition.deleteRecords(offset === -1 ? 'high_watermark' : offset, context);
    return createDeleteRecordsPartitionResult({ partitionIndex, lowWatermark: range.logStartOffset });
  } catch (error) {
    return refused(wanted, refusalOf(error, 'log').errorCode);
  }
}

function refused({ partitionIndex }: DeleteRecordsPartition, errorCode: ErrorCode): DeleteRecordsPartitionResult {
  return createDeleteRecordsPartitionResult({ partitionIndex, lowWatermark: NO_LOW_WATERMARK, errorCode });
}
