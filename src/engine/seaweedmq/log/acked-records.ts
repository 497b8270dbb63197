/** Records that a broker acked: whether they are to be read still, and which of them are not. */
import { EngineError } from '../../../engine-error';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset, TopicPartition } from '../../../types';
import type { MqPartition } from '../topics/mq-partition';
import { rangeTo } from '../topics/mq-partition';

export interface AckedRecords {
  readonly details: MqPartition;
  readonly at: TopicPartition;
  /** Whose stream they were acked on. */
  readonly leader: string;
  /** Offsets below it were acked. */
  readonly end: Offset;
}

/** One pass over placeholders, of which there may be as many as a broker forgot offsets. */
const SCAN_BYTES = 4 * 1024 * 1024;

export const lastOf = ({ end }: AckedRecords): Offset => toOffset(end - 1);

/** Whether the last of them is brought by the broker, which says that its log ends at `told`, or by log files. */
export async function isHeld(
  acked: AckedRecords,
  { told, logStart }: { readonly told: Offset; readonly logStart: Offset },
  context: CallContext,
): Promise<boolean> {
  const { details, leader, end } = acked;
  const range = rangeTo(toOffset(Math.max(told, end)), logStart);
  try {
    const unit = await details.log.at({ leader, offset: lastOf(acked), range }, context);
    return unit?.isPlaceholder === false;
  } catch (error) {
    // Nothing brings it.
    if (error instanceof EngineError && error.code === 'contradiction') return false;
    throw error;
  }
}

/** Of those from `from` on the first that is lost, where the last is: what was written before is in the files as listed. */
export async function firstLost(acked: AckedRecords, from: Offset, context: CallContext): Promise<Offset> {
  const { flushed } = acked.details.log;
  const isFollowed = async (offset: Offset): Promise<boolean> => {
    const units = await flushed.read(offset, SCAN_BYTES, context);
    return units.some((unit) => !unit.isPlaceholder && unit.baseOffset < acked.end);
  };
  let [low, high] = [from, lastOf(acked)];
  while (low < high) {
    const middle = toOffset(Math.floor((low + high) / 2));
    if (await isFollowed(middle)) low = toOffset(middle + 1);
    else high = middle;
  }
  return low;
}
