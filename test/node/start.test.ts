/** How a node is started and where it listens: in a thread or not, on a socket or a port; and who may open the directory. */
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import type { Logger } from '../../src/telemetry/log/log';
import { startNode, startNodeWorker } from '../../src/node/start';
import type * as rpc from '../../src/rpc/record_log';
import { startChild } from '../support/child';
import { Publisher, call, connect, makeDirectory, removeDirectories, valueBatch } from './support';

const ROOT = path.resolve(__dirname, '..', '..');

afterEach(removeDirectories);

async function appendOne(address: string): Promise<rpc.Ack> {
  const client = connect(address);
  const request = { name: 't', partitionCount: 1, configs: {}, id: Buffer.alloc(0) };
  await call<rpc.TopicResponse>((done) => client.createTopic(request, done));
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  const ack = await publisher.append(valueBatch('v'));
  publisher.stream.end();
  client.close();
  return ack;
}

test('a node in a thread of its own serves, logs to its starter, and leaves a clean directory', async () => {
  const dataDirectory = makeDirectory();
  const events: string[] = [];
  const logger: Logger = { write: (_level, event) => void events.push(event), enabled: () => true };
  const node = await startNodeWorker({ dataDirectory }, { logger });
  let exits = 0;
  node.onExit(() => (exits += 1));
  expect(node.address).toBe(`unix:${path.join(dataDirectory, 'node.sock')}`);
  expect((await appendOne(node.address)).baseOffset).toBe(0n);
  expect(fs.statSync(path.join(dataDirectory, 'node.sock')).mode & 0o777).toBe(0o600);
  await expect(startNodeWorker({ dataDirectory })).rejects.toThrow(/in use by this process/);
  await node.close();
  expect(exits).toBe(0);
  expect(events).toContain('node.recovered');
  const again = await startNodeWorker({ dataDirectory });
  expect(again).toMatchObject({ clusterId: node.clusterId, recovery: { partitions: 1, segments: 0 } });
  expect((await appendOne(again.address)).baseOffset).toBe(1n);
  await again.close();
});

test('a thread that cannot start says why', async () => {
  const dataDirectory = makeDirectory();
  fs.writeFileSync(path.join(dataDirectory, 'topics.json'), 'not it');
  await expect(startNodeWorker({ dataDirectory })).rejects.toThrow(/topics.json is damaged/);
  expect(fs.readFileSync(path.join(dataDirectory, 'topics.json'), 'utf8')).toBe('not it');
});

test('a directory with a long name is served on a socket elsewhere, a TCP address by setting', async () => {
  const dataDirectory = path.join(makeDirectory(), 'x'.repeat(120));
  const node = await startNode({ dataDirectory });
  expect(node.address.length).toBeLessThan(100);
  expect((await appendOne(node.address)).baseOffset).toBe(0n);
  await node.close();
  expect(fs.existsSync(node.address.slice('unix:'.length))).toBe(false);
  const tcp = await startNode({ dataDirectory, tcp: '127.0.0.1:0' });
  expect(tcp.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect((await appendOne(tcp.address)).baseOffset).toBe(1n);
  await tcp.close();
});

test('a cluster id is kept; another one is refused', async () => {
  const dataDirectory = makeDirectory();
  const node = await startNode({ dataDirectory, clusterId: 'my-cluster' });
  await node.close();
  const again = await startNode({ dataDirectory });
  expect(again.clusterId).toBe('my-cluster');
  await again.close();
  await expect(startNode({ dataDirectory, clusterId: 'other' })).rejects.toThrow(
    /belongs to the cluster my-cluster, not to other/,
  );
  expect(fs.existsSync(path.join(dataDirectory, 'lock'))).toBe(false);
});

test('the lock of a process that is gone is taken over, one that answers on its socket is not', async () => {
  const dataDirectory = makeDirectory();
  const lock = path.join(dataDirectory, 'lock');
  const socket = path.join(dataDirectory, 'other.sock');
  const holder = { pid: 1, token: 'x', startTime: '-1', bootId: 'another start of the machine', socket };
  fs.writeFileSync(lock, JSON.stringify(holder));
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  await expect(startNode({ dataDirectory })).rejects.toThrow(/in use by the process with pid 1/);
  await new Promise((resolve) => server.close(resolve));
  const node = await startNode({ dataDirectory });
  await node.close();
  fs.writeFileSync(lock, '{"pid":');
  const second = await startNode({ dataDirectory });
  await second.close();
});

test.each([
  ['on a TCP address', '', '127.0.0.1:0'],
  ['with a long name', 'x'.repeat(120), undefined],
])('a node %s whose pid is of another container holds its lock', async (_, below, tcp) => {
  const dataDirectory = path.join(makeDirectory(), below);
  const options = { dataDirectory, ...(tcp === undefined ? {} : { tcp }) };
  const node = await startNode(options);
  const lock = path.join(dataDirectory, 'lock');
  const held = fs.readFileSync(lock, 'utf8');
  // As seen from where the pid is nobody's.
  fs.writeFileSync(lock, JSON.stringify({ ...JSON.parse(held), pid: 2 ** 22 + 1, startTime: '-1' }));
  try {
    await expect(startNode(options)).rejects.toThrow(/in use by the process with pid/);
  } finally {
    fs.writeFileSync(lock, held);
    await node.close();
  }
  const next = await startNode(options);
  await next.close();
  expect(fs.readdirSync(dataDirectory).filter((name) => name.startsWith('lock'))).toEqual([]);
});

/** The whole line that the system has of a process; undefined where there is none any more. */
function statusOf(pid: number): string | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}

const HOLDER = [
  ...['-r', path.join(ROOT, 'test', 'support', 'register.cjs')],
  path.join(__dirname, 'node-child.ts'),
] as const;
const READY = /ready \S+/;

const onLinux = fs.existsSync('/proc/self/stat') ? test : test.skip;

onLinux(
  'a holder that was killed and that its parent never waits for is dead',
  async () => {
    const dataDirectory = makeDirectory();
    // What the shell becomes knows nothing of the child it has, and so never asks how it ended.
    const script = `"$@" & echo "holder $!"; exec sleep 600`;
    const command = [process.execPath, ...HOLDER, JSON.stringify({ dataDirectory })];
    const parent = startChild('sh', ['-c', script, 'sh', ...command], { directory: ROOT });
    try {
      const pid = Number((await parent.printed(/holder (\d+)/))[1]);
      await parent.printed(READY);
      process.kill(pid, 'SIGKILL');
      const node = await startNode({ dataDirectory });
      expect(statusOf(pid)).toMatch(/^\d+ \(.*\) Z /);
      await node.close();
    } finally {
      await parent.kill();
    }
  },
  120_000,
);

test('a holder that ends while another process asks is waited for, one that stays is not for long', async () => {
  const dataDirectory = makeDirectory();
  const holder = startChild(process.execPath, [...HOLDER, JSON.stringify({ dataDirectory })], { directory: ROOT });
  try {
    await holder.printed(READY);
    await expect(startNode({ dataDirectory })).rejects.toThrow(`in use by the process with pid ${holder.pid}`);
    const watched = fs.watch(dataDirectory);
    // It has looked at the holder in the same turn in which it made a lock of its own.
    const looked = new Promise<void>((resolve) =>
      watched.on('change', (_, name) => (/^lock\.[0-9a-f-]+$/.test(String(name)) ? resolve() : undefined)),
    );
    const starting = startNode({ dataDirectory });
    await looked;
    watched.close();
    await holder.kill();
    await (await starting).close();
  } finally {
    await holder.kill();
  }
}, 120_000);

test('of many that start at once on one directory, one does', async () => {
  const dataDirectory = makeDirectory();
  const stale = { pid: 1, token: 'x', startTime: '-1', bootId: 'another start of the machine', socket: '' };
  fs.writeFileSync(path.join(dataDirectory, 'lock'), JSON.stringify(stale));
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => startNode({ dataDirectory })));
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(started).toHaveLength(1);
  for (const node of started) await node.close();
});
