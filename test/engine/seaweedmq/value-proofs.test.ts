/**
 * Goal: a damaged value is delivered as it was produced where the broker's memory still has it, the value of another record is told as such, and
 * proofs end with their topic. Method: a gateway over a scripted SeaweedMQ whose log file is rewritten; every claim at the Kafka port.
 */
import { encodeBatch } from '../../../src/protocol/encode-batch';
import { ErrorCode } from '../../../src/protocol/error-code';
import { PROOFS_DIRECTORY } from '../../../src/engine/seaweedmq/proof/proof-store';
import { createTopic, deleteTopic } from '../../e2e/support';
import { pause } from '../../e2e/load';
import { startTestGateway, type TestGateway } from '../../support/gateway';
import type { KafkaClient } from '../../support/kafka-client';
import { readRecords } from '../../support/read-records';
import { startScriptedSeaweedMQ, type ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { damageLog, entriesOf, filerClient } from './damage-log';
import { openMqEngine, type MqEngine } from './support';

const RECORDS = 10;
const DAMAGED = 4;
const WAIT_MS_MAX = 30_000;
const valueAt = (index: number): Buffer => Buffer.alloc(384, 65 + index);

let mq: ScriptedSeaweedMQ;
let opened: MqEngine;
let gateway: TestGateway;
let client: KafkaClient;

beforeAll(async () => {
  mq = await startScriptedSeaweedMQ();
});
beforeEach(open);
afterEach(shut);
afterAll(() => mq.stop());

async function open(): Promise<void> {
  gateway = await startTestGateway({
    engine: (telemetry) => {
      opened = openMqEngine({ brokers: [mq.address], filer: mq.filer }, {}, undefined, telemetry);
      return opened.engine;
    },
  });
  client = await gateway.client('audit');
}

async function shut(): Promise<void> {
  await gateway.close();
  await opened.close();
}

/** A topic whose records are in a file, where the one in the middle is replaced; a gateway that has read nothing of it. */
async function damagedTopic(name: string, damage: Buffer): Promise<void> {
  expect(await createTopic(client, name, {})).toBe(ErrorCode.NONE);
  // As old as records are whose proofs are in the filer.
  const timestamp = Date.now() - 60_000;
  const records = Array.from({ length: RECORDS }, (_, index) => ({
    ...{ timestamp, key: Buffer.from(`k${index}`), value: valueAt(index) },
  }));
  expect((await client.produce(name, encodeBatch(records))).errorCode).toBe(ErrorCode.NONE);
  mq.flush(name, 0);
  const filers = { filer: mq.filer, filerHttp: '' };
  expect(await damageLog(filers, name, (offset) => (offset === DAMAGED ? damage : undefined))).toBe(1);
  await shut();
  await open();
}

async function read(topic: string, offset: number) {
  const { partition, records } = await client.fetch(topic, offset, { maxWaitMs: 500, partitionMaxBytes: 1 });
  const record = [...readRecords(records)].find((each) => each.offset === offset);
  return { errorCode: partition.errorCode, value: record?.value };
}

test('a value that the broker still has in its memory is delivered as it was produced, and told', async () => {
  await damagedTopic('repaired', Buffer.alloc(0));
  expect(await read('repaired', DAMAGED)).toEqual({ errorCode: ErrorCode.NONE, value: valueAt(DAMAGED) });
  const [told, ...more] = gateway.services.verdicts.list({ topic: 'repaired' });
  expect(more).toEqual([]);
  expect(told).toMatchObject({ offset: DAMAGED, verdict: 'lost', repaired: true, consumer: 'audit' });
  expect(told?.expected?.length).toBe(384);
  const [incident] = gateway.telemetry.incidents.current();
  expect(incident).toMatchObject({ kind: 'engine_lost_records', target: 'repaired-0', topic: 'repaired' });
  expect(incident?.evidence).toContain('the true bytes came by another path');
});

test('the value of another record is told as that, and is not delivered where nobody has the true one', async () => {
  await damagedTopic('swapped', valueAt(DAMAGED + 1));
  mq.switches.fetchBlind = true;
  expect((await read('swapped', DAMAGED)).errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  expect(await read('swapped', DAMAGED + 1)).toEqual({ errorCode: ErrorCode.NONE, value: valueAt(DAMAGED + 1) });
  mq.switches.fetchBlind = false;
  expect(gateway.services.verdicts.list({ topic: 'swapped' })).toMatchObject([
    { offset: DAMAGED, verdict: 'wrong_offset', repaired: false },
  ]);
});

test('proofs are in the filer right behind, and go with their topic; one of that name begins anew', async () => {
  const filer = filerClient(mq.filer);
  const proofs = async (): Promise<number> => (await entriesOf(filer, `${PROOFS_DIRECTORY}/passing`)).length;
  const produced = async (text: string): Promise<void> => {
    expect(await createTopic(client, 'passing', {})).toBe(ErrorCode.NONE);
    const batch = encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from(text) }]);
    expect((await client.produce('passing', batch)).errorCode).toBe(ErrorCode.NONE);
  };
  await produced('before');
  const untilMs = performance.now() + WAIT_MS_MAX;
  while ((await proofs()) === 0 && performance.now() < untilMs) await pause(20);
  expect(await proofs()).toBeGreaterThan(0);
  expect(await deleteTopic(client, 'passing')).toBe(ErrorCode.NONE);
  expect(await proofs()).toBe(0);

  await produced('after');
  expect(await read('passing', 0)).toEqual({ errorCode: ErrorCode.NONE, value: Buffer.from('after') });
  expect(gateway.services.verdicts.list({ topic: 'passing' })).toEqual([]);
  filer.close();
});
