/** Whole gateways under traffic, and what they stand before; all of it ends with `closeAll`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awaitTopic, batchOf } from '../e2e/support';
import type { Child } from '../support/child';
import { startGatewayProcess, startMain, type GatewayProcess } from '../support/gateway-process';
import { FETCH, fetchRequest, KafkaClient } from '../support/kafka-client';
import { freePorts, startWeed, type Weed } from '../support/weed';
import { store } from './damaged';
import { startOnSmallDisk } from './small-disk';
import { Traffic } from './traffic';

/** More than the buffers of both sockets hold. */
const UNREAD_BYTES = 40 * 1024 * 1024;
const VALUE_BYTES = 1_000_000;
const FETCH_VERSION = 12;

const closing: (() => unknown)[] = [];

/** The last that was started first. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export const closeLater = (close: () => unknown): void => void closing.push(close);

interface Started {
  readonly environment?: Readonly<Record<string, string>>;
  readonly dataDirectory?: string;
}

export async function start(flags: readonly string[], { environment = {}, dataDirectory }: Started = {}) {
  const directory = dataDirectory === undefined ? {} : { dataDirectory };
  const gateway = await startGatewayProcess({ flags: [...flags, '--log-level', 'warn'], environment, ...directory });
  closeLater(() => gateway.child.kill());
  closeLater(() => rmSync(gateway.dataDirectory, { recursive: true, force: true }));
  await busy(gateway);
  return gateway;
}

async function busy(gateway: Pick<GatewayProcess, 'bootstrap'>): Promise<void> {
  const admin = await clientOf(gateway, 'admin');
  await awaitTopic(admin, 'orders');
  await admin.close();
  const traffic = new Traffic(gateway.bootstrap);
  closeLater(() => traffic.stop());
}

export async function smallDisk() {
  const started = await startOnSmallDisk();
  closeLater(() => started.stop());
  await busy(started);
  return started;
}

export const clientOf = (gateway: Pick<GatewayProcess, 'bootstrap'>, clientId: string): Promise<KafkaClient> =>
  KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), clientId);

/** So many records, as fast as they are acked. */
export async function write(gateway: Pick<GatewayProcess, 'bootstrap'>, records: number): Promise<void> {
  const client = await clientOf(gateway, 'hasty');
  for (let written = 0; written < records;) {
    const { errorCode } = await client.produce('orders', batchOf('a value'));
    if (errorCode === 0) written += 1;
  }
  await client.close();
}

/** A gateway that has read nothing yet of records that another one stored. */
export async function startOnStored(flags: readonly string[]) {
  const before = await startGatewayProcess({ flags });
  await store(before);
  await before.stop({ keepData: true });
  return start(flags, { dataDirectory: before.dataDirectory });
}

export async function weed(options: Parameters<typeof startWeed>[0] = { filerApart: true }): Promise<Weed> {
  const started = await startWeed(options);
  closeLater(() => started.stop());
  return started;
}

/** Of its gRPC service: host:port of `host:port.grpcport`. */
export const filerAddress = ({ filer }: Weed): string => filer.replace(/:\d+\./, ':');

export const flagsOf = ({ broker, master, filer }: Weed): string[] => [
  ...['--engine', 'seaweedmq', '--brokers', broker.address, '--masters', master, '--filer', filer],
];

export async function startNodeProcess() {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-alerts-'));
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const child = startMain(['node', '--node-listen', address, '--data', data]);
  closeLater(async () => {
    await child.kill();
    rmSync(data, { recursive: true, force: true });
  });
  await child.printed(/^ *address +(\S+)$/m);
  return { child, address };
}

export interface MortalGateway {
  readonly console: string;
  kill(): Promise<void>;
  /** At the same address. */
  again(): Promise<void>;
}

/** A gateway that is killed and started again. */
export async function startMortal(): Promise<MortalGateway> {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-alerts-'));
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  let child: Child;
  const again = async (): Promise<void> => {
    child = startMain(['serve', '--listen', '127.0.0.1:0', '--console-listen', address, '--data', data]);
    await child.printed(/^ *console +(http\S+)/m);
  };
  closeLater(async () => {
    await child.kill();
    rmSync(data, { recursive: true, force: true });
  });
  await again();
  return { console: `http://${address}`, kill: () => child.kill(), again };
}

/** Asks, one request behind the other, for more than the sockets hold, and reads nothing. */
export async function deafClient(gateway: GatewayProcess, clientId: string): Promise<KafkaClient> {
  const writer = await clientOf(gateway, 'writer');
  await awaitTopic(writer, 'backlog');
  await writer.produce('backlog', batchOf(Buffer.alloc(VALUE_BYTES, 1)));
  await writer.close();
  const deaf = await clientOf(gateway, clientId);
  closeLater(() => deaf.close());
  deaf.socket.pause();
  for (let bytes = 0; bytes < UNREAD_BYTES; bytes += VALUE_BYTES)
    deaf.send(FETCH, fetchRequest('backlog', 0), FETCH_VERSION);
  return deaf;
}
