/** Whether the console shows a row that is the drill's: of its topic, and not of the time before. */
import type { ConsoleRow } from '../expectation';
import type { GatewayClient, ShownIncident } from './gateway-client';

export interface DrillPlace {
  /** Undefined where the drill strikes whatever the topic. */
  readonly topic: string | undefined;
  /** When it began, Unix ms of the gateway. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

type Asked = Pick<GatewayClient, 'inflight' | 'verdicts' | 'state'>;

/** `told`: incidents that were told of since it began. */
export async function shows(
  row: ConsoleRow,
  gateway: Asked,
  { topic, sinceMs, nowMs, told }: DrillPlace & { readonly told: readonly ShownIncident[] },
): Promise<boolean> {
  if ('waits' in row)
    return (await gateway.inflight()).some(
      ({ phase, overdueMs, attributes }) =>
        phase === row.waits &&
        // On time, or overdue since before: no matter of this drill.
        overdueMs > 0 &&
        overdueMs <= nowMs - sinceMs &&
        (topic === undefined || attributes['messaging.destination.name'] === topic),
    );
  if ('verdict' in row) return topic !== undefined && (await gateway.verdicts(topic, sinceMs)).includes(row.verdict);
  if ('incident' in row) return told.some(({ kind }) => kind === row.incident);
  return (await gateway.state()) === row.firstLine;
}

/** Those told of since the drill began that concern its topic, or none. */
export function toldSince(
  incidents: readonly ShownIncident[],
  before: readonly ShownIncident[],
  topic: string | undefined,
): readonly ShownIncident[] {
  const times = new Map(before.map((each) => [each.id, each.times]));
  return incidents.filter(
    (each) =>
      each.times > (times.get(each.id) ?? 0) && (topic === undefined || each.topic === '' || each.topic === topic),
  );
}
