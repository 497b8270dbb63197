/**
 * Goal: the topics that Kafka calls internal are internal here, and no other is, however many underscores it begins with. Method: each
 * name is asked for, created, listed and written to; Kafka 4.3.1 answers the same.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { askFor, createTopic } from '../e2e/support';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { type KafkaClient, METADATA } from '../support/kafka-client';

const INTERNAL = ['__consumer_offsets', '__transaction_state', '__share_group_state'];
const ORDINARY = ['_schemas', '__schemas', '_confluent-command', 'kafkasql-journal'];

let gateway: TestGateway;
let client: KafkaClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const batch = encodeBatch([{ timestamp: Date.now(), key: Buffer.from('k'), value: Buffer.from('v') }]);

async function isInternal(name: string): Promise<boolean | undefined> {
  const request = createMetadataRequest({
    topics: [createMetadataRequestTopic({ name })],
    allowAutoTopicCreation: false,
  });
  const [topic] = (await client.call(METADATA, request)).topics;
  return topic?.errorCode === ErrorCode.NONE ? topic.isInternal : undefined;
}

test.each(INTERNAL)("%s is the broker's: never made by asking, listed as internal, not written to", async (name) => {
  expect(await askFor(client, name)).not.toBe(ErrorCode.NONE);
  expect(await isInternal(name)).toBeUndefined();
  expect(await createTopic(client, name, {})).toBe(ErrorCode.NONE);
  expect(await isInternal(name)).toBe(true);
  expect((await client.produce(name, batch)).errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
});

test.each(ORDINARY)('%s is a topic like any other', async (name) => {
  expect(await createTopic(client, name, { 'cleanup.policy': 'compact' })).toBe(ErrorCode.NONE);
  expect(await isInternal(name)).toBe(false);
  expect((await client.produce(name, batch)).errorCode).toBe(ErrorCode.NONE);
});

test('__cluster_metadata can be made neither by asking nor by creating', async () => {
  expect(await askFor(client, '__cluster_metadata')).not.toBe(ErrorCode.NONE);
  expect(await createTopic(client, '__cluster_metadata', {})).toBe(ErrorCode.INVALID_REQUEST);
  expect(await isInternal('__cluster_metadata')).toBeUndefined();
});
