/** A gateway whose data directory is a tmpfs of 16 MiB, in a mount namespace of its own; and clients that fill it and make room again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import { batchOf, createTopic, deleteTopic } from '../e2e/support';
import { KafkaClient } from '../support/kafka-client';
import { startOnOwnDisk } from '../support/own-disk';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');
const DISK_MIB = 16;
/** The first fill it fast, the last leave no room for anybody's. */
const BATCHES_BYTES = [200_000, 10_000, 500];
const FILLING = 'filling';

export interface SmallDisk {
  readonly bootstrap: string;
  readonly console: string;
  /** Writes until the disk is full. */
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOnSmallDisk(): Promise<SmallDisk> {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-disk-'));
  const command = `${process.execPath} ${MAIN} serve --listen 127.0.0.1:0 --console-listen 127.0.0.1:0 --data ${directory}/data`;
  const { child } = startOnOwnDisk({ directory, mib: DISK_MIB, command });
  const [, bootstrap = ''] = await child.printed(/^ *bootstrap +(\S+)$/m);
  const [, console = ''] = await child.printed(/^ *console +(http\S+)/m);
  const client = await KafkaClient.connect(Number(bootstrap.split(':')[1]), 'filler');
  await createTopic(client, FILLING, {});
  return {
    bootstrap,
    console,
    async fill() {
      for (const bytes of BATCHES_BYTES) {
        const batch = batchOf(Buffer.alloc(bytes, 1));
        while ((await client.produce(FILLING, batch)).errorCode === ErrorCode.NONE);
      }
    },
    async makeRoom() {
      await deleteTopic(client, FILLING);
    },
    async stop() {
      await client.close();
      await child.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
