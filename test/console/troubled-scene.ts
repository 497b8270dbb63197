/**
 * A gateway whose clients are in trouble: a group that has stood still for a quarter of an hour, one that has read for so long and commits
 * nothing, one that began a moment ago and has committed nothing yet, and a client that leaves its answers unread. In this process, where a
 * quarter of an hour can be leapt over.
 */
import { systemClock } from '../../src/clock';
import * as apiVersions from '../../src/protocol/generated/api-versions';
import { batchOf } from '../e2e/support';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { GroupMember } from '../support/group-member';
import { type Codec, FETCH, fetchRequest, type KafkaClient } from '../support/kafka-client';
import { LeapingClock } from '../support/leaping-clock';
import { consoleOver } from './console-over';
import type { Scene } from './scenes';

const API_VERSIONS: Codec<apiVersions.ApiVersionsRequest, apiVersions.ApiVersionsResponse> = {
  facts: apiVersions.apiVersionsApi,
  write: apiVersions.writeApiVersionsRequest,
  read: apiVersions.readApiVersionsResponse,
};
const SOFTWARE = { clientSoftwareName: 'librdkafka', clientSoftwareVersion: '2.16.0' };
const SESSION_MS = 1_800_000;
/** Whoever reads keeps reading: no pause is longer. */
const [LEAP_MS, LEAPS] = [240_000, 5];
/** Together more than the sockets of both sides hold. */
const [LARGE_BYTES, LARGE_TIMES] = [1_000_000, 24];

export async function troubled(): Promise<Scene> {
  const clock = new LeapingClock();
  // The engine's own time and that of connections goes on as it does: nothing of them is to be late.
  const gateway = await startTestGateway({ clock, listenerClock: systemClock, groups: { initialRebalanceDelayMs: 0 } });
  const web = await consoleOver(gateway);
  const topic = await gateway.topic();
  const shop = await gateway.client('shop');
  await shop.produce(topic, batchOf('one', 'two'));

  const stuck = await memberOf(await gateway.client('mail-svc'), 'mails');
  await stuck.commit(topic, 0);
  await lagIsKnown(gateway, 'mails');
  const silent = await gateway.client('billing-svc');
  await memberOf(silent, 'billing');
  for (let leaps = 0; leaps < LEAPS; leaps++) {
    await silent.fetch(topic, 0, { maxWaitMs: 0 });
    clock.leap(LEAP_MS);
  }
  const young = await gateway.client('young-svc');
  await memberOf(young, 'young');
  for (const client of [silent, young]) await client.fetch(topic, 0, { maxWaitMs: 0 });
  await leaveUnread(await gateway.client('lazy-svc'), await gateway.topic());
  return {
    console: web.console,
    async close() {
      await web.close();
      await gateway.close();
    },
  };
}

/** Until then nobody can say that it stands still; each look asks for what is not known. */
async function lagIsKnown({ telemetry }: TestGateway, group: string): Promise<void> {
  const lags = telemetry.instruments.numbers('seaglass_group_lag');
  while (!lags.snapshot().values.some(({ labels }) => labels['group'] === group))
    await new Promise((resolve) => setImmediate(resolve));
}

async function memberOf(client: KafkaClient, group: string): Promise<GroupMember> {
  const member = new GroupMember(client, group, { sessionTimeoutMs: SESSION_MS });
  await member.enter();
  await member.sync();
  return member;
}

async function leaveUnread(client: KafkaClient, topic: string): Promise<void> {
  for (let times = 0; times < LARGE_TIMES; times++) await client.produce(topic, batchOf(Buffer.alloc(LARGE_BYTES)));
  await client.call(API_VERSIONS, apiVersions.createApiVersionsRequest(SOFTWARE), 3);
  await memberOf(client, 'archive');
  client.socket.pause();
  // All of it: a gateway that is in a hurry answers with what is at hand, which the sockets may hold.
  const all = { partitionMaxBytes: 50_000_000, minBytes: 20_000_000, maxWaitMs: 60_000 };
  client.send(FETCH, fetchRequest(topic, 0, all), 12);
}
