/** A large group on the embedded node: committed a thousand partitions at once, read whole. */
import * as commitCodec from '../../src/protocol/generated/offset-commit';
import { toOffset, toPartitionId } from '../../src/types';
import { startTestGateway, type TestGateway } from '../support/gateway';
import type { Codec, KafkaClient } from '../support/kafka-client';
import { expectAsked, expectWhole, nameOf, offsetOf, PARTITIONS, stateOf, TIMEOUT_MS, TOPICS } from './large-group';
import { callContext } from './support';

const OFFSET_COMMIT: Codec<commitCodec.OffsetCommitRequest, commitCodec.OffsetCommitResponse> = {
  facts: commitCodec.offsetCommitApi,
  write: commitCodec.writeOffsetCommitRequest,
  read: commitCodec.readOffsetCommitResponse,
};

let gateway: TestGateway;
let client: KafkaClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  client = await gateway.client();
}, TIMEOUT_MS);
afterAll(() => gateway.close());

async function commitTopic(groupId: string, topic: number): Promise<void> {
  const name = nameOf(topic);
  await gateway.engine.createTopic({ name, partitionCount: PARTITIONS, configs: new Map() }, callContext());
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) =>
    commitCodec.createOffsetCommitRequestPartition({
      partitionIndex: toPartitionId(partition),
      committedOffset: toOffset(offsetOf(topic, partition)),
    }),
  );
  const topics = [commitCodec.createOffsetCommitRequestTopic({ name, partitions })];
  const answer = await client.call(OFFSET_COMMIT, commitCodec.createOffsetCommitRequest({ groupId, topics }), 9);
  const codes = answer.topics.flatMap((each) => each.partitions.map(({ errorCode }) => errorCode));
  expect(codes).toEqual(Array.from({ length: PARTITIONS }, () => 0));
}

test(
  '10,000 committed offsets come back whole within the client’s deadline',
  async () => {
    for (let topic = 0; topic < TOPICS; topic += 1) await commitTopic('large', topic);
    await expectWhole(client, 'large');
    await expectAsked(client, 'large');
    expect(await stateOf(client, 'large')).toBe('Empty');
    expect(await stateOf(client, 'nobody')).toBe('Dead');
  },
  TIMEOUT_MS,
);
