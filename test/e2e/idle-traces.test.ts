/**
 * Goal: consumers that wait for records fill no trace store: of each client and topic one idle poll a minute is exported, and one heartbeat.
 * Method: a whole gateway by its defaults that exports to an OTLP receiver; twenty raw consumers, each in a group of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import { GroupMember } from '../support/group-member';
import { OtlpReceiver } from '../support/otlp-receiver';
import { awaitTopic, batchOf, startWholeGateway, type WholeGateway } from './support';

const CONSUMERS = 20;
const POLLS = 40;
/** What was late or failed is kept beside the one a minute. */
const OF_BUSY_MACHINES = /^(?:overrun|stalled|error)$/;
const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
let receiver: OtlpReceiver;
let gateway: WholeGateway;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  gateway = await startWholeGateway({ flags: { data, 'groups.initial-rebalance-delay-ms': '0' }, receiver });
});
afterAll(async () => {
  await receiver.close();
  rmSync(data, { recursive: true, force: true });
});

test('twenty consumers that poll for nothing and beat: one trace of each kind for each of them, and the poll that brings a record', async () => {
  const begunMs = performance.now();
  const consume = async (index: number): Promise<void> => {
    const [reader, coordinator] = [await gateway.client(`idle-${index}`), await gateway.client(`idle-${index}`)];
    await awaitTopic(reader, 'quiet');
    const member = new GroupMember(coordinator, `group-${index}`, { sessionTimeoutMs: 300_000 });
    await member.enter();
    // Who does not sync is out of the group after the rebalance's time, however often it beats.
    await member.sync();
    for (let poll = 0; poll < POLLS; poll++) {
      const { partition, records } = await reader.fetch('quiet', 0, { maxWaitMs: 50 });
      expect([partition.errorCode, records.byteLength]).toEqual([ErrorCode.NONE, 0]);
      expect(await member.heartbeat()).toBe(ErrorCode.NONE);
    }
  };
  await Promise.all(Array.from({ length: CONSUMERS }, (_, index) => consume(index)));
  const client = await gateway.client('awake');
  await client.produce('quiet', batchOf('v'));
  await client.fetch('quiet', 0, { maxWaitMs: 500 });
  // What was held as perhaps one of the slowest leaves when the gateway closes.
  await gateway.close();
  const roots = receiver.spans.filter(({ kind }) => kind === 2);
  const of = (title: string) =>
    roots
      .filter(
        ({ name, attributes }) => name === title && !OF_BUSY_MACHINES.test(String(attributes['seaglass.keep_reason'])),
      )
      .map(({ attributes }) => String(attributes['messaging.client.id']));
  const idle = Array.from({ length: CONSUMERS }, (_, index) => `idle-${index}`);
  const minutes = Math.ceil((performance.now() - begunMs) / 60_000);
  for (const [kept, expected] of [
    [of('Fetch quiet'), ['awake', ...idle]],
    [of('Heartbeat'), idle],
  ] as const) {
    expect([...new Set(kept)].sort()).toEqual([...expected].sort());
    for (const id of idle) expect(kept.filter((each) => each === id).length).toBeLessThanOrEqual(minutes);
  }
});
