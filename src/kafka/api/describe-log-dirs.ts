/** DescribeLogDirs: where the records lie and how many bytes each partition takes (KIP-113, KIP-827). */
import type { LogDirs, PartitionsByTopic } from '../../engine/engine';
import { ErrorCode } from '../../protocol/error-code';
import {
  createDescribeLogDirsPartition,
  createDescribeLogDirsResponse,
  createDescribeLogDirsResult,
  createDescribeLogDirsTopic,
  describeLogDirsApi,
  readDescribeLogDirsRequest,
  writeDescribeLogDirsResponse,
} from '../../protocol/generated/describe-log-dirs';
import type {
  DescribeLogDirsPartition,
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
} from '../../protocol/generated/describe-log-dirs';
import type { PartitionId } from '../../types';
import { refusalOf } from '../admin/admin-error';
import { codesOf } from '../admin/error-codes';
import { defineApi } from './define-api';

export const describeLogDirs = defineApi<DescribeLogDirsRequest, DescribeLogDirsResponse>({
  facts: describeLogDirsApi,
  read: readDescribeLogDirsRequest,
  write: writeDescribeLogDirsResponse,
  handle: async (request, context, services) => {
    try {
      const {
        path: logDir,
        totalBytes,
        usableBytes,
        partitions,
      } = await services.engine.logDirs(asked(request), context);
      const topics = topicsOf(partitions);
      return createDescribeLogDirsResponse({
        results: [createDescribeLogDirsResult({ logDir, totalBytes, usableBytes, topics })],
      });
    } catch (error) {
      return createDescribeLogDirsResponse({ errorCode: refusalOf(error, 'log').errorCode });
    }
  },
  failure: (_, errorCode) => createDescribeLogDirsResponse({ errorCode }),
  errors: function* (response) {
    if (response.errorCode !== ErrorCode.NONE) yield response.errorCode;
    yield* codesOf(response.results);
  },
});

function asked({ topics }: DescribeLogDirsRequest): PartitionsByTopic | 'all' {
  if (topics === null) return 'all';
  const byTopic = new Map<string, Set<PartitionId>>();
  for (const { topic, partitions } of topics) {
    byTopic.set(topic, new Set([...(byTopic.get(topic) ?? []), ...partitions]));
  }
  return byTopic;
}

function topicsOf(sizes: LogDirs['partitions']) {
  const byTopic = new Map<string, DescribeLogDirsPartition[]>();
  for (const { topic, partition, sizeBytes } of sizes) {
    let list = byTopic.get(topic);
    if (list === undefined) byTopic.set(topic, (list = []));
    list.push(createDescribeLogDirsPartition({ partitionIndex: partition, partitionSize: sizeBytes }));
  }
  return [...byTopic].map(([name, partitions]) => createDescribeLogDirsTopic({ name, partitions }));
}
