/** How many bytes partitions' log files take, of as many as the filer tells in time. What is not flushed yet takes none. */
import type { Clock } from '../../../clock';
import type { CallContext } from '../../../telemetry/trace/operation';
import type { TopicPartition } from '../../../types';
import type { PartitionSize } from '../../engine';
import { EngineError } from '../../../engine-error';
import { withDeadline } from '../../../waiting/deadline';
import { bytesOf } from './log-files';
import type { LogFiles } from './log-files';

export interface SizedPartition extends TopicPartition {
  readonly directory: string;
}

/** Listings under way at a time. */
const LISTINGS_MAX = 16;

/**
 * The sizes that are known by the deadline, in the order of `partitions`; what could not be listed is left out. Throws EngineError where
 * nothing could.
 */
export async function logSizes(
  partitions: readonly SizedPartition[],
  files: LogFiles,
  limits: { readonly clock: Clock; readonly deadlineMs: number },
  context: CallContext,
): Promise<readonly PartitionSize[]> {
  const sizes: (PartitionSize | undefined)[] = partitions.map(() => undefined);
  const waiting = partitions.entries();
  let failure: EngineError | undefined;
  const failed = (error: unknown): void => {
    if (!(error instanceof EngineError)) throw error;
    failure ??= error;
  };
  const listRest = async (signal: AbortSignal): Promise<void> => {
    for (const [index, { topic, partition, directory }] of waiting) {
      try {
        const listed = await files.list(directory, { ...context, signal });
        sizes[index] = { topic, partition, sizeBytes: bytesOf(listed) };
      } catch (error) {
        if (!signal.aborted) failed(error);
      }
      if (signal.aborted) return;
    }
  };
  await withDeadline({ ...limits, what: 'listing log files' }, context.signal, (signal) =>
    Promise.all(Array.from({ length: LISTINGS_MAX }, () => listRest(signal))),
  ).catch(failed);
  const known = sizes.filter((each) => each !== undefined);
  if (failure !== undefined && (known.length === 0 || context.signal.aborted)) throw failure;
  return known;
}
