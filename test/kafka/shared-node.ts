/**
 * One node and two gateways on it, as a user runs them: `near` beside the node, with large batches handed over by reference, `far` over
 * its address alone. Time goes on as it does, and as much further as a test says; maintenance runs when a test says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../src/clock';
import { Handover, makeHandover } from '../../src/handover';
import { compact } from '../../src/node/log/compaction';
import { EmbeddedNode } from '../../src/node/node';
import { applyRetention } from '../../src/node/log/retention';
import { encodeBatch, type BatchOptions } from '../../src/protocol/encode-batch';
import * as deleteRecordsCodec from '../../src/protocol/generated/delete-records';

import { toOffset, toPartitionId } from '../../src/types';
import { openRecordLogEngine, startTestGateway, type TestGateway } from '../support/gateway';
import { type Codec, type FetchOptions, type KafkaClient } from '../support/kafka-client';
import { readRecords } from '../support/read-records';

/** A gateway, and what its engine side holds. */
export type SharingGateway = TestGateway & Pick<ReturnType<typeof openRecordLogEngine>, 'holdings'>;

export interface SharedNode {
  readonly near: SharingGateway;
  readonly far: SharingGateway;
  /** Retention and compaction of every partition, once. */
  maintain(): Promise<void>;
  /** The node's time goes on by so much at once. */
  later(ms: number): void;
  nowMs(): number;
  close(): Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
const WORLD = { isStopped: () => false, afterTurn: (action: () => void) => void setImmediate(action) };

export async function startSharedNode(): Promise<SharedNode> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-'));
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
  const [ofGateway, ofNode] = makeHandover();
  // Only `maintain` is to begin a run.
  const never = { initialTaskDelayMs: DAY_MS, retentionCheckIntervalMs: DAY_MS, cleanerBackoffMs: DAY_MS };
  const node = await EmbeddedNode.open({ dataDirectory, ...never }, { clock, handover: new Handover(ofNode) });
  const { address } = node.info;
  const near = await startOn(address, { handover: ofGateway });
  // Its streams end soon once nobody reads.
  const far = await startOn(address, { settings: { sessionIdleMsMax: 1_000 } });
  return {
    near,
    far,
    async maintain() {
      for (const partition of node.topics.partitions()) {
        if (partition.log.settings.compacts) await compact(partition.log, WORLD);
        applyRetention(partition, clock.nowMs());
      }
    },
    later: (ms) => void (aheadMs += ms),
    nowMs: () => clock.nowMs(),
    async close() {
      await near.close();
      await far.close();
      await node.close();
      ofGateway.port.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function startOn(address: string, options: Parameters<typeof openRecordLogEngine>[2]): Promise<SharingGateway> {
  const engines: ReturnType<typeof openRecordLogEngine>[] = [];
  const gateway = await startTestGateway({
    engine(telemetry) {
      const engine = openRecordLogEngine(address, telemetry, options);
      engines.push(engine);
      return engine;
    },
  });
  const [engine] = engines;
  if (engine === undefined) throw new Error('the gateway asked for no engine');
  return {
    ...gateway,
    holdings: engine.holdings,
    async close() {
      await gateway.close();
      await engine.close();
    },
  };
}

/** `null` is a tombstone. */
export type Entries = Readonly<Record<string, string | Buffer | null>>;

export function batchAt(timestamp: number, entries: Entries, options: BatchOptions = {}): Uint8Array {
  const records = Object.entries(entries).map(([key, value]) => ({
    ...{ timestamp, key: Buffer.from(key) },
    value: typeof value === 'string' ? Buffer.from(value) : value,
  }));
  return encodeBatch(records, options);
}

export interface SeenRecord {
  readonly offset: number;
  readonly key: string;
  readonly value: string | null;
}

export function recordsIn(bytes: Uint8Array): SeenRecord[] {
  return [...readRecords(bytes)].map(({ offset, key, value }) => ({
    offset,
    key: Buffer.from(key ?? []).toString(),
    value: value === null ? null : Buffer.from(value).toString(),
  }));
}

export interface Read {
  readonly records: readonly SeenRecord[];
  /** As far as the gateway knew of the log. */
  readonly end: number;
}

/** From an offset to the high watermark, as a consumer: what lies before the offset in its batch is no answer. */
export async function readToEnd(
  client: KafkaClient,
  topic: string,
  from = 0,
  options: FetchOptions = {},
): Promise<Read> {
  const seen: SeenRecord[] = [];
  for (let next = from; ;) {
    const { partition, records } = await client.fetch(topic, next, { maxWaitMs: 0, ...options });
    if (partition.errorCode !== 0) throw new Error(`error ${partition.errorCode} at offset ${next} of ${topic}`);
    seen.push(...recordsIn(records).filter(({ offset }) => offset >= next));
    // A batch may have lost its last records, or all.
    next = lastOffsetOf(records) + 1 || next;
    if (next >= partition.highWatermark || records.length === 0) return { records: seen, end: next };
  }
}

function lastOffsetOf(records: Buffer): number {
  let last = -1;
  for (let at = 0; at < records.length; at += 12 + records.readInt32BE(at + 8)) {
    last = Number(records.readBigInt64BE(at)) + records.readInt32BE(at + 23);
  }
  return last;
}

const DELETE_RECORDS: Codec<deleteRecordsCodec.DeleteRecordsRequest, deleteRecordsCodec.DeleteRecordsResponse> = {
  facts: deleteRecordsCodec.deleteRecordsApi,
  write: deleteRecordsCodec.writeDeleteRecordsRequest,
  read: deleteRecordsCodec.readDeleteRecordsResponse,
};

/** Resolves with the error code. */
export async function deleteRecords(client: KafkaClient, name: string, before: number): Promise<number> {
  const partition = { partitionIndex: toPartitionId(0), offset: toOffset(before) };
  const topic = deleteRecordsCodec.createDeleteRecordsTopic({ name, partitions: [partition] });
  const request = deleteRecordsCodec.createDeleteRecordsRequest({ topics: [topic], timeoutMs: 10_000 });
  return (await client.call(DELETE_RECORDS, request)).topics[0]?.partitions[0]?.errorCode ?? -1;
}
