/** /debug/inflight: what waits, where, for how long, for whom; for programs and for people. */
import type { InflightOperation } from '../telemetry/trace/inflight';

export interface Inflight {
  readonly total: number;
  readonly operations: readonly InflightOperation[];
}

/** Times in ms. Attributes carry topic, partition, offset, client, group, stream counters and channel state by their span names. */
export function inflightJson(inflight: Inflight): string {
  return JSON.stringify({
    total: inflight.total,
    shown: inflight.operations.length,
    overdue: inflight.operations.filter((each) => each.overdueMs > 0).length,
    operations: inflight.operations.map(({ attributes, ...operation }) => ({
      ...operation,
      topic: attributes['messaging.destination.name'],
      partition: attributes['messaging.destination.partition.id'],
      offset: attributes['kafka.offset'],
      client: attributes['messaging.client.id'],
      group: attributes['messaging.consumer.group.name'],
      stream: streamCounters(attributes),
      channelState: attributes['seaglass.engine.channel_state'],
      attributes,
    })),
  });
}

const COLUMNS = [
  'AGE',
  'BUDGET',
  'OVERDUE',
  'PATH',
  'TOPIC-PARTITION@OFFSET',
  'CLIENT',
  'GROUP',
  'CHANNEL',
  'STREAM',
  'TRACE',
];

/** One line for each operation that waits itself; those that wait for a child are told by its line. */
export function inflightText(inflight: Inflight): string {
  const waiting = inflight.operations.filter((each) => each.waiting);
  const rows = waiting.map((each) => [
    seconds(each.ageMs),
    seconds(each.budgetMs),
    each.overdueMs > 0 ? seconds(each.overdueMs) : '-',
    each.path,
    place(each.attributes),
    String(each.attributes['messaging.client.id'] ?? '-'),
    String(each.attributes['messaging.consumer.group.name'] ?? '-'),
    String(each.attributes['seaglass.engine.channel_state'] ?? '-'),
    Object.entries(streamCounters(each.attributes))
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(' ') || '-',
    each.traceId,
  ]);
  const widths = COLUMNS.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const lines = [COLUMNS, ...rows].map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [`${inflight.total} operations in flight, ${waiting.length} of them waiting`, '', ...lines].join('\n');
}

type Attributes = InflightOperation['attributes'];

function place(attributes: Attributes): string {
  const topic = attributes['messaging.destination.name'];
  if (topic === undefined) return '-';
  const partition = attributes['messaging.destination.partition.id'] ?? '?';
  const offset = attributes['kafka.offset'];
  return `${String(topic)}-${String(partition)}${offset === undefined ? '' : `@${String(offset)}`}`;
}

const STREAM_PREFIX = 'seaglass.stream.';

function streamCounters(attributes: Attributes): Readonly<Record<string, unknown>> {
  const own = Object.entries(attributes).filter(([name]) => name.startsWith(STREAM_PREFIX));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(STREAM_PREFIX.length), value]));
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)}s`;
}
