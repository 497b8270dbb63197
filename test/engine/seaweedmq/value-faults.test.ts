/**
 * Goal: a value that is lost or cut between the engine's frame and the client's batch is counted as a mismatch, and its trace is kept.
 * Method: a whole gateway over a scripted SeaweedMQ; a fault is put into the decoder of stored records or into the encoder of batches.
 */
import type * as encoding from '../../../src/protocol/encode-batch';
import type { Codec } from '../../../src/protocol/compression/compression';

import { RecordUnit } from '../../../src/engine/seaweedmq/records/record-unit';

import { startTestGateway, type TestGateway } from '../../support/gateway';
import type { KafkaClient } from '../../support/kafka-client';
import { startScriptedSeaweedMQ, type ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { openMqEngine, type MqEngine } from './support';
import { readRecords } from '../../support/read-records';
import { MemorySink } from '../../support/memory-sink';

let fault: ((record: encoding.EncodableRecord) => encoding.EncodableRecord) | undefined;
jest.mock('../../../src/protocol/encode-batch', () => {
  const actual = jest.requireActual<typeof encoding>('../../../src/protocol/encode-batch');
  const encodeBatch: typeof actual.encodeBatch = (records, options) =>
    actual.encodeBatch(fault === undefined ? records : records.map(fault), options);
  return { ...actual, encodeBatch };
});

const sink = new MemorySink();
let mq: ScriptedSeaweedMQ;
let opened: MqEngine;
let gateway: TestGateway;
let client: KafkaClient;

beforeAll(async () => {
  mq = await startScriptedSeaweedMQ();
  gateway = await startTestGateway({
    telemetry: { sink },
    engine: (telemetry) => {
      opened = openMqEngine({ brokers: [mq.address], filer: mq.filer }, {}, undefined, telemetry);
      return opened.engine;
    },
  });
  client = await gateway.client();
});
afterAll(async () => {
  await gateway.close();
  await opened.close();
  await mq.stop();
});
afterEach(() => {
  fault = undefined;
  jest.restoreAllMocks();
});

const mismatches = (topic: string) =>
  gateway.telemetry.instruments.value('seaglass_record_values_total', { topic, kind: 'mismatch', side: 'delivered' });

/** Four kinds of records, raw and enveloped, through the gateway and back. */
async function roundTrip(codec: Codec = 'none'): Promise<string> {
  const topic = await gateway.topic({ configs: codec === 'none' ? {} : { 'compression.type': codec } });
  const headers = [
    { key: 'h', value: Buffer.from('v') },
    { key: '', value: null },
  ];
  const timestamp = Date.now();
  const records = [
    { timestamp, key: Buffer.from('a'), value: Buffer.alloc(511, 1) },
    { timestamp, key: Buffer.from('b'), value: Buffer.alloc(111, 2), headers },
    { timestamp, key: Buffer.from('c'), value: Buffer.alloc(0) },
    { timestamp, key: Buffer.from('d'), value: null, headers },
  ];
  const { encodeBatch } = jest.requireActual<typeof encoding>('../../../src/protocol/encode-batch');
  const batch = encodeBatch(records, { codec });
  expect(await client.produce(topic, batch)).toMatchObject({ errorCode: 0 });
  let offset = 0;
  while (offset < 4) {
    const { records: batches, partition } = await client.fetch(topic, offset);
    expect(partition.errorCode).toBe(0);
    offset += [...readRecords(batches)].length;
  }
  return topic;
}

test.each(['none', 'gzip'] as const)('without a fault both sides agree (%s)', async (codec) => {
  const topic = await roundTrip(codec);
  const { instruments } = gateway.telemetry;
  for (const side of ['engine', 'delivered']) {
    for (const [kind, count] of [
      ['present', 2],
      ['empty', 1],
      ['null', 1],
    ] as const)
      expect(instruments.value('seaglass_record_values_total', { topic, kind, side })).toBe(count);
    expect(instruments.value('seaglass_value_bytes_total', { topic, side })).toBe(622);
  }
  expect(mismatches(topic)).toBe(0);
});

test('a decoder that loses a value is a mismatch, and its trace is kept', async () => {
  const whole = Object.getOwnPropertyDescriptor(RecordUnit.prototype, 'record')?.value as RecordUnit['record'];
  jest.spyOn(RecordUnit.prototype, 'record').mockImplementation(function (this: RecordUnit) {
    const record = whole.call(this);
    return record.value?.byteLength === 511 ? { ...record, value: new Uint8Array(0) } : record;
  });
  const topic = await roundTrip();
  expect(mismatches(topic)).toBe(1);
  await client.fetch(topic, 4, { maxWaitMs: 0 });
  expect(sink.spans.map(({ attributes }) => attributes['seaglass.keep_reason'])).toContain('mismatch');
});

test.each(['none', 'gzip'] as const)('an encoder that cuts a value is a mismatch (%s)', async (codec) => {
  fault = (record) => (record.value?.byteLength === 111 ? { ...record, value: record.value.subarray(1) } : record);
  const topic = await roundTrip(codec);
  expect(mismatches(topic)).toBe(1);
  expect(gateway.telemetry.instruments.value('seaglass_value_bytes_total', { topic, side: 'engine' })).toBe(622);
});
