/**
 * Goal: what a drill says of itself is its own: what others wait for is not taken for it, what stands so for a moment neither, and what
 * else pages is told of until the drill is over. Method: whole gateways on which something else goes on, drills as the command line runs them.
 */
import { ConsoleClient } from '../../src/cli/console-client';
import type { DrillName } from '../../src/drills/drill-list';
import type { AskedConsole, DrillCommand } from '../../src/drills/run/gateway-client';
import { batchOf, createTopic } from '../e2e/support';
import type { KafkaClient } from '../support/kafka-client';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { post, startDrilledGateway } from './support';

/** The gateway's console, where it is told what to do with `instead`. */
function consoleWith(
  url: string,
  instead: (command: DrillCommand, next: () => Promise<unknown>) => Promise<unknown>,
): AskedConsole {
  const console = new ConsoleClient({ url });
  return {
    json: (path, query, body) => {
      const next = () => console.json(path, query, body);
      return body === undefined ? next() : instead(body as DrillCommand, next);
    },
    text: (path) => console.text(path),
  };
}

/** Writes one record behind the other until it is ended. */
function writeOn(client: KafkaClient, topic: string): () => Promise<void> {
  let open = true;
  const writing = (async () => {
    while (open) await client.produce(topic, batchOf('v'), { timeoutMs: 5_000 });
  })().catch(() => undefined);
  return async () => {
    open = false;
    await writing;
  };
}

test('appends of another topic that wait for their acks are no row of the drill', async () => {
  const mq = await startScriptedSeaweedMQ();
  mq.switches.publishAck = { lateMs: 1_500 };
  const gateway = await startDrilledGateway({ engine: 'seaweedmq', brokers: mq.address, filer: mq.filer });
  const client = await gateway.client();
  for (const topic of ['orders', 'payments']) await createTopic(client, topic, {});
  const end = writeOn(client, 'payments');
  // Nobody writes to it.
  const { said } = await gateway.run('slow-publish-ack', { topic: 'orders', forMs: 5_000 });
  await end();
  expect(said.join('\n')).toMatch(/console +publish\.ack +NOT SEEN/);
  await gateway.close();
  await mq.stop();
}, 60_000);

test('a lag of one record for a moment is none that stays', async () => {
  const gateway = await startDrilledGateway();
  const young: DrillName = 'young-group';
  const { said } = await gateway.run('withhold-newest', {
    forMs: 12_000,
    // Its own clients write and read, and nothing is withheld.
    console: consoleWith(gateway.console, async (command, next) => {
      if (command.do !== 'start') return next();
      return post(gateway.console, { ...command, drill: young });
    }),
  });
  expect(said.join('\n')).toMatch(/metric +seaglass_group_lag\{group="seaglass-drill"\} = 1 for 4 s +NOT SEEN/);
  await gateway.close();
}, 60_000);

test('what pages once all was seen is told, and fails the drill', async () => {
  const gateway = await startDrilledGateway();
  const client = await gateway.client();
  await createTopic(client, 'orders', {});
  const end = writeOn(client, 'orders');
  const { said, seen, strangers, passed } = await gateway.run('drop-value', {
    console: consoleWith(gateway.console, async (command, next) => {
      const answer = await next();
      if (command.do === 'stop') await post(gateway.console, { do: 'start', drill: 'disk-full', forMs: 5_000 });
      return answer;
    }),
  });
  await end();
  expect(seen.filter(({ afterMs }) => afterMs === undefined)).toEqual([]);
  expect(strangers).toEqual(['incident disk_full']);
  expect([passed, said.join('\n')]).toEqual([false, expect.stringMatching(/ALSO TOLD: incident disk_full/)]);
  await gateway.close();
}, 60_000);
