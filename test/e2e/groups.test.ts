/**
 * Goal: what groups wait for each other is no stall, what they wait for a storage that hangs is, by name, while it hangs; and nothing
 * that members tell each other or the storage is in anything that leaves. Method: raw members of whole gateways that export to an OTLP
 * receiver: on a node in a process of its own, which is stopped, and on a scripted SeaweedMQ whose filer falls silent.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import { isRetriable } from '../support/retriable';
import { startMain } from '../support/gateway-process';
import { GroupMember } from '../support/group-member';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { chain, stallOf } from './stalls';
import { awaitTopic, get, samples, startWholeGateway, type WholeGateway } from './support';

const TOPIC = 'orders';
const TIMEOUT_MS = 150_000;
const closing: (() => unknown)[] = [];
let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});
afterAll(() => receiver.close());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Hangable {
  readonly gateway: WholeGateway;
  /** Whether the storage of offsets answers. */
  hang(hangs: boolean): void;
}

/** The first stall of this path for this group, while it hangs. */
const groupStall = (path: string, group: string | undefined): Promise<ReceivedSpan> =>
  receiver.waitForSpan(
    ({ attributes }) =>
      attributes['seaglass.stall'] === true &&
      attributes['seaglass.path'] === path &&
      attributes['messaging.consumer.group.name'] === group,
  );

/** The list of topics is kept, so that a request meets the storage that hangs and not the list. */
const FLAGS = { 'topics.age-ms-max': '600000', 'groups.initial-rebalance-delay-ms': '0' };

/**
 * Works again and again until the other has come about; resolves with all results. A call to the storage hangs for its deadline alone,
 * which a machine that stands still may let pass before the hang was seen.
 */
async function again<T>(work: () => Promise<T>, until: Promise<unknown>): Promise<readonly T[]> {
  let over = false;
  const stop = (): void => void (over = true);
  until.then(stop, stop);
  const results: T[] = [];
  do results.push(await work());
  while (!over);
  return results;
}

async function onNode(): Promise<Hangable> {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
  closing.push(() => rmSync(data, { recursive: true, force: true }));
  const node = startMain(['node', '--node-listen', '127.0.0.1:0', '--data', data]);
  closing.push(() => node.kill());
  const [, address = ''] = await node.printed(/^ *address +(\S+)$/m);
  const gateway = await startWholeGateway({ flags: { ...FLAGS, 'node.connect': address }, receiver });
  closing.push(() => gateway.close());
  return { gateway, hang: (hangs) => node.signal(hangs ? 'SIGSTOP' : 'SIGCONT') };
}

async function onSeaweedMq(): Promise<Hangable> {
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  const flags = { ...FLAGS, engine: 'seaweedmq', brokers: mq.address, filer: mq.filer };
  const gateway = await startWholeGateway({ flags, receiver });
  closing.push(() => gateway.close());
  return { gateway, hang: (hangs) => void (mq.switches.filer = hangs ? 'never' : 'normal') };
}

describe.each([
  ['a node that is stopped', onNode],
  ['a filer that falls silent', onSeaweedMq],
])('%s', (engine, start) => {
  test(
    'is named by the stalls of commits and of reads of what was committed, and nothing unstored is acked',
    async () => {
      const { gateway, hang } = await start();
      await awaitTopic(await gateway.client('admin'), TOPIC);
      const clientId = `commit on ${engine}`;
      const group = 'billing\u001b[31m\u202e\n';
      const member = new GroupMember(await gateway.client(clientId), group);
      const other = new GroupMember(await gateway.client(`read on ${engine}`), group);
      expect((await member.enter()).errorCode).toBe(ErrorCode.NONE);
      expect((await member.sync()).errorCode).toBe(ErrorCode.NONE);
      expect(await member.commit(TOPIC, 1)).toBe(ErrorCode.NONE);
      hang(true);
      const committing = stallOf(receiver, { clientId, path: 'offsetCommit>filer.call' });
      const reading = stallOf(receiver, { clientId: `read on ${engine}`, path: 'offsetFetch>filer.call' });
      const codes = Promise.all([
        again(() => member.commit(TOPIC, 2), committing),
        again(async () => (await other.committed(TOPIC)).errorCode, reading),
      ]);
      const [commit, read] = await Promise.all([committing, reading]);
      expect(chain(commit)).toEqual(['request', 'offset.commit', 'filer.call']);
      expect(chain(read)).toEqual(['request', 'offset.fetch', 'filer.call']);
      for (const trace of [commit, read]) {
        const stall = trace.find(({ attributes }) => attributes['seaglass.stall'] === true);
        expect(stall?.attributes['messaging.consumer.group.name']).toBe('billing\\u{1b}[31m\\u{202e}\\u{a}');
      }
      for (const code of (await codes).flat()) expect([code, isRetriable(code)]).toEqual([code, true]);
      const { text } = await get(`${gateway.console}/metrics`);
      expect(text).toMatch(/seaglass_stalls_total\{phase="filer.call"\} [1-9]/);
      hang(false);
      let found = await other.committed(TOPIC);
      while (found.errorCode !== ErrorCode.NONE) found = await other.committed(TOPIC);
      expect([1, 2]).toContain(found.offset);
      // Nor does the name show raw in what failed.
      await gateway.close();
      const raw = Buffer.concat(receiver.raw);
      for (const unsafe of ['\u001b[31m', '\u202e']) expect([unsafe, raw.includes(unsafe)]).toEqual([unsafe, false]);
    },
    TIMEOUT_MS,
  );

  test(
    'keeps a group from being stable, and the stall of its storing points at the rebalance',
    async () => {
      const { gateway, hang } = await start();
      const group = `stored on ${engine}`;
      const member = new GroupMember(await gateway.client(`sync on ${engine}`), group);
      expect((await member.enter()).errorCode).toBe(ErrorCode.NONE);
      hang(true);
      const stalling = groupStall('group.store>filer.call', group);
      const syncing = again(async () => {
        const { errorCode } = await member.sync();
        await member.join();
        return errorCode;
      }, stalling);
      const stall = await stalling;
      const seenMs = Math.round(stall.receivedAtMs - stall.startMs);
      process.stdout.write(`group.store>filer.call: seen ${seenMs} ms after it began\n`);
      for (const code of await syncing) expect([code, isRetriable(code)]).toEqual([code, true]);
      hang(false);
      for (let code = -1; code !== ErrorCode.NONE;) {
        if ((await member.join()).errorCode === ErrorCode.NONE) code = (await member.sync()).errorCode;
      }
      const store = await receiver.waitForSpan(
        ({ name, traceId }) => name === 'group.store' && traceId === stall.traceId,
      );
      expect(store.links).toHaveLength(1);
      const [link] = store.links;
      const rebalance = await receiver.waitForSpan(({ spanId }) => spanId === link?.spanId);
      expect(rebalance).toMatchObject({ name: 'group.rebalance', traceId: link?.traceId });
      expect(rebalance.attributes).toMatchObject({
        'messaging.consumer.group.name': group,
        'seaglass.group.rebalance.outcome': 'superseded',
      });
    },
    TIMEOUT_MS,
  );
});

test(
  'groups that cannot be loaded are not served, the stall says so, and they are once the storage answers',
  async () => {
    const mq = await startScriptedSeaweedMQ();
    closing.push(() => mq.stop());
    mq.switches.filer = 'never';
    const flags = { ...FLAGS, engine: 'seaweedmq', brokers: mq.address, filer: mq.filer };
    const gateway = await startWholeGateway({ flags, receiver });
    closing.push(() => gateway.close());
    const member = new GroupMember(await gateway.client('early'), 'early');
    expect(isRetriable((await member.join()).errorCode)).toBe(true);
    const { text } = await get(`${gateway.console}/metrics`);
    expect(text).toMatch(/^seaglass_groups_loaded 0$/m);
    // It waited a second at least, and for the filer.
    const waited = samples(text, 'seaglass_wait_seconds_total').get('api="JoinGroup",blame="engine"');
    expect(waited).toBeGreaterThan(0.9);
    const stalling = groupStall('group.load>filer.call', undefined);
    const [stall] = await Promise.all([stalling, again(() => member.join(), stalling)]);
    mq.switches.filer = 'normal';
    let answer = await member.join();
    while (isRetriable(answer.errorCode)) answer = await member.join();
    expect(answer.errorCode).toBe(ErrorCode.NONE);
    // Both have ended: the load that stalled, and the one that brought the groups.
    const loads = (fits: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> =>
      receiver.waitForSpan((span) => span.name === 'group.load' && span.parentSpanId === '' && fits(span));
    const stalled = await loads(({ traceId }) => traceId === stall.traceId);
    expect(stalled.attributes['seaglass.keep_reason']).toBe('stalled');
    const done = await loads(({ statusCode, endMs }) => statusCode === 0 && endMs > stall.startMs);
    expect(done.attributes['seaglass.stall']).toBeUndefined();
    expect((await get(`${gateway.console}/metrics`)).text).toMatch(/^seaglass_groups_loaded 1$/m);
  },
  TIMEOUT_MS,
);
