/** What the engine's tests share: callers with a trace and a signal, and consumers that behave as a fetch does. */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/clock';
import type { Engine, Partition, PartitionRange, ReadResult, Topic } from '../../src/engine/engine';
import { EngineError } from '../../src/engine-error';
import type { CallContext } from '../../src/telemetry/trace/operation';
import type { RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { toOffset, toPartitionId } from '../../src/types';
import { readRecords } from './batches';
import type { ReadRecord } from './batches';

/** Runs `work` as one request does: a root operation, ended whatever happens. */
export async function asRequest<T>(
  telemetry: RunningTelemetry,
  work: (context: CallContext) => Promise<T>,
  signal: AbortSignal = new AbortController().signal,
): Promise<T> {
  const operation = telemetry.operations.root('request', { spanName: 'Test' });
  try {
    const result = await work({ operation, signal });
    operation.end('ok');
    return result;
  } catch (error) {
    operation.end('error', { type: 'test', message: String(error) });
    throw error;
  }
}

export async function makeTopic(engine: Engine, telemetry: RunningTelemetry, partitionCount = 1): Promise<Topic> {
  const name = `t-${randomUUID()}`;
  return asRequest(telemetry, (context) => engine.createTopic({ name, partitionCount, configs: new Map() }, context));
}

export async function makePartition(engine: Engine, telemetry: RunningTelemetry): Promise<Partition> {
  return engine.partition(await makeTopic(engine, telemetry), toPartitionId(0));
}

/** Of a topic that is there. */
export async function partitionOf(
  { engine, telemetry }: { readonly engine: Engine; readonly telemetry: RunningTelemetry },
  name: string,
  index = 0,
): Promise<Partition> {
  const topic = await asRequest(telemetry, (context) => engine.topic(name, context));
  if (topic === undefined) throw new Error(`${name} is not listed`);
  return engine.partition(topic, toPartitionId(index));
}

export function read(
  telemetry: RunningTelemetry,
  partition: Partition,
  offset: number,
  bytesMax = 1,
): Promise<ReadResult> {
  const request = { offset: toOffset(offset), isolation: 'read_uncommitted', bytesMax } as const;
  return asRequest(telemetry, (context) => partition.read(request, context));
}

export function waitFor(
  telemetry: RunningTelemetry,
  partition: Partition,
  offset: number,
  signal?: AbortSignal,
): Promise<void> {
  const position = { offset: toOffset(offset), isolation: 'read_uncommitted' } as const;
  return asRequest(telemetry, (context) => partition.waitFor(position, context), signal);
}

/** Of a log without transactions. */
export function stableRange(logStartOffset: number, highWatermark: number): PartitionRange {
  const end = toOffset(highWatermark);
  return { logStartOffset: toOffset(logStartOffset), lastStableOffset: end, highWatermark: end };
}

/** The record at an offset, by a read that begins there. */
export async function recordAt(telemetry: RunningTelemetry, partition: Partition, offset: number): Promise<ReadRecord> {
  const { chunks } = await read(telemetry, partition, offset);
  const record = readRecords(chunks).find((candidate) => candidate.offset === offset);
  if (record === undefined) throw new Error(`no record of offset ${offset} in the answer`);
  return record;
}

/** Reads from an offset until the high watermark is reached, as a consumer with `bytesMax` per fetch. */
export async function drain(
  telemetry: RunningTelemetry,
  partition: Partition,
  { from = 0, until = Infinity, bytesMax = 1024 * 1024 }: { from?: number; until?: number; bytesMax?: number } = {},
): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  let next = from;
  while (next < until) {
    const result = await read(telemetry, partition, next, bytesMax);
    if (result.chunks.length === 0) break;
    records.push(...readRecords(result.chunks).filter(({ offset }) => offset >= next));
    next = result.nextOffset;
    // The records are copies.
    result.release?.();
  }
  return records;
}

/** The code of the EngineError that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
  return 'resolved';
}

/** What a client does with refusals that pass. */
export async function retried<T>(work: () => Promise<T>, patienceMs = 60_000): Promise<T> {
  const sinceMs = systemClock.monotonicMs();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EngineError) || systemClock.monotonicMs() - sinceMs > patienceMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
