/**
 * A real SeaweedFS on free ports: `weed server` (master, volume, filer) and one or more `weed mq.broker`, found by
 * SEAGLASS_TEST_WEED or on PATH. Ready means: a volume can be assigned, the filer answers and ConfigureTopic succeeds.
 *
 * A server is never restarted on its ports: the old process removes the master's socket in /tmp late, and the volumes of
 * the new one would never register. Brokers may be restarted alone, on their port, and so may the filer where it was asked to run apart.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import { SeaweedMessagingClient } from '../../src/rpc/mq_broker';
import { startChild } from './child';
import type { Child } from './child';
import { describeWithProgram, findProgram } from './outside-program';
import { type OnOwnDisk, startOnOwnDisk } from './own-disk';
import { isFlushed } from './weed-log';
import { askWeed, grpcCredentials, type WeedSecurity } from './weed-security';

/** For the suites that need it: `describeWithWeed('…', () => …)`. */
export function describeWithWeed(name: string, suite: () => void): void {
  describeWithProgram('weed', 'SEAGLASS_TEST_WEED')(name, suite);
}

export interface WeedProcess {
  readonly process: Child;
  /** Starts it again on the same ports after `process.kill()` or `process.stop()`; resolves when it serves. */
  restart(): Promise<void>;
}

export interface WeedBroker extends WeedProcess {
  /** host:port of its gRPC service. */
  readonly address: string;
}

export interface Weed {
  /** Addresses as SeaweedFS writes them: host:port.grpcport. */
  readonly master: string;
  readonly filer: string;
  readonly filerHttp: string;
  readonly brokers: readonly WeedBroker[];
  /** The first broker. */
  readonly broker: WeedBroker;
  readonly server: Child;
  /** The filer's own process; only with `filerApart`. */
  readonly filerProcess: WeedProcess | undefined;
  /** That of the volumes; only with `volumesMib`. */
  readonly disk: OnOwnDisk | undefined;
  /** Resolves when the records up to these offsets, one for each partition, outlast a broker that is killed. */
  flushed(topic: string, lastOffsets: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

export interface WeedOptions {
  readonly brokers?: number;
  /** Seconds between flushes of a partition's records to the filer; the product's default is 5. */
  readonly flushSeconds?: number;
  /** The filer is a process of its own, with its store on disk, and not a part of the server. */
  readonly filerApart?: boolean;
  /** The volumes are on a disk of their own of this size; without the filer's store, which does not outlast a disk that is full. */
  readonly volumesMib?: number;
  /** Everything is plain without it. */
  readonly security?: WeedSecurity;
}

const READY_DEADLINE_MS = 60_000;
const RETRY_MS = 100;
const ATTEMPTS_MAX = 3;

/** A port found free may be taken before the server binds it, so a server that exits early is tried again on others. */
export async function startWeed(options: WeedOptions = {}): Promise<Weed> {
  let failure: unknown;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function startOnce(options: WeedOptions): Promise<Weed> {
  const weed = findProgram('weed', 'SEAGLASS_TEST_WEED');
  if (weed === undefined) throw new Error('weed is missing: set SEAGLASS_TEST_WEED or put it on PATH');
  const brokerCount = options.brokers ?? 1;
  const ports = await freePorts(6 + brokerCount);
  const [master, masterGrpc, volume, volumeGrpc, filer, filerGrpc, ...brokerPorts] = ports as [
    number,
    number,
    number,
    number,
    number,
    number,
    ...number[],
  ];
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-weed-'));
  const { security } = options;
  if (security !== undefined) writeFileSync(join(directory, 'security.toml'), security.toml);
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all([...children].reverse().map((child) => child.kill()));
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    rmSync(`/tmp/seaweedfs-master-grpc-${masterGrpc}.sock`, { force: true });
  };
  const start = (parameters: readonly string[]): Child => {
    const child = startChild(weed, parameters, { directory });
    children.push(child);
    return child;
  };
  const filerFlags = (prefix: string): string[] => [
    `-${prefix}localSocket=${join(directory, 'filer.sock')}`,
    `-${prefix}port=${filer}`,
    `-${prefix}port.grpc=${filerGrpc}`,
  ];
  try {
    const volumes = join(directory, 'volumes');
    mkdirSync(volumes);
    const flags = [
      'server',
      '-ip=127.0.0.1',
      `-dir=${volumes}`,
      `-master.dir=${directory}`,
      // With a bound it takes up to a minute to see that there is room again.
      ...(options.volumesMib === undefined ? [] : ['-volume.minFreeSpace=0']),
      '-volume.max=50',
      '-master.volumeSizeLimitMB=64',
      '-master.telemetry=false',
      '-master.peers=none',
      `-master.port=${master}`,
      `-master.port.grpc=${masterGrpc}`,
      `-volume.port=${volume}`,
      `-volume.port.grpc=${volumeGrpc}`,
      ...(options.filerApart === true ? [] : ['-filer', ...filerFlags('filer.')]),
    ];
    const { volumesMib: mib } = options;
    const command = `cd ${directory} && exec ${[weed, ...flags].join(' ')}`;
    const disk = mib === undefined ? undefined : startOnOwnDisk({ directory: volumes, mib, command });
    const server = disk?.child ?? start(flags);
    if (disk !== undefined) children.push(disk.child);
    const filerHttp = `127.0.0.1:${filer}`;
    await until(server, 'the master assigns a volume', async () => {
      const { body } = await askWeed(security, { address: `127.0.0.1:${master}`, path: '/dir/assign' });
      return 'fid' in (JSON.parse(String(body)) as object);
    });
    const masterAddress = `127.0.0.1:${master}.${masterGrpc}`;
    const filerReady = (process: Child): Promise<void> =>
      until(
        process,
        'the filer answers',
        async () => (await askWeed(security, { address: filerHttp, path: '/' })).status < 500,
      );
    const filerProcess =
      options.filerApart === true
        ? restartable(
            () =>
              start([
                'filer',
                '-ip=127.0.0.1',
                `-master=${masterAddress}`,
                `-defaultStoreDir=${directory}`,
                ...filerFlags(''),
              ]),
            filerReady,
          )
        : undefined;
    await filerReady(filerProcess?.process ?? server);
    const brokers = brokerPorts.map((port) => {
      const launch = (): Child =>
        start([
          'mq.broker',
          '-ip=127.0.0.1',
          `-port=${port}`,
          `-master=${masterAddress}`,
          `-logFlushInterval=${options.flushSeconds ?? 5}`,
        ]);
      const address = `127.0.0.1:${port}`;
      return Object.assign(
        restartable(launch, (process) => brokerReady(address, process, filerHttp, security)),
        { address },
      );
    });
    await Promise.all(brokers.map(({ address, process }) => brokerReady(address, process, filerHttp, security)));
    const [broker] = brokers;
    if (broker === undefined) throw new Error('at least one broker is needed');
    return {
      master: masterAddress,
      filer: `127.0.0.1:${filer}.${filerGrpc}`,
      filerHttp,
      brokers,
      broker,
      server,
      filerProcess,
      disk,
      flushed: (topic, lastOffsets) =>
        until(server, `${topic} is in files up to ${lastOffsets.join(', ')}`, () =>
          isFlushed((path) => askWeed(security, { address: filerHttp, path }), topic, lastOffsets),
        ),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function restartable(launch: () => Child, ready: (process: Child) => Promise<void>): WeedProcess {
  let current = launch();
  return {
    get process() {
      return current;
    },
    async restart() {
      await current.stop();
      current = launch();
      await ready(current);
    },
  };
}

/** Serving records: a topic of another namespace can be made and led by someone; it is removed again. */
async function brokerReady(
  address: string,
  process: Child,
  filerHttp: string,
  security: WeedSecurity | undefined,
): Promise<void> {
  const name = `ready-${address.split(':')[1] ?? ''}-${process.pid}`;
  const client = new SeaweedMessagingClient(address, grpcCredentials(security), {
    'grpc.initial_reconnect_backoff_ms': RETRY_MS,
    'grpc.max_reconnect_backoff_ms': RETRY_MS * 5,
  });
  try {
    await until(
      process,
      `the broker at ${address} configures a topic`,
      () =>
        new Promise<boolean>((resolve, reject) => {
          client.configureTopic(
            { topic: { namespace: 'seaglass-probe', name }, partitionCount: 1, retention: undefined },
            new Metadata(),
            { deadline: Date.now() + 3_000 },
            (error, response) => {
              if (error === null) resolve(response.brokerPartitionAssignments.length === 1);
              else reject(error);
            },
          );
        }),
    );
  } finally {
    client.close();
  }
  const path = `/topics/seaglass-probe/${name}?recursive=true`;
  await askWeed(security, { address: filerHttp, path, method: 'DELETE' });
}

async function until(child: Child, what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_DEADLINE_MS;
  let last: unknown;
  while (Date.now() < deadline && child.running) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  throw new Error(`weed: waited for: ${what}; last: ${String(last)}\n${child.output().slice(-4_000)}`);
}

/** Held together before any is given back, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
