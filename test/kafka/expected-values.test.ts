/**
 * Goal: which nulls and empty values are expected is decided by the topic's own settings, however many topics the gateway has seen. Method: a gateway
 * that has seen ten thousand topics, and three more at the Kafka port.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { toTopicId } from '../../src/types';
import { startTestGateway, type TestGateway } from '../support/gateway';

const TOPICS_SEEN = 10_000;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
  const { valueWatch } = gateway.services;
  for (let index = 0; index < TOPICS_SEEN; index += 1) {
    valueWatch.seen({ name: `seen-${index}`, id: toTopicId(`seen-${index}`), partitionCount: 1, configs: new Map() });
  }
}, 120_000);
afterAll(() => gateway.close());

const nothing = Buffer.alloc(0);
test.each([
  ['any: neither', { 'seaglass.values.expected': 'any' }, []],
  ['compacted: neither null', { 'cleanup.policy': 'compact' }, ['unexpected_empty']],
  ['not compacted: both', {}, ['unexpected_empty', 'unexpected_null']],
])(
  'of the topics past ten thousand, %s is told',
  async (_, configs, told) => {
    const { incidents, instruments } = gateway.telemetry;
    const topic = await gateway.topic({ configs });
    const client = await gateway.client('reader');
    const records = [nothing, null].map((value) => ({ timestamp: Date.now(), key: Buffer.from('k'), value }));
    expect((await client.produce(topic, encodeBatch(records))).errorCode).toBe(ErrorCode.NONE);
    expect((await client.fetch(topic, 0)).partition.errorCode).toBe(ErrorCode.NONE);
    const open = incidents.current().filter((each) => each.target === topic);
    expect(open.map(({ kind }) => kind).sort()).toEqual(told);
    const counted = ['empty', 'null'].filter(
      (kind) => (instruments.value('seaglass_unexpected_values_total', { topic, kind }) ?? 0) > 0,
    );
    expect(counted.map((kind) => `unexpected_${kind}`)).toEqual(told);
  },
  60_000,
);
