/** Settings over bytes and a real engine, in the words of Apache Kafka 4.3 as it answered the same requests. */
import { randomUUID } from 'node:crypto';
import { alterConfigs } from '../../src/kafka/api/alter-configs';
import { describeConfigs } from '../../src/kafka/api/describe-configs';
import { incrementalAlterConfigs } from '../../src/kafka/api/incremental-alter-configs';
import { ErrorCode } from '../../src/protocol/error-code';
import * as alterCodec from '../../src/protocol/generated/alter-configs';
import * as describeCodec from '../../src/protocol/generated/describe-configs';
import * as incrementalCodec from '../../src/protocol/generated/incremental-alter-configs';
import { asRequest } from '../engine/support';
import { startHandlers } from './handlers';
import type { HandlerBench } from './handlers';

const DESCRIBE = {
  api: describeConfigs,
  write: describeCodec.writeDescribeConfigsRequest,
  read: describeCodec.readDescribeConfigsResponse,
};
const ALTER = {
  api: alterConfigs,
  write: alterCodec.writeAlterConfigsRequest,
  read: alterCodec.readAlterConfigsResponse,
};
const INCREMENTAL = {
  api: incrementalAlterConfigs,
  write: incrementalCodec.writeIncrementalAlterConfigsRequest,
  read: incrementalCodec.readIncrementalAlterConfigsResponse,
};
const TYPE = { topic: 2, broker: 4, logger: 8, metrics: 16, group: 32 };
const OPERATION = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 };

let bench: HandlerBench;
beforeAll(async () => {
  bench = await startHandlers();
}, 180_000);
afterAll(() => bench.close(), 60_000);

async function makeTopic(configs: Record<string, string> = {}): Promise<string> {
  const name = `t-${randomUUID()}`;
  const request = { name, partitionCount: 1, configs: new Map(Object.entries(configs)) };
  await asRequest(bench.telemetry, (context) => bench.engine.createTopic(request, context));
  return name;
}
const configsOf = async (name: string) =>
  Object.fromEntries((await asRequest(bench.telemetry, (context) => bench.engine.topic(name, context)))?.configs ?? []);

async function describeOne(
  resourceType: number,
  resourceName: string,
  fields: { keys?: string[]; synonyms?: boolean; documentation?: boolean; version?: number } = {},
) {
  const request = describeCodec.createDescribeConfigsRequest({
    resources: [{ resourceType, resourceName, configurationKeys: fields.keys ?? null }],
    includeSynonyms: fields.synonyms ?? false,
    includeDocumentation: fields.documentation ?? false,
  });
  const { results } = await bench.call(DESCRIBE, request, fields.version);
  if (results[0] === undefined) throw new Error('no result');
  return results[0];
}

type Change = readonly [string, keyof typeof OPERATION, string | null];
async function change(resourceType: number, resourceName: string, changes: readonly Change[], validateOnly = false) {
  const configs = changes.map(([name, operation, value]) => ({ name, configOperation: OPERATION[operation], value }));
  const request = incrementalCodec.createIncrementalAlterConfigsRequest({
    resources: [{ resourceType, resourceName, configs }],
    validateOnly,
  });
  return (await bench.call(INCREMENTAL, request)).responses[0];
}

describe('DescribeConfigs', () => {
  test.each([1, 2, 3, 4])('tells a topic’s settings in version %i', async (version) => {
    const name = await makeTopic({ 'retention.ms': '5' });
    const { errorCode, configs } = await describeOne(TYPE.topic, name, {
      version,
      synonyms: true,
      documentation: version >= 3,
    });
    expect(errorCode).toBe(0);
    expect(configs.length).toBeGreaterThan(35);
    expect(configs.find((each) => each.name === 'retention.ms')).toMatchObject({
      value: '5',
      configSource: 1,
      readOnly: false,
      isSensitive: false,
      synonyms: [{ name: 'retention.ms', value: '5', source: 1 }],
      ...(version >= 3 ? { configType: 5, documentation: expect.stringContaining('Time a record is kept') } : {}),
    });
  });

  test('leaves out what was not asked for', async () => {
    const { configs } = await describeOne(TYPE.topic, await makeTopic(), { keys: ['segment.ms', 'no.such'] });
    expect(configs).toMatchObject([
      { name: 'segment.ms', value: '1000000', configSource: 4, synonyms: [], documentation: null },
    ]);
  });

  test('tells the broker’s settings, read-only', async () => {
    const { configs } = await describeOne(TYPE.broker, '1', { synonyms: true });
    expect(configs.every((each) => each.readOnly)).toBe(true);
    const value = (name: string) => configs.find((each) => each.name === name)?.value;
    expect(value('num.partitions')).toBe('3');
    expect(value('log.roll.ms')).toBe('1000000');
    expect(value('message.max.bytes')).toBe('1048588');
    expect(value('auto.create.topics.enable')).toBe('false');
    expect((await describeOne(TYPE.broker, '')).configs).toEqual([]);
    expect((await describeOne(TYPE.logger, '1')).configs).toMatchObject([{ name: 'root', configSource: 6 }]);
    expect(await describeOne(TYPE.group, 'g')).toMatchObject({ errorCode: 0, configs: [] });
    expect(await describeOne(TYPE.metrics, 'm')).toMatchObject({ errorCode: 0, configs: [] });
  });

  test.each<[number, string, number, string]>([
    [TYPE.topic, 'no-such', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ''],
    [
      TYPE.topic,
      'a b',
      ErrorCode.INVALID_TOPIC_EXCEPTION,
      expect.stringContaining("'a b' contains one or more") as string,
    ],
    [TYPE.broker, '99', ErrorCode.INVALID_REQUEST, 'Unexpected broker id, expected 1 or empty string, but received 99'],
    [TYPE.broker, 'x', ErrorCode.INVALID_REQUEST, 'Broker id must be an integer, but it is: x'],
    [TYPE.group, '', ErrorCode.INVALID_REQUEST, 'Group name must not be empty'],
    [TYPE.metrics, '', ErrorCode.INVALID_REQUEST, 'Client metrics subscription name must not be empty'],
    [77, 'x', ErrorCode.INVALID_REQUEST, 'Unexpected resource type 77 for resource x'],
  ])('refuses resource %i %j', async (resourceType, resourceName, errorCode, errorMessage) => {
    expect(await describeOne(resourceType, resourceName)).toMatchObject({ errorCode, errorMessage, configs: [] });
  });
});

describe('IncrementalAlterConfigs', () => {
  test('sets, deletes, appends and subtracts, and leaves the rest', async () => {
    const name = await makeTopic({ 'retention.ms': '5', 'segment.bytes': '2000000' });
    expect(await change(TYPE.topic, name, [['retention.ms', 'SET', ' 6 ']])).toMatchObject({
      errorCode: 0,
      errorMessage: null,
    });
    expect(await configsOf(name)).toEqual({ 'retention.ms': '6', 'segment.bytes': '2000000' });
    await change(TYPE.topic, name, [
      ['retention.ms', 'DELETE', null],
      ['cleanup.policy', 'APPEND', 'compact'],
    ]);
    expect(await configsOf(name)).toEqual({ 'cleanup.policy': 'delete,compact', 'segment.bytes': '2000000' });
    await change(TYPE.topic, name, [['cleanup.policy', 'SUBTRACT', 'delete']]);
    expect(await configsOf(name)).toMatchObject({ 'cleanup.policy': 'compact' });
    expect(await change(TYPE.topic, name, [['no.such', 'DELETE', '']])).toMatchObject({ errorCode: 0 });
  });

  test('only validates where asked to', async () => {
    const name = await makeTopic();
    expect(await change(TYPE.topic, name, [['retention.ms', 'SET', '6']], true)).toMatchObject({ errorCode: 0 });
    expect(await change(TYPE.topic, name, [['retention.ms', 'SET', 'x']], true)).toMatchObject({
      errorCode: ErrorCode.INVALID_CONFIG,
    });
    expect(await configsOf(name)).toEqual({});
  });

  test.each<[Change[], number, string]>([
    [
      [['retention.ms', 'SET', 'x']],
      ErrorCode.INVALID_CONFIG,
      'Invalid value x for configuration retention.ms: Not a number of type LONG',
    ],
    [
      [['retention.ms', 'APPEND', '5']],
      ErrorCode.INVALID_CONFIG,
      "Can't APPEND to key retention.ms because its type is not LIST.",
    ],
    [
      [['cleanup.policy', 'APPEND', 'foo']],
      ErrorCode.INVALID_CONFIG,
      'Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete',
    ],
    [[['nope', 'SET', '1']], ErrorCode.INVALID_CONFIG, 'Unknown topic config name: nope'],
    [[['retention.ms', 'SET', null]], ErrorCode.INVALID_REQUEST, 'Null value not supported for : retention.ms'],
    [
      [
        ['retention.ms', 'SET', '1'],
        ['retention.ms', 'SET', '2'],
      ],
      ErrorCode.INVALID_REQUEST,
      'Error due to duplicate config keys',
    ],
  ])('refuses %j', async (changes, errorCode, errorMessage) => {
    const name = await makeTopic();
    expect(await change(TYPE.topic, name, changes)).toMatchObject({ errorCode, errorMessage });
    expect(await configsOf(name)).toEqual({});
  });

  test.each<[number, string, number, string]>([
    [TYPE.topic, 'no-such', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "The topic 'no-such' does not exist."],
    [TYPE.topic, '', ErrorCode.INVALID_REQUEST, 'Default topic resources are not allowed.'],
    [TYPE.broker, '1', ErrorCode.INVALID_REQUEST, 'Cannot update these configs dynamically: [retention.ms]'],
    [TYPE.broker, '2', ErrorCode.INVALID_REQUEST, 'Unexpected broker id, expected 1'],
    [TYPE.logger, '1', ErrorCode.INVALID_REQUEST, 'Cannot update these loggers dynamically'],
    [TYPE.group, 'g', ErrorCode.INVALID_REQUEST, 'Settings of single groups are not supported'],
    [TYPE.metrics, 'm', ErrorCode.INVALID_REQUEST, 'Client metrics subscriptions are not supported'],
    [77, 'x', ErrorCode.INVALID_REQUEST, 'Unexpected resource type 77'],
  ])('of resource %i %j is refused', async (resourceType, resourceName, errorCode, message) => {
    expect(await change(resourceType, resourceName, [['retention.ms', 'SET', '1']])).toMatchObject({
      errorCode,
      errorMessage: expect.stringContaining(message),
    });
  });

  test('a resource named twice is refused each time and not touched', async () => {
    const name = await makeTopic();
    const resource = {
      resourceType: TYPE.topic,
      resourceName: name,
      configs: [{ name: 'retention.ms', configOperation: 0, value: '1' }],
    };
    const request = incrementalCodec.createIncrementalAlterConfigsRequest({ resources: [resource, resource] });
    const refusal = { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Each resource must appear at most once.' };
    expect((await bench.call(INCREMENTAL, request)).responses).toMatchObject([refusal, refusal]);
    expect(await configsOf(name)).toEqual({});
  });

  describe('of an operation that does not exist', () => {
    const UNKNOWN = 9;
    const altered = async (...resources: [type: number, name: string, operation: number, value?: string | null][]) => {
      const request = incrementalCodec.createIncrementalAlterConfigsRequest({
        resources: resources.map(([resourceType, resourceName, configOperation, value = '1000']) => {
          return { resourceType, resourceName, configs: [{ name: 'retention.ms', configOperation, value }] };
        }),
      });
      const { responses } = await bench.call(INCREMENTAL, request);
      return responses.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]);
    };
    const failed = [ErrorCode.UNKNOWN_SERVER_ERROR, null];

    test.each([TYPE.topic, TYPE.group, TYPE.metrics])('on a resource of type %i fails as a whole', async (type) => {
      const good = await makeTopic();
      expect(await altered([TYPE.topic, good, OPERATION.SET], [type, 'no-such', UNKNOWN])).toEqual([failed, failed]);
      expect(await altered([TYPE.topic, good, -1], [type, 'no-such', OPERATION.SET])).toEqual([failed, failed]);
      expect(await configsOf(good)).toEqual({});
    });

    test('on the broker is refused for itself, and so is what is wrong in another way', async () => {
      const good = await makeTopic();
      const refused = [ErrorCode.INVALID_REQUEST, `Unknown operations type ${UNKNOWN}`];
      const done = [ErrorCode.NONE, null];
      expect(await altered([TYPE.broker, '1', UNKNOWN], [TYPE.topic, good, OPERATION.SET])).toEqual([refused, done]);
      expect(await configsOf(good)).toEqual({ 'retention.ms': '1000' });
      const withoutValue = [ErrorCode.INVALID_REQUEST, 'Null value not supported for : retention.ms'];
      expect(await altered([TYPE.topic, good, UNKNOWN, null])).toEqual([withoutValue]);
    });
  });

  test('changes at the same time lose none of one another', async () => {
    const name = await makeTopic();
    const keys = ['retention.ms', 'retention.bytes', 'segment.ms', 'delete.retention.ms', 'max.message.bytes'];
    await Promise.all(keys.map((key) => change(TYPE.topic, name, [[key, 'SET', '1000']])));
    expect(Object.keys(await configsOf(name)).sort()).toEqual([...keys].sort());
  });
});

test('AlterConfigs refuses settings without a value, and changes nothing', async () => {
  const name = await makeTopic({ 'segment.bytes': '2000000' });
  const configs = ['retention.ms', 'segment.ms'].map((key) => ({ name: key, value: null }));
  const request = alterCodec.createAlterConfigsRequest({
    resources: [{ resourceType: TYPE.topic, resourceName: name, configs }],
  });
  expect((await bench.call(ALTER, request)).responses).toMatchObject([
    {
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: 'Null value not supported for : retention.ms,segment.ms',
    },
  ]);
  expect(await configsOf(name)).toEqual({ 'segment.bytes': '2000000' });
});

test.each(['-2', '-9223372036854775808'])('retention.bytes of %s is no limit, as in Kafka', async (value) => {
  const name = await makeTopic();
  expect(await change(TYPE.topic, name, [['retention.bytes', 'SET', value]])).toMatchObject({
    errorCode: 0,
    errorMessage: null,
  });
  expect(await configsOf(name)).toEqual({ 'retention.bytes': value });
});

test.each([0, 1, 2])('AlterConfigs replaces all settings in version %i', async (version) => {
  const name = await makeTopic({ 'segment.bytes': '2000000' });
  const alter = (value: string, validateOnly: boolean) =>
    bench.call(
      ALTER,
      alterCodec.createAlterConfigsRequest({
        resources: [{ resourceType: TYPE.topic, resourceName: name, configs: [{ name: 'retention.ms', value }] }],
        validateOnly,
      }),
      version,
    );
  expect((await alter('7', true)).responses).toMatchObject([{ errorCode: 0 }]);
  expect(await configsOf(name)).toEqual({ 'segment.bytes': '2000000' });
  expect((await alter('7', false)).responses).toMatchObject([{ errorCode: 0, resourceName: name }]);
  expect(await configsOf(name)).toEqual({ 'retention.ms': '7' });
  expect((await alter('-7', false)).responses).toMatchObject([{ errorCode: ErrorCode.INVALID_CONFIG }]);
});

test('what changes nothing on this engine is said, and taken even so', async () => {
  const written = jest.spyOn(bench.telemetry.log, 'write');
  const name = await makeTopic();
  const configs = { 'retention.ms': '1000', 'seaglass.record.envelope': 'always', 'flush.ms': '7' };
  const altered = await bench.call(
    ALTER,
    alterCodec.createAlterConfigsRequest({
      resources: [
        {
          resourceType: TYPE.topic,
          resourceName: name,
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
    }),
  );
  expect(altered.responses[0]?.errorCode).toBe(ErrorCode.NONE);
  expect(await configsOf(name)).toEqual(configs);
  const lines = written.mock.calls.filter(([, event]) => event === 'topic.settings_without_effect');
  expect(lines.map(([level, , message]) => [level, message])).toEqual([
    [
      'info',
      `topic ${name}: seaglass.record.envelope, flush.ms stored, and without effect: this engine does not obey them`,
    ],
  ]);
  written.mockRestore();
});
