/** What the doctor asks as a Kafka client, in versions that name topics by their names; every question has an end. */
import type { DrillClient, DrillCodec } from '../../drills/run/drill-client';
import * as apiVersions from '../../protocol/generated/api-versions';
import * as describeConfigs from '../../protocol/generated/describe-configs';
import * as listOffsets from '../../protocol/generated/list-offsets';
import * as metadata from '../../protocol/generated/metadata';
import { toPartitionId } from '../../types';
import type { ClientAccess } from '../kafka-client/client-properties';
import { connectUnsigned } from '../kafka-client/connect';
import { inTime } from './in-time';

/** What it calls itself. */
const CLIENT_ID = 'seaglass-doctor';
const CONNECT_MS_MAX = 5_000;
const ANSWER_MS_MAX = 15_000;
const TOPIC_RESOURCE = 2;

const API_VERSIONS: DrillCodec<apiVersions.ApiVersionsRequest, apiVersions.ApiVersionsResponse> = {
  ...{ key: apiVersions.apiVersionsApi.key, version: 3 },
  ...{ write: apiVersions.writeApiVersionsRequest, read: apiVersions.readApiVersionsResponse },
};
const METADATA: DrillCodec<metadata.MetadataRequest, metadata.MetadataResponse> = {
  ...{ key: metadata.metadataApi.key, version: 12 },
  ...{ write: metadata.writeMetadataRequest, read: metadata.readMetadataResponse },
};
const LIST_OFFSETS: DrillCodec<listOffsets.ListOffsetsRequest, listOffsets.ListOffsetsResponse> = {
  ...{ key: listOffsets.listOffsetsApi.key, version: 7 },
  ...{ write: listOffsets.writeListOffsetsRequest, read: listOffsets.readListOffsetsResponse },
};
const DESCRIBE_CONFIGS: DrillCodec<describeConfigs.DescribeConfigsRequest, describeConfigs.DescribeConfigsResponse> = {
  ...{ key: describeConfigs.describeConfigsApi.key, version: 4 },
  ...{ write: describeConfigs.writeDescribeConfigsRequest, read: describeConfigs.readDescribeConfigsResponse },
};

export const connectTo = (address: string, access: ClientAccess): Promise<DrillClient> =>
  inTime(connectUnsigned(address, CLIENT_ID, access), CONNECT_MS_MAX, `no connection to ${address}`);

/** Whoever is not let in waits for the answer. */
export const inSignInTime = (signedIn: Promise<void>): Promise<void> =>
  inTime(signedIn, ANSWER_MS_MAX, 'no answer to SaslAuthenticate');

export const askApiVersions = (client: DrillClient): Promise<apiVersions.ApiVersionsResponse> =>
  inTime(
    client.call(
      API_VERSIONS,
      apiVersions.createApiVersionsRequest({ clientSoftwareName: 'seaglass', clientSoftwareVersion: 'doctor' }),
    ),
    CONNECT_MS_MAX,
    'it accepts connections and does not answer ApiVersions',
  );

export function askMetadata(client: DrillClient, topics: readonly string[]): Promise<metadata.MetadataResponse> {
  const named = topics.map((name) => metadata.createMetadataRequestTopic({ name }));
  const request = metadata.createMetadataRequest({ topics: named, allowAutoTopicCreation: false });
  return inTime(client.call(METADATA, request), ANSWER_MS_MAX, 'no answer to Metadata');
}

/** Where partition 0 begins, or where its next record will be. */
export async function endOf(
  client: DrillClient,
  topic: string,
  end: 'earliest' | 'latest',
): Promise<listOffsets.ListOffsetsPartitionResponse | undefined> {
  const timestamp = end === 'earliest' ? -2 : -1;
  const partition = listOffsets.createListOffsetsPartition({ partitionIndex: toPartitionId(0), timestamp });
  const request = listOffsets.createListOffsetsRequest({
    topics: [listOffsets.createListOffsetsTopic({ name: topic, partitions: [partition] })],
  });
  const answer = await inTime(client.call(LIST_OFFSETS, request), ANSWER_MS_MAX, 'no answer to ListOffsets');
  return answer.topics[0]?.partitions[0];
}

/** The value of a topic's setting; undefined where it has none. */
export async function settingOf(client: DrillClient, topic: string, setting: string): Promise<string | undefined> {
  const resource = describeConfigs.createDescribeConfigsResource({
    ...{ resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys: [setting] },
  });
  const request = describeConfigs.createDescribeConfigsRequest({ resources: [resource] });
  const answer = await inTime(client.call(DESCRIBE_CONFIGS, request), ANSWER_MS_MAX, 'no answer to DescribeConfigs');
  return answer.results[0]?.configs.find(({ name }) => name === setting)?.value ?? undefined;
}
