/**
 * Goal: members that wait for their group when the gateway stops are sent elsewhere with a code that every client retries in an answer to
 * that request; any other ends a Java consumer. Method: raw members of a whole gateway on its embedded node, seen to wait, then the stop.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import { GroupMember } from '../support/group-member';
import { KafkaClient } from '../support/kafka-client';
import { get, startWholeGateway, type WholeGateway } from './support';

const TIMEOUT_MS = 180_000;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start() {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
  closing.push(() => rmSync(data, { recursive: true, force: true }));
  const gateway = await startWholeGateway({ flags: { data, 'groups.initial-rebalance-delay-ms': '0' } });
  let closed: Promise<void> | undefined;
  const stop = (): Promise<void> => (closed ??= gateway.close());
  closing.push(stop);
  const member = async (): Promise<GroupMember> => {
    const client = await KafkaClient.connect(gateway.port);
    closing.push(() => client.close());
    return new GroupMember(client, 'g');
  };
  const [a, b] = [await member(), await member()];
  expect((await a.enter()).errorCode).toBe(ErrorCode.NONE);
  expect((await a.sync()).errorCode).toBe(ErrorCode.NONE);
  return { gateway, stop, a, b };
}

/** Until the console shows that a request waits there. */
async function waits(gateway: WholeGateway, phase: string): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!(await get(`${gateway.console}/debug/inflight`)).text.includes(phase)) {
    if (performance.now() > deadline) throw new Error(`nothing waits in ${phase}`);
  }
}

test(
  'a join that waits at the barrier',
  async () => {
    const { gateway, stop, b } = await start();
    const joining = b.join();
    await waits(gateway, 'group.join');
    await Promise.all([stop(), joining.then(({ errorCode }) => expect(errorCode).toBe(ErrorCode.NOT_COORDINATOR))]);
  },
  TIMEOUT_MS,
);

test(
  'a sync that waits for the leader',
  async () => {
    const { gateway, stop, a, b } = await start();
    const joining = b.join();
    await waits(gateway, 'group.join');
    expect((await Promise.all([a.join(), joining])).map(({ errorCode }) => errorCode)).toEqual([0, 0]);
    const syncing = (a.leads ? b : a).sync();
    await waits(gateway, 'group.sync');
    await Promise.all([stop(), syncing.then(({ errorCode }) => expect(errorCode).toBe(ErrorCode.NOT_COORDINATOR))]);
  },
  TIMEOUT_MS,
);
