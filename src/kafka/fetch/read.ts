/**
 * Reads the partitions of a fetch: in request order as far as the answer's bytes go (KIP-74), those that fit side by side at the same
 * time. Whatever happens to one partition is that partition's answer.
 */
import { EngineError } from '../../engine/engine-error';
import { ErrorCode } from '../../protocol/error-code';
import type { CallContext, Operation } from '../../telemetry/operation';
import type { Offset } from '../../types';
import { errorCodeOf } from '../error-mapping';
import { LEADER_EPOCH } from '../find-topic';
import type { Slot } from './plan';

export interface ReadOptions {
  /** Bytes of records that the answer may hold; the first that has any gives at least one batch even so. */
  readonly bytesMax: number;
  /** Bytes of results that are kept from earlier reads. */
  readonly bytesKept: number;
}

/** Reads the slots; those past the byte budget keep no result. Resolves when all were read or failed. */
export async function readSlots(slots: readonly Slot[], options: ReadOptions, context: CallContext): Promise<void> {
  let bytes = options.bytesKept;
  let next = 0;
  while (next < slots.length && (bytes < options.bytesMax || bytes === 0)) {
    const wave: { readonly slot: Slot; readonly bytesMax: number }[] = [];
    let planned = bytes;
    for (; next < slots.length && (planned < options.bytesMax || wave.length === 0); next++) {
      const slot = slots[next];
      if (slot?.partition === undefined) continue;
      const bytesMax = Math.max(1, Math.min(slot.target.partitionBytesMax, options.bytesMax - planned));
      wave.push({ slot, bytesMax });
      planned += bytesMax;
    }
    const only = wave.length === 1 ? wave[0] : undefined;
    if (only !== undefined) await readSlot(only.slot, only.bytesMax, context);
    else await Promise.all(wave.map(({ slot, bytesMax }) => readSlot(slot, bytesMax, context)));
    for (const { slot, bytesMax } of wave) {
      const read = slot.result?.bytes ?? 0;
      // Only the first records of an answer may be larger than asked for.
      slot.fits = bytes === 0 || read <= bytesMax;
      if (slot.fits) bytes += read;
    }
  }
}

async function readSlot(slot: Slot, bytesMax: number, context: CallContext): Promise<void> {
  const { target, topic, partition } = slot;
  if (topic === undefined || partition === undefined) return;
  const poll = context.operation.child('poll', {
    spanName: `poll ${topic.name}`,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'poll',
      'messaging.operation.type': 'receive',
      'messaging.destination.name': topic.name,
      'messaging.destination.partition.id': String(target.partition),
      'messaging.kafka.offset': target.fetchOffset,
    },
  });
  slot.reading = true;
  try {
    const result = await partition.read(
      { offset: target.fetchOffset, bytesMax },
      { operation: poll, signal: context.signal },
    );
    slot.result = result;
    slot.errorCode = ErrorCode.NONE;
    if (result.bytes === 0) {
      poll.end('idle_timeout');
      return;
    }
    poll.set('messaging.batch.message_count', result.deliveredCensus.records);
    closePoll(slot);
    slot.poll = poll;
  } catch (error) {
    slot.result = undefined;
    slot.errorCode = errorCodeOf(error, 'fetch');
    endFailed(poll, error);
    slot.divergesAt = await divergence(slot, error, context).catch(() => undefined);
  } finally {
    slot.reading = false;
  }
}

/** Ends the operation of the last read that brought records. */
export function closePoll(slot: Slot): void {
  slot.poll?.end('data');
  slot.poll = undefined;
}

/** A reader that says which epoch it read last and is ahead of the log learns where that epoch ended instead (KIP-595). */
async function divergence(slot: Slot, error: unknown, context: CallContext): Promise<Offset | undefined> {
  const { target, partition } = slot;
  const outOfRange = error instanceof EngineError && error.code === 'offset_out_of_range';
  if (!outOfRange || target.lastFetchedEpoch !== LEADER_EPOCH || partition === undefined) return undefined;
  const { highWatermark } = await partition.range(context);
  return target.fetchOffset > highWatermark ? highWatermark : undefined;
}

function endFailed(operation: Operation, error: unknown): void {
  if (!(error instanceof EngineError)) {
    operation.end('error', { type: 'internal', message: error instanceof Error ? error.message : String(error) });
    return;
  }
  const described = { type: error.code, message: error.message };
  if (error.code === 'cancelled') operation.end('cancelled');
  else if (error.code === 'offset_out_of_range') operation.end('client_error', described);
  else operation.end(error.code === 'timeout' ? 'deadline' : 'engine_error', described);
}
