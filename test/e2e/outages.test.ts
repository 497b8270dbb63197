/**
 * Goal: an engine that stops, dies and comes back costs requests their own wait and two seconds, never an answer that is wrong; the
 * gateway recovers by itself within ten seconds, and what was acked is there. Method: a node of its own process behind a gateway,
 * traffic that goes on meanwhile; and the whole program killed under an idempotent producer.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import {
  createInitProducerIdRequest,
  initProducerIdApi,
  readInitProducerIdResponse,
  writeInitProducerIdRequest,
  type InitProducerIdRequest,
  type InitProducerIdResponse,
} from '../../src/protocol/generated/init-producer-id';
import type { Child } from '../support/child';
import { type GatewayProcess, startGatewayProcess, startMain } from '../support/gateway-process';
import { KafkaClient, type Codec } from '../support/kafka-client';
import { freePorts } from '../support/weed';
import { expectSlowest, Load, pause, readAll } from './load';
import { awaitTopic, get, startWholeGateway } from './support';
import { LONG } from '../support/long';

const TOPIC = 'orders';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
  closing.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function startNodeAt(address: string, data: string): Promise<Child> {
  const node = startMain(['node', '--node-listen', address, '--data', data]);
  closing.push(() => node.kill());
  await node.printed(/^ *address +(\S+)$/m);
  return node;
}

test('a node that is stopped for some seconds, then killed and restarted', async () => {
  const data = temporary();
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const node = await startNodeAt(address, data);
  const gateway = await startWholeGateway({ flags: { 'node.connect': address } });
  closing.push(() => gateway.close());
  const admin = await gateway.client('admin');
  await awaitTopic(admin, TOPIC);
  expect((await get(`${gateway.console}/readyz`)).status).toBe(200);
  const clients = { fetch: await gateway.client(), produce: await gateway.client(), metadata: await gateway.client() };
  const load = new Load(TOPIC, clients);
  await load.recovered();
  await pause(1_000);

  node.signal('SIGSTOP');
  await pause(4_000);
  const unready = await get(`${gateway.console}/readyz`);
  expect(unready.status).toBe(503);
  expect(unready.text).toMatch(/engine|no answer|DescribeNode/i);
  await pause(LONG ? 16_000 : 4_000);
  node.signal('SIGCONT');
  const afterStop = await load.recovered();

  await pause(1_000);

  await node.kill();
  await pause(2_000);
  expect((await get(`${gateway.console}/readyz`)).status).toBe(503);
  await startNodeAt(address, data);
  const afterKill = await load.recovered();
  expect((await get(`${gateway.console}/readyz`)).status).toBe(200);
  await load.stop();

  const { slowest } = load;
  process.stdout.write(
    `node stopped and killed: past its own wait a fetch took ${slowest.fetch} ms, a produce ${slowest.produce} ms, metadata ${slowest.metadata} ms; ` +
      `served ${afterStop} ms after SIGCONT, ${afterKill} ms after the restart; unready said: ${unready.text.trim()}; ${JSON.stringify([...load.failures])}\n`,
  );
  expect([load.wrong, load.skipped]).toEqual([[], []]);
  expectSlowest(slowest);
  expect(load.failures.size).toBeGreaterThan(0);
  const found = await readAll(admin, TOPIC);
  expect(load.acked.size).toBeGreaterThan(0);
  for (const [offset, value] of load.acked) expect([offset, found.get(offset)]).toEqual([offset, value]);
  // What was not acked may be there or not, but nothing is there twice.
  expect(new Set(found.values()).size).toBe(found.size);
}, 240_000);

const INIT_PRODUCER_ID: Codec<InitProducerIdRequest, InitProducerIdResponse> = {
  facts: initProducerIdApi,
  write: writeInitProducerIdRequest,
  read: readInitProducerIdResponse,
};
const KILLS = 5;

test(`the program killed ${KILLS} times under an idempotent producer has every acked record once, in order, at its offset`, async () => {
  const dataDirectory = temporary();
  let gateway: GatewayProcess | undefined;
  let client: KafkaClient | undefined;
  closing.push(() => gateway?.child.kill());
  closing.push(() => client?.close());
  const acked: number[] = [];
  let sequence = 0;
  let producerId = -1n;
  let retried = 0;
  for (let kill = 0; kill <= KILLS; kill++) {
    gateway = await startGatewayProcess({ dataDirectory });
    client = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), 'idempotent');
    await awaitTopic(client, TOPIC);
    if (producerId < 0n) {
      const request = createInitProducerIdRequest({ transactionalId: null, transactionTimeoutMs: 60_000 });
      producerId = (await client.call(INIT_PRODUCER_ID, request)).producerId;
    }
    const { child } = gateway;
    if (kill === KILLS) break;
    // Killed at some moment of the traffic: what is under way may be acked, appended and not acked, or lost.
    const killed = pause(200 + kill * 70).then(() => child.kill());
    for (;;) {
      const batch = encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from(`value ${sequence}`) }], {
        producerId,
        producerEpoch: 0,
        baseSequence: sequence,
      });
      const answer = await client.produce(TOPIC, batch).catch(() => undefined);
      if (answer === undefined) break;
      expect(answer.errorCode).toBe(ErrorCode.NONE);
      acked.push(Number(answer.baseOffset));
      sequence += 1;
    }
    retried += 1;
    await killed;
    await client.close();
  }
  if (client === undefined) throw new Error('no client');
  const found = await readAll(client, TOPIC);
  process.stdout.write(`${KILLS} kills: ${acked.length} records acked, ${retried} sent again, ${found.size} there\n`);
  expect(acked).toEqual(acked.map((_, index) => index));
  expect(acked.length).toBeGreaterThan(KILLS);
  // The one under way at the last kill may be there too.
  expect(found.size - acked.length).toBeLessThanOrEqual(1);
  for (const [offset, value] of found) expect(value).toBe(`value ${offset}`);
}, 240_000);
