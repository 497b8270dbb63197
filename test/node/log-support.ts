/** Partition logs over a disk in memory, without gRPC: for recovery, retention and compaction. */
import type { Clock } from '../../src/clock';
import { systemClock } from '../../src/clock';
import type { AppendOutcome } from '../../src/node/append/append-stage';
import { nodeContext } from '../../src/node/node-settings';
import { silentLogger } from '../../src/telemetry/log/log';
import type { NodeContext, NodeOptions } from '../../src/node/node-settings';
import type { PartitionLog } from '../../src/node/log/partition-log';
import type { RecoveryReport } from '../../src/node/log/recovery';
import type { Logger } from '../../src/telemetry/log/log';
import { Topics } from '../../src/node/topics/topics';
import type { HostedPartition } from '../../src/node/topics/hosted-topic';
import type { Census } from '../../src/types';
import type { MemoryDisk } from './memory-disk';
import { splitBatches } from './support';
import type { ReadBatch } from './support';

export interface OpenLogs {
  readonly topics: Topics;
  readonly report: RecoveryReport;
  readonly context: NodeContext;
}

export function openLogs(
  disk: MemoryDisk,
  options: Partial<NodeOptions> & { clock?: Clock; logger?: Logger } = {},
): OpenLogs {
  const { clock = systemClock, logger = silentLogger, ...rest } = options;
  const context = nodeContext({ dataDirectory: '/data', ...rest }, { disk, clock, logger });
  const topics = new Topics(context);
  return { topics, report: topics.open(), context };
}

export function createPartition({ topics }: OpenLogs, configs: Record<string, string> = {}): HostedPartition {
  topics.create('t', 1, configs, new Uint8Array(0));
  return topics.partition('t', 0);
}

/** All are handed over at once, so that they share turns. */
export function appendAll(
  { appender }: HostedPartition,
  batches: readonly Buffer[],
  census?: Census,
): Promise<AppendOutcome[]> {
  const answers = batches.map(
    (batch) =>
      new Promise<AppendOutcome>((done) => {
        appender.append({ batch: Buffer.from(batch), census, done });
      }),
  );
  return Promise.all(answers);
}

export async function append(partition: HostedPartition, batch: Buffer, census?: Census): Promise<AppendOutcome> {
  const [outcome] = await appendAll(partition, [batch], census);
  if (outcome === undefined) throw new Error('no answer');
  return outcome;
}

/** Everything from an offset to the high watermark. */
export function readAll(log: PartitionLog, from: number = log.logStartOffset): ReadBatch[] {
  const batches: ReadBatch[] = [];
  let cursor: Parameters<PartitionLog['read']>[0] = { offset: from };
  while (cursor.offset < log.highWatermark) {
    const result = log.read(cursor, 64 * 1024);
    for (const chunk of result.chunks) batches.push(...splitBatches(chunk));
    cursor = result.next;
  }
  return batches;
}

/** Time that passes only when told. */
export class ManualClock implements Clock {
  now = 1_700_000_000_000;
  nowMs(): number {
    return this.now;
  }
  monotonicMs(): number {
    return this.now;
  }
  after(): { cancel(): void } {
    return { cancel: () => undefined };
  }
  every(): { cancel(): void } {
    return { cancel: () => undefined };
  }
}
