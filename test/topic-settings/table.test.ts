/**
 * The table of topic settings against Kafka's own facts (LogConfig of 4.4), the words of refusals, and what holds for a topic.
 */
import type { Topic } from '../../src/engine/engine';
import { describeTopicConfigs } from '../../src/kafka/admin/describe-topic';
import type { KafkaSettings } from '../../src/kafka/kafka-settings';
import { brokerTexts, effectiveTopicConfig } from '../../src/kafka/effective-topic-config';
import { RECORD_LOG_ABILITIES } from '../../src/engine/record-log/record-log-dialect';
import { SEAWEEDMQ_ABILITIES } from '../../src/engine/seaweedmq/seaweedmq-dialect';
import { withoutEffect } from '../../src/topic-settings/without-effect';
import { TOPIC_SETTINGS } from '../../src/topic-settings/table';
import { validateTopicConfigs } from '../../src/topic-settings/validate';
import { toTopicId } from '../../src/types';

const KAFKA_DEFAULTS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'compression.gzip.level': '-1',
  'compression.lz4.level': '9',
  'compression.type': 'producer',
  'compression.zstd.level': '3',
  'delete.retention.ms': '86400000',
  'errors.deadletterqueue.group.enable': 'false',
  'file.delete.delay.ms': '60000',
  'flush.messages': '9223372036854775807',
  'flush.ms': '9223372036854775807',
  'follower.replication.throttled.replicas': '',
  'index.interval.bytes': '4096',
  'leader.replication.throttled.replicas': '',
  'local.retention.bytes': '-2',
  'local.retention.ms': '-2',
  'max.compaction.lag.ms': '9223372036854775807',
  'max.decompressed.message.bytes': '2147483639',
  'max.message.bytes': '1048588',
  'message.timestamp.after.max.ms': '3600000',
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.type': 'CreateTime',
  'min.cleanable.dirty.ratio': '0.5',
  'min.compaction.lag.ms': '0',
  'min.insync.replicas': '1',
  preallocate: 'false',
  'remote.copy.lag.bytes': '-1',
  'remote.copy.lag.ms': '0',
  'remote.log.copy.disable': 'false',
  'remote.log.delete.on.disable': 'false',
  'remote.storage.enable': 'false',
  'retention.bytes': '-1',
  'retention.ms': '604800000',
  'segment.bytes': '1073741824',
  'segment.index.bytes': '10485760',
  'segment.jitter.ms': '0',
  'segment.ms': '604800000',
  'unclean.leader.election.enable': 'false',
};

const settings = (topicDefaults: Record<string, string> = {}, messageBytesMax = 1_048_588): KafkaSettings => ({
  autoCreateTopics: true,
  defaultPartitionCount: 1,
  messageBytesMax,
  decompressedBytesMax: 64 << 20,
  fetchBytesMax: 55 << 20,
  responseBytesBudget: 64 << 20,
  fetchSessionsMax: 1000,
  requestTimeoutMsMax: 60_000,
  topicDefaults: new Map(Object.entries(topicDefaults)),
});
const topic = (configs: Record<string, string>): Topic => ({
  name: 't',
  id: toTopicId('AAAAAAAAAAAAAAAAAAAAAQ'),
  partitionCount: 1,
  configs: new Map(Object.entries(configs)),
});

test('the table holds every topic setting of Kafka 4.4 with its default, and ours', () => {
  const table = Object.fromEntries([...TOPIC_SETTINGS.values()].map((each) => [each.name, each.default]));
  expect(table).toEqual({
    ...KAFKA_DEFAULTS,
    'internal.segment.bytes': undefined,
    'seaglass.empty.values': 'report',
    'seaglass.record.envelope': 'auto',
    'seaglass.value.proof': 'auto',
    'seaglass.values.expected': 'auto',
  });
  for (const { name, default: initial, documentation } of TOPIC_SETTINGS.values()) {
    expect(documentation.length).toBeGreaterThan(10);
    if (initial === undefined) continue;
    expect(validateTopicConfigs([[name, initial]], new Map()).get(name)).toBe(initial);
  }
});

test.each([
  ['max.message.bytes', 'abc', 'Invalid value abc for configuration max.message.bytes: Not a number of type INT'],
  ['max.message.bytes', '-1', 'Invalid value -1 for configuration max.message.bytes: Value must be at least 0'],
  [
    'max.message.bytes',
    '99999999999',
    'Invalid value 99999999999 for configuration max.message.bytes: Not a number of type INT',
  ],
  [
    'cleanup.policy',
    'foo',
    'Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete',
  ],
  ['preallocate', 'yes', 'Invalid value yes for configuration preallocate: Expected value to be either true or false'],
  [
    'min.cleanable.dirty.ratio',
    '2',
    'Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1',
  ],
  [
    'min.cleanable.dirty.ratio',
    'x',
    'Invalid value x for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE',
  ],
  ['retention.ms', '-2', 'Invalid value -2 for configuration retention.ms: Value must be at least -1'],
  ['retention.ms', '1.5', 'Invalid value 1.5 for configuration retention.ms: Not a number of type LONG'],
  ['retention.ms', '0x10', 'Invalid value 0x10 for configuration retention.ms: Not a number of type LONG'],
  ['retention.ms', '', 'Invalid value  for configuration retention.ms: Not a number of type LONG'],
  [
    'retention.ms',
    '9223372036854775808',
    'Invalid value 9223372036854775808 for configuration retention.ms: Not a number of type LONG',
  ],
  [
    'compression.type',
    'foo',
    'Invalid value foo for configuration compression.type: String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer',
  ],
  [
    'compression.gzip.level',
    '0',
    'Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1',
  ],
  [
    'compression.zstd.level',
    '100',
    'Invalid value 100 for configuration compression.zstd.level: Value must be no more than 22',
  ],
  [
    'leader.replication.throttled.replicas',
    'a',
    "Invalid value [a] for configuration leader.replication.throttled.replicas: leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
  ],
  ['segment.bytes', '10', 'Invalid value 10 for configuration segment.bytes: Value must be at least 1048576'],
  ['no.such.key', '1', 'Unknown topic config name: no.such.key'],
  ['retention.ms', null, 'Null value not supported for topic configs: retention.ms'],
  [
    'remote.storage.enable',
    'true',
    'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
  ],
  [
    'seaglass.record.envelope',
    'maybe',
    'Invalid value maybe for configuration seaglass.record.envelope: String must be one of: auto, always, never',
  ],
])('%s=%s is refused in Kafka’s words', (name, value, message) => {
  expect(() => validateTopicConfigs([[name, value]], new Map())).toThrow(message);
});

test.each([
  ['max.message.bytes', ' 12 ', '12'],
  ['preallocate', 'TRUE', 'true'],
  ['cleanup.policy', 'compact, delete', 'compact,delete'],
  ['cleanup.policy', 'compact,compact', 'compact'],
  ['cleanup.policy', '', ''],
  ['retention.ms', '+5', '5'],
  ['retention.bytes', '-5', '-5'],
  ['min.cleanable.dirty.ratio', '1e-1', '0.1'],
  ['min.cleanable.dirty.ratio', '1', '1.0'],
  ['leader.replication.throttled.replicas', '*', '*'],
  ['leader.replication.throttled.replicas', '1:1,2:2', '1:1,2:2'],
])('%s=%j is taken as %j', (name, value, canonical) => {
  expect(validateTopicConfigs([[name, value]], new Map()).get(name)).toBe(canonical);
});

test('compaction lags that contradict one another are refused, also against the broker’s default', () => {
  const message = 'conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)';
  const both: [string, string][] = [
    ['min.compaction.lag.ms', '10'],
    ['max.compaction.lag.ms', '5'],
  ];
  expect(() => validateTopicConfigs(both, new Map())).toThrow(message);
  expect(() => validateTopicConfigs(both.slice(0, 1), new Map([['max.compaction.lag.ms', '5']]))).toThrow(message);
});

test('a long value is cut in the refusal', () => {
  expect(() => validateTopicConfigs([['retention.ms', 'x'.repeat(5000)]], new Map())).toThrow(/^.{0,400}$/);
});

test('what holds for a topic: its own setting, else the broker’s, else the default', () => {
  const config = effectiveTopicConfig(
    topic({ 'cleanup.policy': 'compact,delete', 'seaglass.empty.values': 'allow', 'retention.ms': 'broken' }),
    settings({ 'message.timestamp.type': 'LogAppendTime' }, 5_000_000),
  );
  expect(config).toMatchObject({
    compacts: true,
    deletes: true,
    logAppendTime: true,
    maxMessageBytes: 5_000_000,
    retentionMs: 604_800_000,
    timestampBeforeMsMax: 2n ** 63n - 1n,
    timestampAfterMsMax: 3_600_000n,
    emptyValuesAllowed: true,
    recordEnvelope: 'auto',
    compressionType: 'producer',
  });
});

test('which values are expected follows the cleanup policy and seaglass.empty.values unless it is said', () => {
  const expected = (texts: Readonly<Record<string, string>>): string => {
    const config = effectiveTopicConfig(topic(texts), settings({}, 5_000_000));
    return `${config.nullValuesAllowed ? 'null' : '-'} ${config.emptyValuesAllowed ? 'empty' : '-'}`;
  };
  const compact = { 'cleanup.policy': 'compact' };
  const allow = { 'seaglass.empty.values': 'allow' };
  expect(expected({})).toBe('- -');
  expect(expected(allow)).toBe('- empty');
  expect(expected(compact)).toBe('null -');
  expect(expected({ ...compact, ...allow })).toBe('null empty');
  expect(expected({ ...compact, ...allow, 'seaglass.values.expected': 'non-empty' })).toBe('- -');
  expect(expected({ ...compact, 'seaglass.values.expected': 'non-null' })).toBe('- empty');
  expect(expected({ 'seaglass.values.expected': 'any' })).toBe('null empty');
});

test('a topic’s settings are worked out once per topic object', () => {
  const [shared, one] = [settings(), topic({})];
  expect(effectiveTopicConfig(one, shared)).toBe(effectiveTopicConfig(one, shared));
  expect(effectiveTopicConfig(topic({}), shared)).not.toBe(effectiveTopicConfig(one, shared));
});

test('descriptions name source and synonyms as Kafka does', () => {
  const described = (keys: string[] | null) =>
    describeTopicConfigs(
      new Map([['cleanup.policy', 'compact']]),
      brokerTexts(settings({ 'segment.ms': '1000' })),
      keys,
    );
  expect(described(['cleanup.policy', 'segment.ms', 'retention.ms', 'flush.messages', 'nope'])).toMatchObject([
    {
      name: 'cleanup.policy',
      value: 'compact',
      source: 1,
      configType: 7,
      synonyms: [
        { name: 'cleanup.policy', value: 'compact', source: 1 },
        { name: 'log.cleanup.policy', value: 'delete', source: 5 },
      ],
    },
    {
      name: 'flush.messages',
      source: 5,
      synonyms: [{ name: 'log.flush.interval.messages', value: '9223372036854775807', source: 5 }],
    },
    { name: 'retention.ms', value: '604800000', source: 5, synonyms: [] },
    { name: 'segment.ms', value: '1000', source: 4, synonyms: [{ name: 'log.roll.ms', value: '1000', source: 4 }] },
  ]);
  // All but internal.segment.bytes, which nobody set.
  expect(described(null)).toHaveLength(TOPIC_SETTINGS.size - 1);
});

test('what an engine accepts without effect follows from what it can do', () => {
  const asked = ['retention.ms', 'seaglass.record.envelope', 'min.insync.replicas', 'max.message.bytes'];
  expect(withoutEffect(asked, RECORD_LOG_ABILITIES)).toEqual(['seaglass.record.envelope', 'min.insync.replicas']);
  expect(withoutEffect(asked, SEAWEEDMQ_ABILITIES)).toEqual(['retention.ms', 'min.insync.replicas']);
});
