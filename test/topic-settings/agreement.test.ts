/**
 * Goal: a setting means one thing: what a client may set, what is described, what the embedded node obeys, what SeaweedMQ's records obey
 * and what may be a default. Method: any text for any setting (fast-check; a failure prints its seed), over bytes to the gateway, over
 * gRPC to its node, and as a flag; what is obeyed is held against what was described.
 */
import fc from 'fast-check';
import { loadConfig, ConfigError } from '../../src/config';
import { RECORD_LOG_ABILITIES } from '../../src/engine/record-log/record-log-dialect';
import { recordSettings } from '../../src/engine/seaweedmq/topics/record-settings';
import { alterConfigs } from '../../src/kafka/api/alter-configs';
import { describeConfigs } from '../../src/kafka/api/describe-configs';
import { ErrorCode } from '../../src/protocol/error-code';
import * as alterCodec from '../../src/protocol/generated/alter-configs';
import * as describeCodec from '../../src/protocol/generated/describe-configs';
import type { RecordLogClient, TopicResponse } from '../../src/rpc/record_log';
import { ErrorCode as NodeErrorCode } from '../../src/rpc/record_log';
import { TOPIC_SETTINGS } from '../../src/topic-settings/table';
import type { TopicConfig } from '../../src/topic-settings/topic-config';
import { toTopicId } from '../../src/types';
import { asRequest } from '../engine/support';
import { type HandlerBench, startHandlers } from '../kafka-admin/handlers';
import { createPartition, openLogs } from '../node/log-support';
import { MemoryDisk } from '../node/memory-disk';
import { call, connect } from '../node/support';

const ALTER = {
  api: alterConfigs,
  write: alterCodec.writeAlterConfigsRequest,
  read: alterCodec.readAlterConfigsResponse,
};
const DESCRIBE = {
  api: describeConfigs,
  write: describeCodec.writeDescribeConfigsRequest,
  read: describeCodec.readDescribeConfigsResponse,
};
const TOPIC = 2;
const [GATEWAYS, NODES] = ['altered-through-the-gateway', 'altered-at-the-node'];

let bench: HandlerBench;
let node: RecordLogClient;
beforeAll(async () => {
  bench = await startHandlers();
  node = connect(bench.node.info.address);
  for (const name of [GATEWAYS, NODES]) {
    const request = { name, partitionCount: 1, configs: new Map<string, string>() };
    await asRequest(bench.telemetry, (context) => bench.engine.createTopic(request, context));
  }
}, 180_000);
afterAll(async () => {
  node.close();
  await bench.close();
}, 180_000);

const NUMBERS = ['.5', '5.', '0.5f', '1d', '0x1p-1', 'NaN', 'Infinity', '007', '1e3', '0x10'];
const BOUNDS = [0, 1, 3, 4, 9, 10, 17, 18, 22, 23, 1_048_575, 1_048_576, 2_147_483_647, 2_147_483_648];
const WORDS = [
  'true',
  'yes',
  '*',
  '1:1',
  'delete',
  'compact',
  'gzip',
  'producer',
  'LogAppendTime',
  'always',
  'allow',
  '',
];
const numbers = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n) - 2n, max: 2n ** 63n + 2n }).map(String),
  fc.constantFrom(...BOUNDS).map(String),
  fc.double({ min: -0.1, max: 1.1 }).map(String),
  fc.constantFrom(...NUMBERS),
);
const word = fc.constantFrom(...WORDS);
const words = fc.oneof(
  word,
  word.map((each) => each.toUpperCase()),
  fc.tuple(word, fc.constantFrom(',', ' ,\n'), word).map((parts) => parts.join('')),
  fc.string({ maxLength: 8 }),
);
/** Mostly what Kafka trims, now and then what it does not. */
const blanks = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('', '', ' ', '\t', '\0') }, fc.constant('\u00a0'));
const signs = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, fc.constantFrom('+', '-'));
const numeric = fc.tuple(blanks, signs, numbers, blanks).map((parts) => parts.join(''));
const verbal = fc.tuple(blanks, words, blanks).map((parts) => parts.join(''));
/** A setting and a text for it, mostly of its own type. */
const set = fc.constantFrom(...TOPIC_SETTINGS.values()).chain(({ name, type }) => {
  const isNumber = type === 'int' || type === 'long' || type === 'double';
  const [own, other] = isNumber ? [numeric, verbal] : [verbal, numeric];
  return fc.tuple(fc.constant(name), fc.oneof({ weight: 9, arbitrary: own }, other));
});
/** Tried before all others. */
const examples = [...TOPIC_SETTINGS.values()].map((each): [[string, string]] => [[each.name, each.default ?? '100']]);

const whole = (text: string): number => Math.min(Math.max(Number(text), -(2 ** 53 - 1)), 2 ** 53 - 1);
const policy = (text: string): string[] => text.split(',');
/** What a described value means to the node; settings that are not here mean nothing to it. */
const NODE_OBEYS: Readonly<Record<string, (described: string) => Partial<TopicConfig>>> = {
  'cleanup.policy': (text) => ({
    deletes: policy(text).includes('delete'),
    compacts: policy(text).includes('compact'),
  }),
  'delete.retention.ms': (text) => ({ deleteRetentionMs: whole(text) }),
  'internal.segment.bytes': (text) => ({ segmentBytes: whole(text) }),
  'message.timestamp.type': (text) => ({ logAppendTime: text === 'LogAppendTime' }),
  'min.cleanable.dirty.ratio': (text) => ({ minCleanableDirtyRatio: text === 'NaN' ? Infinity : Number(text) }),
  'min.compaction.lag.ms': (text) => ({ minCompactionLagMs: whole(text) }),
  'retention.bytes': (text) => ({ retentionBytes: whole(text) }),
  'retention.ms': (text) => ({ retentionMs: whole(text) }),
  'segment.bytes': (text) => ({ segmentBytes: whole(text) }),
  'segment.ms': (text) => ({ segmentMs: whole(text) }),
};

/** The part of a topic's settings that the node looks at. */
function ofNode(config: TopicConfig): Partial<TopicConfig> {
  const fields = new Set(Object.values(NODE_OBEYS).flatMap((read) => Object.keys(read('0'))));
  return Object.fromEntries(Object.entries(config).filter(([field]) => fields.has(field)));
}

async function atGateway(name: string, value: string) {
  const request = { resources: [{ resourceType: TOPIC, resourceName: GATEWAYS, configs: [{ name, value }] }] };
  const { responses } = await bench.call(
    ALTER,
    alterCodec.createAlterConfigsRequest({ ...request, validateOnly: false }),
  );
  return { code: responses[0]?.errorCode, message: responses[0]?.errorMessage };
}

async function described(name: string): Promise<string | null | undefined> {
  const resources = [{ resourceType: TOPIC, resourceName: GATEWAYS, configurationKeys: [name] }];
  const { results } = await bench.call(DESCRIBE, describeCodec.createDescribeConfigsRequest({ resources }));
  return results[0]?.configs[0]?.value;
}

const atNode = async (name: string, text: string): Promise<TopicResponse> =>
  call((done) => node.alterTopicConfigs({ name: NODES, configs: { [name]: text } }, done));

const obeyed = (topic: string): TopicConfig => bench.node.topics.partition(topic, 0).log.settings;

test('gateway and node refuse the same texts in the same words, and the node obeys what is described', async () => {
  let accepted = 0;
  await atNode('flush.ms', '1');
  const untouched = ofNode(obeyed(NODES));
  const property = fc.asyncProperty(set, async ([name, text]) => {
    const [gateway, { error }] = [await atGateway(name, text), await atNode(name, text)];
    if (error !== undefined) {
      expect(error.code).toBe(NodeErrorCode.INVALID_CONFIG);
      expect(gateway).toEqual({ code: ErrorCode.INVALID_CONFIG, message: error.message });
      return;
    }
    expect(gateway).toEqual({ code: ErrorCode.NONE, message: null });
    accepted += 1;
    expect(obeyed(GATEWAYS)).toEqual(obeyed(NODES));
    const value = await described(name);
    expect(ofNode(obeyed(NODES))).toEqual({ ...untouched, ...NODE_OBEYS[name]?.(value ?? 'nothing') });
  });
  await fc.assert(property, { numRuns: 500, examples });
  expect(accepted).toBeGreaterThanOrEqual(examples.length);
}, 120_000);

function asDefault(name: string, text: string): ReadonlyMap<string, string> | string {
  try {
    const flags = new Map([['kafka.topic-defaults', `${name}=${text}`]]);
    return loadConfig({ flags, environment: {} }).kafka.topicDefaults;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

test('what a topic may have may be a default, and means the same there', async () => {
  const property = fc.asyncProperty(set, async ([name, text]) => {
    fc.pre(!text.includes(';'));
    const { code } = await atGateway(name, text);
    const defaults = asDefault(name, text);
    if (typeof defaults === 'string') {
      expect(code).toBe(ErrorCode.INVALID_CONFIG);
      expect(defaults).toContain(`kafka.topic-defaults`);
      return;
    }
    expect(code).toBe(ErrorCode.NONE);
    const value = await described(name);
    const topic = {
      name: 't',
      id: toTopicId('AAAAAAAAAAAAAAAAAAAAAQ'),
      partitionCount: 1,
      configs: new Map<string, string>(),
    };
    const byDefault = openLogs(new MemoryDisk(), { topicDefaults: Object.fromEntries(defaults) });
    expect(createPartition(byDefault).log.settings).toMatchObject(NODE_OBEYS[name]?.(value ?? 'nothing') ?? {});
    const own = recordSettings({ ...topic, configs: new Map([[name, text]]) }, new Map());
    expect(recordSettings(topic, defaults)).toEqual(own);
  });
  await fc.assert(property, { numRuns: 300, examples });
}, 120_000);

test('the table says of exactly those settings that the node obeys them which change what the node does', () => {
  const fromTable = [...TOPIC_SETTINGS.values()]
    .filter(({ obeyed }) => obeyed !== undefined && obeyed !== 'always' && RECORD_LOG_ABILITIES.has(obeyed))
    .map(({ name }) => name);
  const both = ['message.timestamp.type'];
  expect([...fromTable, ...both].sort()).toEqual(Object.keys(NODE_OBEYS).sort());
});
