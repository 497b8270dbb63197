/**
 * An ack survives kill -9. Method: a real process serves a real directory; idempotent producers write to three partitions over
 * gRPC, several batches in flight, and send again what was not acked; the process is killed ten times while they do. In the end
 * every batch is there exactly once, in order, at the offset it was acked at.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { RecordLogClient } from '../../src/rpc/record_log';
import type * as rpc from '../../src/rpc/record_log';
import { startChild } from '../support/child';
import type { Child } from '../support/child';
import { Publisher, call, connect, makeBatch, makeDirectory, removeDirectories, splitBatches } from './support';

const KILLS = 10;
const PARTITIONS = 3;
const IN_FLIGHT = 5;
const ROOT = path.resolve(__dirname, '..', '..');
const READY = /ready (\S+) (\{.*\})/;

afterAll(removeDirectories);

interface Running {
  readonly child: Child;
  readonly client: RecordLogClient;
  readonly recovery: { readonly truncatedBytes: number; readonly damagedRanges: number };
}

async function start(dataDirectory: string, options: object = {}): Promise<Running> {
  const register = path.join(ROOT, 'test', 'support', 'register.cjs');
  const program = path.join(__dirname, 'node-child.ts');
  const parameters = ['-r', register, program, JSON.stringify({ dataDirectory, ...options })];
  const child = startChild(process.execPath, parameters, { directory: ROOT });
  const match = await child.printed(READY);
  return { child, client: connect(match[1] ?? ''), recovery: JSON.parse(match[2] ?? '{}') };
}

/** One partition's producer: knows what was acked, and goes on with the first batch that was not. */
class Producer {
  readonly acked: number[] = [];
  readonly partition: number;
  private readonly producerId: bigint;

  constructor(partition: number) {
    this.partition = partition;
    this.producerId = 1000n + BigInt(partition);
  }

  /** Two records; `number` is also what they hold. */
  batch(number: number): Buffer {
    const value = Buffer.from(`${this.partition}:${number}:${'x'.repeat((number * 37) % 3000)}`);
    const sequence = { producerId: this.producerId, producerEpoch: 0, baseSequence: number * 2 };
    return makeBatch({ records: [{ value }, { value }], ...sequence });
  }

  /** Until the stream fails or `enough` answers true. Answers how many were acked. */
  async run(client: RecordLogClient, enough: () => boolean): Promise<number> {
    const publisher = new Publisher(client, 't', this.partition);
    let next = this.acked.length;
    let got = 0;
    try {
      await publisher.hello();
      for (; next < this.acked.length + IN_FLIGHT; next += 1) publisher.send(this.batch(next));
      while (!enough()) {
        const ack = await publisher.ack();
        if (ack.error !== undefined) throw new Error(`refused: ${ack.error.message}`);
        this.acked.push(Number(ack.baseOffset));
        got += 1;
        publisher.send(this.batch(next));
        next += 1;
      }
      return got;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('refused')) throw error;
      return got;
    } finally {
      publisher.stream.cancel();
    }
  }
}

async function createTopic(client: RecordLogClient): Promise<void> {
  const request = {
    name: 't',
    partitionCount: PARTITIONS,
    configs: { 'internal.segment.bytes': '60000' },
    id: Buffer.alloc(0),
  };
  const { error } = await call<rpc.TopicResponse>((done) => client.createTopic(request, done));
  expect(error).toBeUndefined();
}

/** Runs all producers, kills the node once a number of acks came, waits for the producers to notice. */
async function runUntilKilled({ child, client }: Running, producers: readonly Producer[], acks: number): Promise<void> {
  let killed = false;
  const before = total(producers);
  const watch = (): boolean => {
    if (!killed && total(producers) >= before + acks) {
      killed = true;
      child.signal('SIGKILL');
    }
    return false;
  };
  await Promise.all(producers.map((producer) => producer.run(client, watch)));
  await child.exited;
  client.close();
  expect(killed).toBe(true);
}

function total(producers: readonly Producer[]): number {
  return producers.reduce((sum, { acked }) => sum + acked.length, 0);
}

/** Every acked batch is there exactly once at its offset; what is there beyond them follows in order. */
async function checkAll(client: RecordLogClient, producers: readonly Producer[]): Promise<void> {
  for (const producer of producers) {
    const found: { baseOffset: number; bytes: Buffer }[] = [];
    let offset = 0;
    for (;;) {
      const topicPartition = { topic: 't', partition: producer.partition };
      const request = { topicPartition, offset: BigInt(offset), bytesMax: 1n << 20n };
      const { error, records } = await call<rpc.ReadResponse>((done) => client.read(request, done));
      expect(error).toBeUndefined();
      const batches = splitBatches(records?.batches ?? Buffer.alloc(0));
      if (batches.length === 0) break;
      found.push(...batches);
      offset = (batches.at(-1)?.lastOffset ?? 0) + 1;
    }
    expect(found.length).toBeGreaterThanOrEqual(producer.acked.length);
    for (const [number, { baseOffset, bytes }] of found.entries()) {
      expect(baseOffset).toBe(number * 2);
      expect(bytes.subarray(16).equals(producer.batch(number).subarray(16))).toBe(true);
    }
    expect(producer.acked).toEqual(producer.acked.map((_, number) => number * 2));
  }
}

function tearSegments(dataDirectory: string): number {
  let torn = 0;
  const names = fs.readdirSync(dataDirectory, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((file) => file.endsWith('.log'))) {
    const batch = makeBatch({ records: [{ value: Buffer.from('torn') }] });
    const length = 5 + ((torn * 7) % (batch.length - 6));
    const piece = torn % 2 === 0 ? batch.subarray(0, length) : randomBytes(length);
    fs.appendFileSync(path.join(dataDirectory, name), piece);
    torn += piece.length;
  }
  return torn;
}

test.concurrent.each([
  ['os', false],
  ['os', true],
  ['always', true],
])(
  'every acked batch survives ten kills, once, in order, at its offset (fsync=%s, torn segments: %s)',
  async (fsync, tears) => {
    const dataDirectory = makeDirectory();
    const producers = Array.from({ length: PARTITIONS }, (_, partition) => new Producer(partition));
    for (let kill = 0; kill < KILLS; kill += 1) {
      const running = await start(dataDirectory, { fsync });
      if (kill === 0) await createTopic(running.client);
      await runUntilKilled(running, producers, 40 + ((kill * 53) % 200));
      if (!tears) continue;
      const torn = tearSegments(dataDirectory);
      const recovered = await start(dataDirectory, { fsync });
      // A kill may leave a torn write of its own.
      expect(recovered.recovery.truncatedBytes).toBeGreaterThanOrEqual(torn);
      expect(recovered.recovery.damagedRanges).toBe(0);
      await recovered.child.kill();
      recovered.client.close();
    }
    const last = await start(dataDirectory, { fsync });
    const goal = total(producers) + 60;
    await Promise.all(producers.map((producer) => producer.run(last.client, () => total(producers) >= goal)));
    await checkAll(last.client, producers);
    last.client.close();
    await last.child.stop();
  },
  180_000,
);

test.concurrent('a second process on the same directory is refused and told who holds it', async () => {
  const dataDirectory = makeDirectory();
  const first = await start(dataDirectory);
  await expect(start(dataDirectory)).rejects.toThrow(
    new RegExp(`refused: the data directory .* is in use by the process with pid ${first.child.pid}`),
  );
  first.client.close();
  await first.child.kill();
  const next = await start(dataDirectory);
  next.client.close();
  await next.child.stop();
  expect(fs.readdirSync(dataDirectory).filter((name) => name.startsWith('lock'))).toEqual([]);
});
