/**
 * Goal: whose fault a failure was is said once, and the same in metrics, in spans and in the error that the client gets. Method: refused
 * requests over a socket, and the tables of both layers beside each other.
 */
import { EngineError, type EngineErrorCode } from '../../src/engine-error';
import { outcomeOf } from '../../src/waiting/error-outcome';
import { type Activity, errorCodeOf, outcomeOfCode } from '../../src/kafka/error-mapping';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';

import {
  createAlterableConfig,
  createAlterConfigsResource,
  createIncrementalAlterConfigsRequest,
  incrementalAlterConfigsApi,
  readIncrementalAlterConfigsResponse,
  writeIncrementalAlterConfigsRequest,
} from '../../src/protocol/generated/incremental-alter-configs';
import type { Outcome } from '../../src/telemetry/trace/operation';
import { startTestGateway, type TestGateway } from '../support/gateway';
import type { KafkaClient } from '../support/kafka-client';
import { MemorySink } from '../support/memory-sink';

const INCREMENTAL_ALTER_CONFIGS = {
  facts: incrementalAlterConfigsApi,
  write: writeIncrementalAlterConfigsRequest,
  read: readIncrementalAlterConfigsResponse,
};
const sink = new MemorySink();
let gateway: TestGateway;
let client: KafkaClient;
let quiet: string;

beforeAll(async () => {
  gateway = await startTestGateway({ telemetry: { sink, keep: { mode: 'all' } } });
  client = await gateway.client();
  quiet = await gateway.topic();
});
afterAll(() => gateway.close());

const record = { timestamp: 1, key: null, value: Buffer.from('abc') };

function damaged(): Uint8Array {
  const bytes = Buffer.from(encodeBatch([record]));
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes;
}

const produced =
  (records: () => Uint8Array, configs = {}) =>
  async (): Promise<number> =>
    (await client.produce(await gateway.topic({ configs }), records())).errorCode;

test.each<[string, string, number, () => Promise<number>]>([
  ['Produce', 'damaged bytes', ErrorCode.CORRUPT_MESSAGE, produced(damaged)],
  [
    'Produce',
    'a batch above the topic’s limit',
    ErrorCode.MESSAGE_TOO_LARGE,
    produced(() => encodeBatch([record]), { 'max.message.bytes': '10' }),
  ],
  [
    'Produce',
    'an epoch that is over',
    ErrorCode.INVALID_PRODUCER_EPOCH,
    async () => {
      const topic = await gateway.topic();
      const of = (producerEpoch: number) => encodeBatch([record], { producerId: 7n, producerEpoch, baseSequence: 0 });
      expect((await client.produce(topic, of(1))).errorCode).toBe(ErrorCode.NONE);
      return (await client.produce(topic, of(0))).errorCode;
    },
  ],
  [
    'Produce',
    'no topic',
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    async () => (await client.produce('none', encodeBatch([record]))).errorCode,
  ],
  [
    'Fetch',
    'an offset past the end',
    ErrorCode.OFFSET_OUT_OF_RANGE,
    async () => (await client.fetch(await gateway.topic(), 99)).partition.errorCode,
  ],
  [
    'IncrementalAlterConfigs',
    'an operation that there is not',
    ErrorCode.UNKNOWN_SERVER_ERROR,
    async () => {
      const configs = [createAlterableConfig({ name: 'retention.ms', configOperation: -1, value: '1' })];
      const resource = createAlterConfigsResource({ resourceType: 2, resourceName: await gateway.topic(), configs });
      const request = createIncrementalAlterConfigsRequest({ resources: [resource] });
      return (await client.call(INCREMENTAL_ALTER_CONFIGS, request)).responses[0]?.errorCode ?? 0;
    },
  ],
])('a %s of %s is a client error, in its answer, metrics and spans', async (api, _what, code, ask) => {
  const { instruments } = gateway.telemetry;
  const counted = (outcome: Outcome): number =>
    [...instruments.histograms('seaglass_request_duration_seconds').entries()]
      .filter(({ labels }) => labels['api'] === api && labels['outcome'] === outcome)
      .reduce((sum, { series }) => sum + series.count, 0);
  const before = { client: counted('client_error'), engine: counted('engine_error') };
  const exported = sink.spans.length;
  expect(await ask()).toBe(code);
  // A request is counted and exported once its answer has left; the next one's answer shows that it has.
  await client.fetch(quiet, 0, { maxWaitMs: 0 });
  const own = sink.spans.slice(exported);
  const root = own.find(
    ({ name, attributes }) => name.split(' ')[0] === api && attributes['kafka.error.name'] !== undefined,
  );
  const trace = own.filter(({ traceId }) => traceId === root?.traceId);
  const failed = trace.map(({ attributes }) => attributes['seaglass.outcome']).filter((each) => each !== 'ok');
  expect(new Set(failed)).toEqual(new Set(['client_error']));
  expect(counted('client_error')).toBe(before.client + 1);
  expect(counted('engine_error')).toBe(before.engine);
});

const EXPECTED: Readonly<Record<EngineErrorCode, Outcome>> = {
  topic_not_found: 'client_error',
  topic_exists: 'client_error',
  partition_not_found: 'client_error',
  not_leader: 'engine_error',
  offset_out_of_range: 'client_error',
  timeout: 'deadline',
  unavailable: 'engine_error',
  cancelled: 'cancelled',
  corrupt_batch: 'engine_error',
  invalid_record: 'client_error',
  record_too_large: 'client_error',
  out_of_order_sequence: 'client_error',
  duplicate_sequence: 'client_error',
  invalid_producer_epoch: 'client_error',
  invalid_partitions: 'client_error',
  invalid_config: 'client_error',
  storage_error: 'engine_error',
  contradiction: 'engine_error',
  invalid_request: 'client_error',
  shutting_down: 'engine_error',
  internal: 'engine_error',
};
const CODES = Object.keys(EXPECTED) as EngineErrorCode[];

test.each(CODES)('%s is one outcome, and its codes blame the same side', (code) => {
  const error = new EngineError(code, 'told');
  expect(outcomeOf(error)).toBe(EXPECTED[code]);
  const activities: readonly Activity[] = ['fetch', 'produce', 'log', 'admin', 'coordinator'];
  // What is read is the engine's, whatever is wrong with it; and a client is told of a damaged batch as of its own, to send it again.
  const apart = ['corrupt_batch', 'invalid_record', 'record_too_large'].includes(code);
  const blamed = activities.map((activity) => outcomeOfCode(errorCodeOf(error, activity)) === 'client_error');
  if (!apart) expect(new Set(blamed)).toEqual(new Set([EXPECTED[code] === 'client_error']));
  expect(outcomeOfCode(errorCodeOf(error, 'fetch')) === 'client_error').toBe(
    !apart && EXPECTED[code] === 'client_error',
  );
});

test('what is no error of the engine is one of the gateway', () => {
  expect(outcomeOf(new TypeError('x'))).toBe('error');
  expect(outcomeOf(undefined)).toBe('error');
});
