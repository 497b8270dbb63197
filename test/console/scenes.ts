/** What the console is looked at with: a gateway that is calm, one whose engine hangs, one whose engine lost a value. Each gateway is a real one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { awaitTopic, batchOf } from '../e2e/support';
import { GroupMember } from '../support/group-member';
import { KafkaClient } from '../support/kafka-client';
import { startGatewayProcess, startMain } from '../support/gateway-process';
import { type ScriptedSeaweedMQ, startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';

export interface Scene {
  /** http://host:port */
  readonly console: string;
  close(): Promise<void>;
}

export const TRACE = '0af7651916cd43dd8448eb211c80319c';
const TOPICS = ['orders', 'payments', 'invoices'];

/** A gateway as users run it, with producers, readers that wait and a group that commits nothing. */
export async function calm(flags: readonly string[] = []): Promise<Scene> {
  const gateway = await startGatewayProcess({ flags });
  const port = Number(gateway.bootstrap.split(':')[1]);
  const clients: KafkaClient[] = [];
  const connect = async (name: string): Promise<KafkaClient> => {
    const client = await KafkaClient.connect(port, name);
    clients.push(client);
    return client;
  };
  const shop = await connect('shop');
  for (const topic of TOPICS) await awaitTopic(shop, topic);
  for (const batch of firstRecords()) await shop.produce('orders', batch);
  const member = new GroupMember(await connect('invoice-svc'), 'invoices');
  await member.enter();
  await member.sync();
  let open = true;
  /** For as long as somebody looks; a connection that is closed ends it. */
  const again = async (ask: () => Promise<unknown>): Promise<void> => {
    while (open) await ask();
  };
  const waits = ['orders', 'invoices'].map(async (topic) => {
    const reader = await connect(`${topic}-reader`);
    await again(() => reader.fetch(topic, topic === 'orders' ? 4 : 0, { maxWaitMs: 60_000 })).catch(() => undefined);
  });
  const tail = await connect('audit-svc');
  let sent = 0;
  const traffic = async (): Promise<void> => {
    await shop.produce('payments', batchOf('x'.repeat(200 + ((sent * 37) % 900))));
    // A wait that is idle for as long as it may paces it.
    await tail.fetch('invoices', 0, { maxWaitMs: 100 });
    await tail.fetch('payments', sent++, { maxWaitMs: 100 });
    await member.heartbeat();
  };
  const flowing = again(traffic).catch(() => undefined);
  return {
    console: gateway.console,
    async close() {
      open = false;
      await flowing;
      for (const client of clients) await client.close();
      await Promise.all(waits);
      await gateway.stop();
    },
  };
}

/** A gateway that shows contents, and where traces are looked at. */
export async function withContents(): Promise<Scene> {
  const flags = ['--console-contents', 'true', '--console-trace-url', 'http://traces.example/trace/{trace}'];
  const gateway = await startGatewayProcess({ flags });
  const shop = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), 'shop');
  await awaitTopic(shop, 'orders');
  for (const batch of firstRecords()) await shop.produce('orders', batch);
  await shop.close();
  return {
    console: gateway.console,
    async close() {
      await gateway.stop();
    },
  };
}

/** Present, empty, null, and one of Confluent's form that carries a trace. */
function firstRecords(): readonly Uint8Array[] {
  const timestamp = Date.now();
  const headers = [{ key: 'traceparent', value: Buffer.from(`00-${TRACE}-b7ad6b7169203331-01`) }];
  return [
    batchOf('secret-content', ''),
    encodeBatch([{ timestamp, key: Buffer.from('k1'), value: null }]),
    encodeBatch([{ timestamp, key: null, value: Buffer.from([0, 0, 0, 0, 42, 1, 2, 3]), headers }]),
  ];
}

/** A gateway before a node that is stopped as a process is that swaps or waits for its disk: it accepts and answers nothing. */
export async function hang(fetches: number): Promise<Scene> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-'));
  const node = startMain(['node', '--data', dataDirectory, '--node-listen', '127.0.0.1:0']);
  const address = (await node.printed(/address +(\S+)/))[1] ?? '';
  const gateway = await startGatewayProcess({ flags: ['--node-connect', address] });
  const port = Number(gateway.bootstrap.split(':')[1]);
  const shop = await KafkaClient.connect(port, 'shop');
  await awaitTopic(shop, 'orders');
  await shop.produce('orders', batchOf('zero'));
  const names = ['audit-svc', 'billing', 'search-index'];
  const clients = await Promise.all(
    Array.from({ length: fetches }, (_, index) => KafkaClient.connect(port, names[index % names.length] ?? '')),
  );
  node.signal('SIGSTOP');
  let open = true;
  const waits = clients.map(async (client) => {
    while (open) await client.fetch('orders', 0, { maxWaitMs: 4_000 }).catch(() => undefined);
  });
  return {
    console: gateway.console,
    async close() {
      open = false;
      node.signal('SIGCONT');
      for (const client of [shop, ...clients]) await client.close();
      await Promise.all(waits);
      await gateway.stop();
      await node.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** Of the value that is lost below. */
export const LOST = { topic: 'payments', offset: 3, bytes: 384 } as const;

/** Of values that were damaged below: cut, one bit of it flipped, left as it was. */
export const DAMAGED = { topic: 'refunds', bytes: 384, verdicts: ['truncated', 'altered', 'match'] } as const;

/** A gateway before a broker whose stored log has lost one of six values and damaged others, and a reader who asks for it again and again. */
export async function lostValue(): Promise<Scene> {
  const mq = await startScriptedSeaweedMQ();
  for (const { topic } of [LOST, DAMAGED]) mq.createTopic(topic, 1);
  const gateway = await startGatewayProcess({
    flags: ['--engine', 'seaweedmq', '--brokers', mq.address, '--filer', mq.filer, '--cluster-id', 'payments-eu'],
  });
  const port = Number(gateway.bootstrap.split(':')[1]);
  const shop = await KafkaClient.connect(port, 'shop');
  for (let sent = 0; sent < 6; sent++) await shop.produce(LOST.topic, batchOf(Buffer.alloc(LOST.bytes, sent + 1)));
  const stored = mq.records(LOST.topic, 0)[LOST.offset];
  if (stored === undefined) throw new Error('nothing was stored');
  Object.assign(stored, { value: Buffer.alloc(0) });
  await damageValues(shop, mq);
  const reader = await KafkaClient.connect(port, 'invoice-svc');
  let open = true;
  const read = async (): Promise<void> => {
    await reader.fetch(LOST.topic, 0);
    while (open) {
      await reader.fetch(LOST.topic, LOST.offset);
      // As clients pause before they try again.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const reading = read().catch(() => undefined);
  return {
    console: gateway.console,
    async close() {
      open = false;
      await reading;
      for (const client of [shop, reader]) await client.close();
      await gateway.stop();
      await mq.stop();
    },
  };
}

async function damageValues(shop: KafkaClient, mq: ScriptedSeaweedMQ): Promise<void> {
  const { topic, bytes, verdicts } = DAMAGED;
  for (const [sent] of verdicts.entries()) await shop.produce(topic, batchOf(Buffer.alloc(bytes, sent + 1)));
  const [cut, flipped] = mq.records(topic, 0);
  if (cut === undefined || flipped === undefined) throw new Error('nothing was stored');
  Object.assign(cut, { value: cut.value.subarray(0, 100) });
  const other = Buffer.from(flipped.value);
  other.writeUInt8(other.readUInt8(200) ^ 1, 200);
  Object.assign(flipped, { value: other });
}
