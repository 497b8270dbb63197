/**
 * Goal: a damaged value is delivered as it was produced where the broker's memory still has it, the value of another record is told as such, proofs
 * end with their topic, and what is not proven is never judged. Method: a gateway over a scripted SeaweedMQ whose log file is rewritten; every claim at the Kafka port.
 */
import { rmSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { NO_VERDICTS, type Verdict, VERDICTS } from '../../../src/audit/verdict';
import { encodeBatch } from '../../../src/protocol/encode-batch';
import { ErrorCode } from '../../../src/protocol/error-code';
import { PROOFS_DIRECTORY } from '../../../src/engine/seaweedmq/proof/proof-entries';
import { createTopic, deleteTopic } from '../../e2e/support';
import { pause } from '../../e2e/load';
import { startTestGateway, type TestGateway } from '../../support/gateway';
import { startGatewayProcess } from '../../support/gateway-process';
import { KafkaClient } from '../../support/kafka-client';
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

interface DamagedTopicOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Between the gateway that wrote and the one that reads. */
  readonly before?: () => Promise<void>;
}

/** A topic whose records are in a file, where the one in the middle is replaced; a gateway that has read nothing of it. */
async function damagedTopic(
  name: string,
  damage: (stored: Buffer) => Buffer,
  { settings = {}, before = () => Promise.resolve() }: DamagedTopicOptions = {},
): Promise<void> {
  expect(await createTopic(client, name, settings)).toBe(ErrorCode.NONE);
  // As old as records are whose proofs are in the filer.
  const timestamp = Date.now() - 60_000;
  const records = Array.from({ length: RECORDS }, (_, index) => ({
    ...{ timestamp, key: Buffer.from(`k${index}`), value: valueAt(index) },
  }));
  expect((await client.produce(name, encodeBatch(records))).errorCode).toBe(ErrorCode.NONE);
  mq.flush(name, 0);
  const filers = { filer: mq.filer, filerHttp: '' };
  const damaged = (offset: number, stored: Buffer) => (offset === DAMAGED ? damage(stored) : undefined);
  expect(await damageLog(filers, name, damaged)).toBe(1);
  await shut();
  await before();
  await open();
}

async function read(topic: string, offset: number) {
  const { partition, records } = await client.fetch(topic, offset, { maxWaitMs: 500, partitionMaxBytes: 1 });
  const record = [...readRecords(records)].find((each) => each.offset === offset);
  return { errorCode: partition.errorCode, value: record?.value };
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + WAIT_MS_MAX;
  while (!(await isSo()) && performance.now() < untilMs) await pause(20);
  expect(await isSo()).toBe(true);
}

test('a value that the broker still has in its memory is delivered as it was produced, and told', async () => {
  await damagedTopic('repaired', () => Buffer.alloc(0));
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
  await damagedTopic('swapped', () => valueAt(DAMAGED + 1));
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
  await until(async () => (await proofs()) > 0);
  expect(await deleteTopic(client, 'passing')).toBe(ErrorCode.NONE);
  expect(await proofs()).toBe(0);

  await produced('after');
  expect(await read('passing', 0)).toEqual({ errorCode: ErrorCode.NONE, value: Buffer.from('after') });
  expect(gateway.services.verdicts.list({ topic: 'passing' })).toEqual([]);
  filer.close();
});

test('a proof that is stored behind the deletion of its topic accuses nothing of the one that is made anew', async () => {
  const timestamp = Date.now() - 60_000;
  const one = (text: string) => encodeBatch([{ timestamp, key: null, value: Buffer.from(text) }]);
  expect(await createTopic(client, 'late', {})).toBe(ErrorCode.NONE);
  let store = (): void => undefined;
  const stored = (): number => mq.calls.get('createEntry') ?? 0;
  const before = stored();
  mq.switches.storing = { until: new Promise<void>((resolve) => (store = resolve)) };
  expect((await client.produce('late', one('before'))).errorCode).toBe(ErrorCode.NONE);
  await until(() => stored() > before);
  mq.switches.storing = 'normal';

  const writer = gateway;
  const engineOfWriter = opened;
  await open();
  expect(await deleteTopic(client, 'late')).toBe(ErrorCode.NONE);
  store();
  const filer = filerClient(mq.filer);
  await until(async () => (await entriesOf(filer, `${PROOFS_DIRECTORY}/late`)).length > 0);
  filer.close();
  await writer.close();
  await engineOfWriter.close();

  expect(await createTopic(client, 'late', {})).toBe(ErrorCode.NONE);
  mq.switches.storing = { fail: { code: status.UNAVAILABLE, message: 'no proof of the new one' } };
  expect((await client.produce('late', one('after'))).errorCode).toBe(ErrorCode.NONE);
  mq.flush('late', 0);
  await shut();
  mq.switches.storing = 'normal';
  await open();
  expect(await read('late', 0)).toEqual({ errorCode: ErrorCode.NONE, value: Buffer.from('after') });
  expect(gateway.services.verdicts.list({ topic: 'late' })).toEqual([]);
  expect(verdicts('late', 'unknown')).toBe(1);
}, 60_000);

test('a topic that is made right behind a deletion that was given up has a generation of its own, and proofs of its own', async () => {
  const filer = filerClient(mq.filer);
  const generations = async (): Promise<readonly string[]> =>
    (await entriesOf(filer, `${PROOFS_DIRECTORY}/hasty`)).map(({ name }) => name);
  const batch = encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from('v') }]);
  const made = async (): Promise<readonly string[]> => {
    expect(await createTopic(client, 'hasty', {})).toBe(ErrorCode.NONE);
    expect((await client.produce('hasty', batch)).errorCode).toBe(ErrorCode.NONE);
    await until(async () => (await generations()).length > 0);
    return generations();
  };
  const before = await made();
  const given = new AbortController();
  const operation = gateway.telemetry.operations.root('catalog.call');
  const deleted = opened.engine.deleteTopic('hasty', { operation, signal: given.signal }).catch(() => undefined);
  await until(async () => (await entriesOf(filer, '/topics/kafka')).every(({ name }) => name !== 'hasty'));
  given.abort();
  await deleted;
  operation.end();
  const after = await made();
  filer.close();
  expect(before).toHaveLength(1);
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
}, 60_000);

test('a null whose proof the filer does not give is refused until it does, and then found; other values are given meanwhile', async () => {
  await damagedTopic('silent', () => Buffer.alloc(0));
  mq.switches.fetchBlind = true;
  mq.switches.listingsNever = (directory) => directory.startsWith(PROOFS_DIRECTORY);
  expect(await read('silent', DAMAGED)).toEqual({ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, value: undefined });
  expect(await read('silent', DAMAGED + 1)).toEqual({ errorCode: ErrorCode.NONE, value: valueAt(DAMAGED + 1) });
  expect(gateway.services.verdicts.list({ topic: 'silent' })).toEqual([]);
  mq.switches.listingsNever = () => false;
  let errorCode: number = ErrorCode.NOT_LEADER_OR_FOLLOWER;
  const untilMs = performance.now() + WAIT_MS_MAX;
  while (errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER && performance.now() < untilMs) {
    await pause(20);
    ({ errorCode } = await read('silent', DAMAGED));
  }
  expect(errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  mq.switches.fetchBlind = false;
  expect(gateway.services.verdicts.list({ topic: 'silent' })).toMatchObject([{ offset: DAMAGED, verdict: 'lost' }]);
}, 60_000);

const verdicts = (topic: string, verdict: Verdict) =>
  gateway.telemetry.instruments.value('seaglass_value_verdicts_total', { topic, verdict });
/** The value is the end of what is stored, in an envelope or without one. */
const cut = (stored: Buffer): Buffer => stored.subarray(0, stored.byteLength - 284);

async function forgetProofs(topic: string): Promise<void> {
  const filer = filerClient(mq.filer);
  const request = { directory: PROOFS_DIRECTORY, name: topic, isDeleteData: true, isRecursive: true };
  const rest = { ignoreRecursiveError: false, isFromOtherCluster: false, signatures: [], ifNotModifiedAfter: 0n };
  await new Promise<void>((resolve, reject) =>
    filer.deleteEntry({ ...request, ...rest }, (error) => (error === null ? resolve() : reject(error))),
  );
  filer.close();
}

test.each([
  ['always: a record carries its proof', 'always', ErrorCode.KAFKA_STORAGE_ERROR, 'truncated'],
  ['auto: a raw record is unknown, and delivered as it is stored', 'auto', ErrorCode.NONE, 'unknown'],
] as const)('without the proofs of the filer, %s', async (_, proof, errorCode, verdict) => {
  const topic = `proof-${proof}`;
  await damagedTopic(topic, cut, {
    settings: { 'seaglass.value.proof': proof },
    before: () => forgetProofs(topic),
  });
  mq.switches.fetchBlind = true;
  const found = await read(topic, DAMAGED);
  mq.switches.fetchBlind = false;
  expect(found.errorCode).toBe(errorCode);
  expect(found.value?.byteLength).toBe(verdict === 'unknown' ? 100 : undefined);
  expect(verdicts(topic, verdict)).toBe(1);
  expect(gateway.services.verdicts.list({ topic }).map((told) => told.verdict)).toEqual(
    verdict === 'unknown' ? [] : [verdict],
  );
});

test('off: nothing is kept, nothing is asked for, and no verdict is reached', async () => {
  const asked: string[] = [];
  mq.switches.listingsNever = (directory) => {
    if (directory.startsWith(PROOFS_DIRECTORY)) asked.push(directory);
    return false;
  };
  await damagedTopic('unproven', cut, { settings: { 'seaglass.value.proof': 'off' } });
  const filer = filerClient(mq.filer);
  expect(await entriesOf(filer, `${PROOFS_DIRECTORY}/unproven`)).toEqual([]);
  filer.close();
  asked.length = 0;
  expect(await read('unproven', DAMAGED)).toEqual({ errorCode: ErrorCode.NONE, value: cut(valueAt(DAMAGED)) });
  expect(asked).toEqual([]);
  expect([verdicts('unproven', 'unknown'), verdicts('unproven', 'match') ?? 0]).toEqual([1, 0]);
  expect(gateway.services.verdicts.list({ topic: 'unproven' })).toEqual([]);
  expect(gateway.telemetry.incidents.current()).toEqual([]);
});

test('a gateway that is killed before its proofs are stored leaves records that are unknown: no match, and none told as lost', async () => {
  const flags = ['--engine', 'seaweedmq', '--brokers', mq.address, '--filer', mq.filer];
  const killed = await startGatewayProcess({ flags });
  const writer = await KafkaClient.connect(Number(killed.bootstrap.split(':')[1]), 'writer');
  const batch = encodeBatch(
    [0, 1, 2].map((index) => ({ ...{ timestamp: Date.now() - 60_000, key: null }, value: valueAt(index) })),
  );
  expect(await createTopic(writer, 'killed', {})).toBe(ErrorCode.NONE);
  mq.switches.storing = 'never';
  expect((await writer.produce('killed', batch)).errorCode).toBe(ErrorCode.NONE);
  await killed.child.kill();
  await writer.close();
  rmSync(killed.dataDirectory, { recursive: true, force: true });
  mq.switches.storing = 'normal';
  mq.flush('killed', 0);
  const filers = { filer: mq.filer, filerHttp: '' };
  expect(await damageLog(filers, 'killed', (offset) => (offset === 1 ? Buffer.alloc(0) : undefined))).toBe(1);

  const values = [];
  for (let offset = 0; offset < 3; offset += 1) values.push(await read('killed', offset));
  // What is stored, for nothing proves that it was another value.
  expect(values.map(({ value }) => value?.byteLength)).toEqual([384, undefined, 384]);
  expect(values.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0]);
  const counted = VERDICTS.map((verdict) => [verdict, verdicts('killed', verdict) ?? 0]);
  expect(Object.fromEntries(counted)).toEqual({ ...NO_VERDICTS, unknown: 3 });
  expect(gateway.services.verdicts.list({ topic: 'killed' })).toEqual([]);
}, 60_000);
