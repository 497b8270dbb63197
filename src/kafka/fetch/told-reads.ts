/** What a fetch's partitions were answered, for the history that `explain` and `journey` look into. */
import { ErrorCode, errorNameOf } from '../../protocol/error-code';
import { clientName } from '../../telemetry/trace/client-name';
import { toOffset } from '../../types';
import type { RequestContext } from '../api/define-api';
import type { Services } from '../services';
import type { Slot } from './plan';

export function tellReads(slots: readonly Slot[], context: RequestContext, services: Services): void {
  const { connectionId, clientAddress } = context.session;
  const client = clientName(context.clientId);
  const nowMs = services.clock.nowMs();
  for (const { topic, target, result, fits, range, errorCode } of slots) {
    // What the answer had no room for was not given, and will be asked again, rightly.
    if (topic === undefined || !fits) continue;
    const given = result !== undefined && result.bytes > 0 ? result : undefined;
    services.readHistory.read(
      {
        connection: connectionId,
        client,
        address: clientAddress,
        topic: topic.name,
        partition: target.partition,
        offset: target.fetchOffset,
        nextOffset: given === undefined ? target.fetchOffset : toOffset(given.nextOffset),
        records: given?.deliveredCensus.records ?? 0,
        bytes: given?.bytes ?? 0,
        highWatermark: range?.highWatermark ?? -1,
        error: errorCode === ErrorCode.NONE ? 'NONE' : (errorNameOf(errorCode) ?? String(errorCode)),
      },
      context.signal,
      nowMs,
    );
  }
}
