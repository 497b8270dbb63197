/** DescribeLogDirs: where the records lie and how many bytes each partition takes (KIP-113, KIP-827). */
import type { LogDirs } from '../../engine/engine';
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
import { refusalOf } from '../admin/admin-error';
import { codesOf } from '../admin/error-codes';
import { defineApi } from './define-api';

export const describeLogDirs = defineApi<DescribeLogDirsRequest, DescribeLogDirsResponse>({
  facts: describeLogDirsApi,
  read: readDescribeLogDirsRequest,
  write: writeDescribeLogDirsResponse,
  handle: async (request, context, services) => {
    try {
      const { path: logDir, totalBytes, usableBytes, ...rest } = await services.engine.logDirs(context);
      const topics = topicsOf(rest, request.topics);
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

/** All of them, or those that are asked for; what does not exist is left out. */
function topicsOf(dirs: Pick<LogDirs, 'partitions'>, asked: DescribeLogDirsRequest['topics']) {
  const wanted = asked === null ? undefined : new Map(asked.map((each) => [each.topic, new Set(each.partitions)]));
  const byTopic = new Map<string, DescribeLogDirsPartition[]>();
  for (const { topic, partition, sizeBytes } of dirs.partitions) {
    if (wanted !== undefined && wanted.get(topic)?.has(partition) !== true) continue;
    let list = byTopic.get(topic);
    if (list === undefined) byTopic.set(topic, (list = []));
    list.push(createDescribeLogDirsPartition({ partitionIndex: partition, partitionSize: sizeBytes }));
  }
  return [...byTopic].map(([name, partitions]) => createDescribeLogDirsTopic({ name, partitions }));
}
