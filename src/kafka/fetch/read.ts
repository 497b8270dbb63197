/**
 * Reads the partitions of a fetch: in request order as far as the answer's bytes go (KIP-74), those that fit side by side at the same
 * time. Whatever happens to one partition is that partition's answer.
 */
import type { PartitionRange, ReadResult } from '../../engine/engine';
import { EngineError } from '../../engine-error';
import { furthest, readableEnd } from '../../engine/partition/range';
import { endFailed } from '../../waiting/phase';
import { ErrorCode } from '../../protocol/error-code';
import { addCensuses } from '../../audit/census';
import { faultsOf, type ValueFault } from '../../audit/proofs';
import { markFaults } from '../../audit/value-ledger';
import { addVerdicts } from '../../audit/verdict';
import type { CallContext } from '../../telemetry/trace/operation';
import { errorCodeOf } from '../error-mapping';
import { LEADER_EPOCH } from '../cluster/leader-epoch';
import type { Slot } from './plan';

export interface PartitionReadOptions {
  /** Bytes of records that the answer may hold; the first that has any gives at least one batch even so. */
  readonly bytesMax: number;
  /** Bytes of results that are kept from earlier reads. */
  readonly bytesKept: number;
}

const NO_FAULTS: readonly ValueFault[] = [];

/** Reads the slots; those past the byte budget keep no result. Resolves when all were read or failed. */
export async function readSlots(
  slots: readonly Slot[],
  options: PartitionReadOptions,
  context: CallContext,
): Promise<void> {
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

/**
 * Reads on where the log had more and the answer has room: an engine gives what is at hand, which may be less. Kafka fills an answer as
 * far as the log went when it was read; what is appended meanwhile is for the next fetch.
 */
export async function fillSlots(
  slots: readonly Slot[],
  options: PartitionReadOptions,
  context: CallContext,
): Promise<void> {
  let left = options.bytesMax - options.bytesKept;
  const filling: Promise<void>[] = [];
  for (const slot of slots) {
    if (left <= 0) break;
    if (!isBehind(slot)) continue;
    const read = slot.result?.bytes ?? 0;
    const room = Math.min(left, slot.target.partitionBytesMax - read);
    left -= room;
    filling.push(fillSlot(slot, read + room, context));
  }
  await Promise.all(filling);
}

/** Whether its log is known to hold more than was read, and it has room of its own. */
export const isBehind = ({ result, isolation, reading, fits, target }: Slot): boolean =>
  result !== undefined &&
  result.bytes > 0 &&
  !reading &&
  fits &&
  result.nextOffset < readableEnd(result, isolation) &&
  result.bytes < target.partitionBytesMax;

async function fillSlot(slot: Slot, bytesMax: number, context: CallContext): Promise<void> {
  const end = slot.result === undefined ? slot.target.fetchOffset : readableEnd(slot.result, slot.isolation);
  while (slot.result !== undefined && slot.result.nextOffset < end && slot.result.bytes < bytesMax) {
    const { nextOffset, bytes, chunks } = slot.result;
    const room = bytesMax - bytes;
    // What follows is mostly as large as what came.
    const isLikelyToFit = room >= (chunks.at(-1)?.byteLength ?? 0);
    if (isLikelyToFit) await readSlot(slot, bytesMax, context);
    if (slot.result.nextOffset > nextOffset) continue;
    slot.unusedBytes = room;
    return;
  }
}

/** Asked again after each wait: the answer may be made meanwhile. */
const isTooLate = ({ answered }: Slot): boolean => answered;

async function readSlot(slot: Slot, bytesMax: number, context: CallContext): Promise<void> {
  const { target, isolation, topic, partition } = slot;
  if (topic === undefined || partition === undefined || isTooLate(slot)) return;
  // It brought what it brought: what is read on is another poll's time.
  closePoll(slot);
  const before = slot.result !== undefined && slot.result.bytes > 0 ? slot.result : undefined;
  const offset = before?.nextOffset ?? target.fetchOffset;
  const poll = context.operation.child('poll', {
    spanName: `poll ${topic.name}`,
    attributes: {
      'messaging.system.name': 'kafka',
      'messaging.operation.name': 'poll',
      'messaging.operation.type': 'receive',
      'messaging.destination.name': topic.name,
      'messaging.destination.partition.id': String(target.partition),
      'kafka.offset': offset,
      // Of its own, until it has some: what the whole fetch was given is no matter of one partition.
      'messaging.batch.message_count': 0,
      'seaglass.bytes': 0,
    },
  });
  slot.reading = true;
  slot.faults = NO_FAULTS;
  try {
    const room = Math.max(1, bytesMax - (before?.bytes ?? 0));
    const read = await partition.read(
      { offset, isolation, bytesMax: room },
      { operation: poll, signal: context.signal },
    );
    if (isTooLate(slot)) {
      read.release?.();
      poll.end('cancelled');
      return;
    }
    slot.result = before === undefined ? read : joined(before, read, room);
    slot.range = read;
    slot.errorCode = ErrorCode.NONE;
    poll.set('seaglass.high_watermark', read.highWatermark);
    if (read.bytes === 0) {
      const { id, mode } = read.session;
      // Nothing was taken, but who said that nothing is there is as much an answer as a record is.
      poll.set('seaglass.session.mode', mode).set('seaglass.session.id', id === '' ? undefined : id);
      poll.end('idle_timeout');
      return;
    }
    poll.set('messaging.batch.message_count', read.deliveredCensus.records).set('seaglass.bytes', read.bytes);
    slot.poll = poll;
  } catch (error) {
    const faults = faultsOf(error);
    markFaults(poll, faults);
    endFailed(poll, error);
    if (isTooLate(slot)) return;
    // What was read stays an answer; the client meets the failure when it asks for what follows.
    if (before !== undefined) return;
    slot.result = undefined;
    slot.faults = faults;
    slot.errorCode = errorCodeOf(error, 'fetch');
    slot.range = await divergence(slot, error, context).catch(() => undefined);
    slot.divergesAt = slot.range?.highWatermark;
  } finally {
    slot.reading = false;
  }
}

/** An answer and what follows it. Where that is more than there is room for, the answer stays as it was. */
function joined(before: ReadResult, read: ReadResult, room: number): ReadResult {
  const { logStartOffset, lastStableOffset, highWatermark } = read;
  const range: PartitionRange = { logStartOffset, lastStableOffset, highWatermark };
  const release = (): void => {
    before.release?.();
    read.release?.();
  };
  if (read.bytes > room || read.firstOffset < before.nextOffset) return { ...before, ...range, release };
  return {
    logStartOffset,
    lastStableOffset,
    highWatermark,
    chunks: [...before.chunks, ...read.chunks],
    bytes: before.bytes + read.bytes,
    firstOffset: before.firstOffset,
    nextOffset: read.nextOffset,
    engineCensus: addCensuses(before.engineCensus, read.engineCensus),
    deliveredCensus: addCensuses(before.deliveredCensus, read.deliveredCensus),
    verdicts: addVerdicts(before.verdicts, read.verdicts),
    faults: read.faults.length === 0 ? before.faults : [...before.faults, ...read.faults],
    // The older one: what was read later may belong to another log.
    generation: before.generation,
    session: read.session,
    release,
  };
}

/** Ends the operation of the last read that brought records. */
export function closePoll(slot: Slot): void {
  slot.poll?.end('data');
  slot.poll = undefined;
}

/** Of a read whose records the answer does not hold. */
export function closeUnusedPoll(slot: Slot): void {
  slot.poll?.set('messaging.batch.message_count', 0).set('seaglass.bytes', 0);
  closePoll(slot);
}

/**
 * Hears where the log of a slot begins and ends that the answer has no room for. Kafka tells it of every partition, and of an offset
 * outside it, however little the answer may hold.
 */
export async function lookAt(slot: Slot, context: CallContext): Promise<void> {
  const { target, partition } = slot;
  if (partition === undefined) return;
  const holds = ({ logStartOffset, highWatermark }: PartitionRange): boolean =>
    logStartOffset <= target.fetchOffset && target.fetchOffset <= highWatermark;
  const { known } = partition;
  // What was heard long ago stands in where the engine is late.
  if (known !== undefined && holds(known)) slot.range = known;
  slot.reading = true;
  try {
    const range = await partition.recentRange(context);
    if (isTooLate(slot)) return;
    if (holds(range)) {
      slot.range = range;
      return;
    }
  } catch (error) {
    if (!isTooLate(slot)) slot.errorCode = errorCodeOf(error, 'fetch');
    return;
  } finally {
    slot.reading = false;
  }
  // What was heard may be old: a read tells whether the offset is outside.
  await readSlot(slot, 1, context);
  slot.fits = false;
}

/** Adds what was heard since the slot was read: a poll that ends empty tells where the log begins and ends by then. */
export function refreshRange(slot: Slot): void {
  const { range, partition } = slot;
  const known = partition?.known;
  if (range === undefined || known === undefined) return;
  slot.range = furthest(range, known);
}

/** A reader that says which epoch it read last and is ahead of the log learns where that epoch ended instead (KIP-595). */
async function divergence(slot: Slot, error: unknown, context: CallContext): Promise<PartitionRange | undefined> {
  const { target, partition } = slot;
  const outOfRange = error instanceof EngineError && error.code === 'offset_out_of_range';
  if (!outOfRange || target.lastFetchedEpoch !== LEADER_EPOCH || partition === undefined) return undefined;
  const range = await partition.range(context);
  return target.fetchOffset > range.highWatermark ? range : undefined;
}
