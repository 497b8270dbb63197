/**
 * Records that were stored before the gateway began, and whose stored bytes a test damages and mends: in the log files of a real SeaweedFS,
 * in the segment files of an embedded node. Who reads them asks for all of them again and again.
 */
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { awaitTopic, batchOf, deleteRecords } from '../e2e/support';
import { pause } from '../e2e/load';
import { damageLog, type DamagedFiler } from '../engine/seaweedmq/damage-log';
import type { GatewayProcess } from '../support/gateway-process';
import { KafkaClient } from '../support/kafka-client';
import type { Weed } from '../support/weed';

export const STORED = 'stored';
const MARK = 'what was stored';
const VALUES = [0, 1, 2, 3].map((index) => Buffer.alloc(384, `${MARK} ${index} `));
const PAUSE_MS = 200;

/** Makes the topic and writes the records, through a gateway that ends before they are damaged. */
export async function store({ bootstrap }: Pick<GatewayProcess, 'bootstrap'>): Promise<void> {
  const client = await KafkaClient.connect(Number(bootstrap.split(':')[1]), 'billing');
  await awaitTopic(client, STORED);
  for (const value of VALUES) {
    let code = -1;
    while (code !== 0) ({ errorCode: code } = await client.produce(STORED, batchOf(value)));
  }
  await client.close();
}

export interface Damage {
  damage(): Promise<void>;
  mend(): Promise<void>;
}

/** A value dropped to null, one cut, one with a bit flipped. */
export async function damageOnWeed(weed: Weed): Promise<Damage> {
  await weed.flushed(STORED, [VALUES.length - 1]);
  const at: DamagedFiler = weed;
  const whole = new Map<number, Buffer>();
  return {
    async damage() {
      await damageLog(at, STORED, (offset, data) => {
        whole.set(offset, data);
        return [Buffer.alloc(0), data.subarray(0, 100), flipped(data)][offset];
      });
    },
    async mend() {
      await damageLog(at, STORED, (offset) => whole.get(offset));
    },
  };
}

/** One bit of each value; what the runbook says then is that the records are deleted. */
export function damageOnNode({ dataDirectory, bootstrap }: GatewayProcess): Damage {
  return {
    damage() {
      for (const name of readdirSync(dataDirectory, { recursive: true, encoding: 'utf8' }))
        if (name.endsWith('.log')) flipValuesIn(join(dataDirectory, name));
      return Promise.resolve();
    },
    async mend() {
      const client = await KafkaClient.connect(Number(bootstrap.split(':')[1]), 'operator');
      const answer = await deleteRecords(client, { topic: STORED, partition: 0, before: VALUES.length });
      expect(answer?.errorCode).toBe(0);
      await client.close();
    },
  };
}

function flipValuesIn(file: string): void {
  const content = readFileSync(file);
  const target = openSync(file, 'r+');
  for (let at = content.indexOf(`${MARK} `); at >= 0; at = content.indexOf(`${MARK} `, at + 384))
    writeSync(target, flipped(content.subarray(at, at + 384)), 0, 384, at);
  closeSync(target);
}

function flipped(data: Buffer): Buffer {
  const other = Buffer.from(data);
  other[300] = (other[300] ?? 0) ^ 4;
  return other;
}

/** Asks for each record, one behind the other, until it is told to stop. */
export function readAgainAndAgain({ bootstrap }: Pick<GatewayProcess, 'bootstrap'>): () => Promise<void> {
  let isOver = false;
  const running = (async () => {
    const client = await KafkaClient.connect(Number(bootstrap.split(':')[1]), 'audit');
    for (let offset = 0; !isOver; offset = (offset + 1) % VALUES.length) {
      await client.fetch(STORED, offset, { maxWaitMs: 500, partitionMaxBytes: 1 });
      await pause(PAUSE_MS);
    }
    await client.close();
  })();
  return () => {
    isOver = true;
    return running;
  };
}
