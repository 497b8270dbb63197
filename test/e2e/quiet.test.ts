/**
 * Goal: legitimate waits are no stalls, and fetches that are given up leave nothing behind. Method: long polls short and long on an
 * idle topic and a group's barriers, through whole gateways with an OTLP receiver; 20,000 fetches through the real program, a tenth of
 * them cut off.
 */
import { startNode } from '../../src/node/start';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import { startGatewayProcess } from '../support/gateway-process';
import { GroupMember } from '../support/group-member';
import { FETCH, fetchRequest, KafkaClient } from '../support/kafka-client';
import { OtlpReceiver } from '../support/otlp-receiver';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { pause } from './load';
import { awaitTopic, batchOf, get, samples, startWholeGateway, type WholeGateway } from './support';
import { LONG } from '../support/long';
import { TIMES_ARE_HELD } from '../support/measured';
import { isRetriable } from '../support/retriable';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function bothEngines(receiver: OtlpReceiver): Promise<readonly WholeGateway[]> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
  closing.push(() => rmSync(dataDirectory, { recursive: true, force: true }));
  const node = await startNode({ dataDirectory, tcp: '127.0.0.1:0' });
  closing.push(() => node.close());
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  const gateways: WholeGateway[] = [];
  for (const flags of [
    { 'node.connect': node.address },
    { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer },
  ]) {
    const gateway = await startWholeGateway({ flags, receiver, environment: { SEAGLASS_TRACE: 'all' } });
    closing.push(() => gateway.close());
    gateways.push(gateway);
  }
  return gateways;
}

/** Longer than the stall threshold and any budget of work. */
const BARRIER_MS = 3_000;
const QUIET_MS = LONG ? 60_000 : 20_000;
const LONG_POLL_MS = QUIET_MS / 2;
/** Calls to the engine, whose stalls are true where a machine stands still; the rest are waits for something that may never come. */
const ENGINE_CALLS =
  /^(?:engine\.connect|filer\.call|catalog\.call|range\.info|stateless\.read|partition\.assignment|(?:subscriber|publisher)\.(?:create|init)|publish\.ack|response\.write)$/;

const isOfEngine = (phase: string): boolean => !TIMES_ARE_HELD && ENGINE_CALLS.test(phase);

/** A group of three that beats, is joined by a fourth whom the others let wait at the barrier, and whose leader takes its time to assign. */
async function idleGroup(gateway: WholeGateway, untilMs: number): Promise<void> {
  const members = await Promise.all(
    [1, 2, 3].map(async (index) => new GroupMember(await gateway.client(`member ${index}`), 'idle group')),
  );
  const beat = async (whileTrue: () => boolean): Promise<void> => {
    while (whileTrue()) {
      for (const member of members) expect(await member.heartbeat()).toBe(ErrorCode.NONE);
      await pause(500);
    }
  };
  const settle = async (): Promise<void> => {
    const leader = members.find((member) => member.leads);
    const followers = members.filter((member) => member !== leader).map((member) => member.sync());
    await pause(BARRIER_MS);
    const answers = await Promise.all([leader?.sync(), ...followers]);
    expect(answers.map((answer) => answer?.errorCode)).toEqual(members.map(() => ErrorCode.NONE));
  };
  await Promise.all(members.map((member) => member.enter()));
  await settle();
  await beat(() => performance.now() < untilMs - 15_000);
  const late = new GroupMember(await gateway.client('late member'), 'idle group');
  const waiting = late.join();
  await pause(BARRIER_MS);
  const again = members.map((member) => member.join());
  members.push(late);
  await Promise.all([waiting, ...again]);
  expect(new Set(members.map(({ generationId }) => generationId))).toEqual(new Set([late.generationId]));
  await settle();
  await beat(() => performance.now() < untilMs);
}

test(
  'long polls, and a group that beats, joins and syncs slowly, give no stall, on either engine',
  async () => {
    const receiver = await OtlpReceiver.start();
    closing.push(() => receiver.close());
    const gateways = await bothEngines(receiver);
    const polls = gateways.flatMap((gateway) => {
      const poll = async (maxWaitMs: number): Promise<void> => {
        const client = await gateway.client(`poll ${maxWaitMs}`);
        await awaitTopic(client, 'idle');
        const untilMs = performance.now() + QUIET_MS;
        do {
          const { partition, records } = await client.fetch('idle', 0, { maxWaitMs });
          expect([
            partition.errorCode === ErrorCode.NONE || isRetriable(partition.errorCode),
            records.byteLength,
          ]).toEqual([true, 0]);
        } while (performance.now() < untilMs - 500);
      };
      const group = idleGroup(gateway, performance.now() + QUIET_MS);
      return [poll(LONG_POLL_MS), ...Array.from({ length: 5 }, () => poll(500)), group];
    });
    await Promise.all(polls);
    // The spans of the last polls come, stalls would have come before them.
    await receiver.waitForSpan(
      ({ name, attributes }) => name === 'Fetch idle' && attributes['messaging.client.id'] === `poll ${LONG_POLL_MS}`,
    );
    expect(receiver.spans.length).toBeGreaterThan(0);
    const stalls = receiver.spans.filter(({ attributes }) => attributes['seaglass.stall'] === true);
    expect(stalls.filter(({ attributes }) => !isOfEngine(String(attributes['seaglass.phase'])))).toEqual([]);
    for (const gateway of gateways) {
      const { text } = await get(`${gateway.console}/metrics`);
      const counted = [...samples(text, 'seaglass_stalls_total')].filter(([, value]) => value > 0);
      expect(counted.filter(([labels]) => !isOfEngine(/phase="([^"]*)"/.exec(labels)?.[1] ?? ''))).toEqual([]);
    }
  },
  QUIET_MS + 60_000,
);

/** By phase: begun, ended, and open now. */
async function phases(consoleUrl: string) {
  const { text } = await get(`${consoleUrl}/metrics`);
  const byPhase = (name: string): Map<string, number> => {
    const sums = new Map<string, number>();
    for (const [labels, value] of samples(text, name)) {
      const phase = /phase="([^"]*)"/.exec(labels)?.[1] ?? '';
      sums.set(phase, (sums.get(phase) ?? 0) + value);
    }
    return sums;
  };
  return {
    started: byPhase('seaglass_phase_started_total'),
    finished: byPhase('seaglass_phase_duration_seconds_count'),
    open: byPhase('seaglass_inflight'),
    heapBytes: [...samples(text, 'nodejs_heap_size_used_bytes').values()][0] ?? 0,
  };
}

const ROUNDS = 4;
const CLIENTS = 10;
const FETCHES_PER_ROUND = 450;
const CUT_PER_ROUND = 50;

test('20,000 fetches, 2,000 of them cut off in mid-poll, leave nothing in flight and the heap flat', async () => {
  const gateway = await startGatewayProcess({ environment: { NODE_OPTIONS: '--max-semi-space-size=4' } });
  closing.push(() => gateway.stop());
  const port = Number(gateway.bootstrap.split(':')[1]);
  const admin = await KafkaClient.connect(port, 'admin');
  closing.push(() => admin.close());
  await awaitTopic(admin, 'busy');
  for (let index = 0; index < 20; index++) await admin.produce('busy', batchOf(`value ${index}`));
  const one = async (seed: number): Promise<void> => {
    const client = await KafkaClient.connect(port, `reader ${seed}`);
    for (let index = 0; index < FETCHES_PER_ROUND; index++) {
      const { partition } = await client.fetch('busy', (seed * 7 + index * 3) % 21, { maxWaitMs: 0 });
      if (partition.errorCode !== ErrorCode.NONE) throw new Error(`error ${partition.errorCode}`);
    }
    await client.close();
    for (let index = 0; index < CUT_PER_ROUND; index++) {
      const leaving = await KafkaClient.connect(port, `leaving ${seed}`);
      leaving.send(FETCH, fetchRequest('busy', 20, { maxWaitMs: 60_000 }), 12);
      // Some are read and wait, some are cut before they are read.
      if (index % 5 !== 0) await admin.fetch('busy', 20, { maxWaitMs: 0 });
      await leaving.close();
    }
  };
  const heaps: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(Array.from({ length: CLIENTS }, (_, seed) => one(seed)));
    const lowest = Math.min(
      ...(await Promise.all([1, 2, 3].map(async () => (await phases(gateway.console)).heapBytes))),
    );
    heaps.push(lowest / 1_048_576);
  }
  let last = await phases(gateway.console);
  // Sessions outlive requests by design, and the gateway itself looks twice a second at what gateways share: never for long.
  const isBusy = (): boolean => [...last.open].some(([phase, count]) => phase !== 'subscriber.session' && count > 0);
  for (const deadline = performance.now() + 60_000; isBusy() && performance.now() < deadline;)
    last = await phases(gateway.console);
  process.stdout.write(`heap after each fourth, MiB: ${heaps.map((heap) => heap.toFixed(0)).join(', ')}\n`);
  const requests = last.started.get('request') ?? 0;
  expect(requests).toBeGreaterThanOrEqual(ROUNDS * CLIENTS * (FETCHES_PER_ROUND + CUT_PER_ROUND * 0.8));
  for (const [phase, started] of last.started) {
    expect([phase, started - (last.finished.get(phase) ?? 0)]).toEqual([phase, last.open.get(phase) ?? 0]);
    if (phase !== 'subscriber.session') expect([phase, last.open.get(phase) ?? 0]).toEqual([phase, 0]);
  }
  expect((heaps.at(-1) ?? 0) - (heaps[0] ?? 0)).toBeLessThan(96);
}, 120_000);
