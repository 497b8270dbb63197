/**
 * What a topic holds just before it is deleted, for the account of it. The engine is asked about each partition, and a deletion waits for
 * its account no longer than a second: what was not answered by then stays unknown.
 */
import type { Clock } from '../../../clock';
import type { CallContext } from '../../../telemetry/trace/operation';
import type { Removal } from '../../../telemetry/metrics/removal';
import { toPartitionId } from '../../../types';
import type { PartitionId } from '../../../types';
import type { PartitionRange, Topic } from '../../engine';

export interface PartitionContents {
  readonly range: PartitionRange;
  /** The bytes of its log files; records that the broker has not flushed are in none. */
  readonly sizeBytes: number;
}

const WAIT_MS_MAX = 1_000;
const ASKED_AT_ONCE_MAX = 16;

/** One removal for each partition that holds records, or may hold some. Never throws: a deletion needs no account. */
export async function deletedContents(
  topic: Topic,
  ask: (partition: PartitionId, context: CallContext) => Promise<PartitionContents>,
  clock: Clock,
  context: CallContext,
): Promise<readonly Removal[]> {
  const giveUp = new AbortController();
  const stop = (): void => giveUp.abort();
  // Given up by its caller, a call says nothing about its broker: no breaker opens for it.
  const timer = clock.after(WAIT_MS_MAX, stop);
  context.signal.addEventListener('abort', stop, { once: true });
  const inner = { ...context, signal: giveUp.signal };
  const removals: Removal[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < topic.partitionCount) {
      const partition = toPartitionId(next++);
      const contents = giveUp.signal.aborted ? undefined : await ask(partition, inner).catch(() => undefined);
      const removal = toRemoval(topic.name, partition, contents);
      if (removal.records !== 0) removals.push(removal);
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE_MAX }, work));
  timer.cancel();
  context.signal.removeEventListener('abort', stop);
  return removals.sort((left, right) => left.partition - right.partition);
}

function toRemoval(topic: string, partition: PartitionId, contents: PartitionContents | undefined): Removal {
  const removal = { topic, partition, cause: 'topic_deletion' } as const;
  if (contents === undefined)
    return { ...removal, from: undefined, to: undefined, records: undefined, bytes: undefined };
  const { logStartOffset: from, highWatermark: to } = contents.range;
  return { ...removal, from, to, records: to - from, bytes: contents.sizeBytes };
}
