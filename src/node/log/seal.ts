/** Ends a segment's life as the one that is appended to: synced, then its producers and its index are written beside it. */
import { reasonOf, storageError } from '../node-error';
import type { NodeError } from '../node-error';
import type { NodeContext } from '../node-settings';
import type { PartitionLog } from './partition-log';
import type { Segment } from './segment';
import type { HostedPartition } from '../topics/hosted-topic';

/**
 * In the background. A failure costs the next start a walk over the segment, and is logged; where appends were answered before this sync,
 * `onUnsynced` is told of it.
 */
export async function sealSegment(
  log: PartitionLog,
  { segment, producers }: { readonly segment: Segment; readonly producers: Buffer },
  context: NodeContext,
  onUnsynced: (reason: NodeError) => void,
): Promise<void> {
  try {
    await segment.syncLater();
  } catch (error) {
    if (segment.retired || log.deleted) return;
    logFailure(context, segment, error);
    if (context.fsync === 'interval') onUnsynced(storageError('sync', segment.file('log'), error));
    return;
  }
  try {
    if (segment.retired || log.deleted) return;
    segment.writeBeside('snapshot', producers);
    segment.writeIndex();
    segment.sealed = true;
  } catch (error) {
    logFailure(context, segment, error);
  }
}

/** At the end of a node: the next start then walks over nothing. */
export function closePartition({ log, appender }: HostedPartition, context: NodeContext): void {
  if (!appender.dirty || log.deleted) return;
  try {
    log.active.sync();
    log.active.writeBeside('snapshot', log.producers.encode());
    log.active.writeIndex();
  } catch (error) {
    logFailure(context, log.active, error);
  }
}

function logFailure(context: NodeContext, segment: Segment, error: unknown): void {
  const reason = reasonOf(error);
  context.logger.write('warn', 'node.segment.seal_failed', reason, { file: segment.file('log') });
}
