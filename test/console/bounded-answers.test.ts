/**
 * Goal: what the console does not list or count is never told as nothing: the topic past those that metrics name, commits from before a
 * restart, incidents and findings past those that are shown. Method: whole gateways in this process and their API over HTTP.
 */
import type { Live } from '../../src/console/api/live';
import type { ShownGroup } from '../../src/console/api/groups';
import type { ShownTopic } from '../../src/console/api/topics';
import type { Fault } from '../../src/audit/verdict';
import { toOffset, toPartitionId } from '../../src/types';
import { batchOf, get } from '../e2e/support';
import { openRecordLogEngine, startTestGateway, startTestNode } from '../support/gateway';
import { GroupMember } from '../support/group-member';
import { consoleOver } from './console-over';

const TOPICS_NAMED = 200;

/** What is left of the answer when it has been read as JSON. */
async function ask<T>(console: string, path: string): Promise<T> {
  return JSON.parse((await get(`${console}${path}`)).text) as T;
}

test('of a topic past those that the metrics name nothing is told, instead of zeros; of one before that was not used, zeros', async () => {
  const gateway = await startTestGateway();
  const web = await consoleOver(gateway);
  try {
    const client = await gateway.client();
    const unused = await gateway.topic();
    const topics: string[] = [];
    for (let each = 0; each <= TOPICS_NAMED; each++) topics.push(await gateway.topic());
    const shown = async (): Promise<ReadonlyMap<string, ShownTopic>> => {
      const answer = await ask<{ topics: ShownTopic[] }>(web.console, '/api/topics?limit=500');
      return new Map(answer.topics.map((each) => [each.name, each]));
    };
    expect((await shown()).get(unused)).toMatchObject({ producedBytes: 0, fetchedBytes: 0, values: {} });
    for (const topic of topics) await client.produce(topic, batchOf('some bytes'));
    const last = topics.at(-1) ?? '';
    await client.fetch(last, 0);
    // What is asked within a second is answered alike.
    const after = await ask<{ topics: ShownTopic[] }>(web.console, `/api/topics?match=${last}`);
    const uncounted = after.topics.find(({ name }) => name === last);
    expect(Object.keys(uncounted ?? {}).sort()).toEqual(['configs', 'id', 'name', 'partitionCount']);
    const named = await ask<{ topics: ShownTopic[] }>(web.console, `/api/topics?match=${topics[0] ?? ''}`);
    expect(named.topics[0]).toMatchObject({ name: topics[0], values: {} });
    expect(named.topics[0]?.producedBytes).toBeGreaterThan(60);
  } finally {
    await web.close();
    await gateway.close();
  }
}, 120_000);

test('what a group committed before a restart is found when it is looked at; until then the answer says that it is not known', async () => {
  const node = await startTestNode();
  const start = () => startTestGateway({ engine: (telemetry) => openRecordLogEngine(node.address, telemetry) });
  const before = await start();
  const topic = await before.topic();
  const client = await before.client('mail-svc');
  await client.produce(topic, batchOf('one', 'two', 'three'));
  for (const group of ['mails', 'idle']) {
    const member = new GroupMember(await before.client('mail-svc'), group, { sessionTimeoutMs: 300_000 });
    await member.enter();
    await member.sync();
    if (group === 'mails') await member.commit(topic, 1);
  }
  await before.close();
  await before.engine.close();

  const gateway = await start();
  const web = await consoleOver(gateway);
  try {
    const { operations } = gateway.telemetry;
    const context = { operation: operations.root('catalog.call'), signal: new AbortController().signal };
    await gateway.services.groups.whenLoaded(context);
    context.operation.end();
    let asked = 0;
    const groups = async (): Promise<Record<string, ShownGroup>> => {
      // Each question is another one: an answer is shared for a second.
      const answer = await ask<{ groups: ShownGroup[] }>(web.console, `/api/groups?asked=${String(asked++)}`);
      return Object.fromEntries(answer.groups.map((each) => [each.name, each]));
    };
    expect(await groups()).toMatchObject({
      mails: { partitions: [], complete: false },
      idle: { partitions: [], complete: false },
    });
    let found = await groups();
    while (found['mails']?.lag === undefined || found['idle']?.complete !== true) found = await groups();
    expect(found).toMatchObject({
      mails: { partitions: [{ topic, partition: 0, committed: 1, lag: 2 }], lag: 2, complete: true },
      idle: { partitions: [], complete: true },
    });
  } finally {
    await web.close();
    await gateway.close();
    await gateway.engine.close();
    await node.close();
  }
}, 120_000);

test('each look brings thirty incidents at most, pages first, and the number of the others', async () => {
  const gateway = await startTestGateway();
  const web = await consoleOver(gateway);
  try {
    const { incidents } = gateway.telemetry;
    for (let each = 0; each < 60; each++)
      incidents.open('group_stuck', `group-${String(each)}`, { evidence: 'stands still' });
    incidents.open('disk_full', '/data', { evidence: 'is full' });
    const live = await ask<Live>(web.console, '/api/live');
    expect([live.incidents.current.length, live.incidents.more, live.summary.openIncidents]).toEqual([30, 31, 61]);
    expect(live.incidents.current[0]).toMatchObject({ kind: 'disk_full', severity: 'page' });
    expect(Object.keys(live.incidents)).toEqual(['current', 'more']);
    const all = await ask<Live['incidents']>(web.console, '/api/incidents');
    expect([all.current.length, all.more]).toEqual([61, 0]);
  } finally {
    await web.close();
    await gateway.close();
  }
}, 60_000);

test('verdicts tell how many records were found wrong, not how many entries are listed, and that older ones are forgotten', async () => {
  const gateway = await startTestGateway();
  const web = await consoleOver(gateway);
  try {
    const met = (offset: number, records: number): void => {
      const verdict: Fault = 'lost';
      const place = { topic: 'orders', partition: toPartitionId(0), offset: toOffset(offset), records, verdict };
      const behind = { lastOffset: toOffset(offset + records - 1), readOnAt: toOffset(offset + records) };
      const facts = { expected: undefined, got: undefined, origin: undefined, repaired: false };
      gateway.services.verdicts.met({ ...place, ...behind, ...facts, consumer: 'app', traceId: '' }, Date.now());
    };
    for (let each = 0; each < 600; each++) met(each * 10, each === 0 ? 10 : 1);
    const told = await ask<{ verdicts: unknown[] }>(web.console, '/api/verdicts');
    expect(told).toMatchObject({ total: 600, records: 609, isAll: true });
    expect(told.verdicts.length).toBe(500);
    for (let each = 600; each <= 1_000; each++) met(each * 10, 1);
    const more = await ask<object>(web.console, '/api/verdicts?topic=orders');
    expect(more).toMatchObject({ total: 1_000, records: 1_000, isAll: false });
  } finally {
    await web.close();
    await gateway.close();
  }
}, 60_000);
