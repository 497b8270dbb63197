/** A journey for people, in lines of plain text. */
import type { WriteRow } from '../../audit/write-history';
import { readLine } from './explanation-text';
import type { Delivery, Journey, WriterTrace } from './journey';
import type { StoredAt } from './stored-record';
import { count, instant, span, who } from './words';

export function journeyText(journey: Journey): string {
  const { topic, partition, offset, written, writers, stored, deliveries, rememberedSinceMs } = journey;
  const since = `since its start at ${instant(rememberedSinceMs)}`;
  return [
    `${topic}-${partition}@${offset}`,
    '',
    '  Produced',
    ...(written.length === 0 ? [`    by nobody whom this gateway remembers (${since})`] : written.map(writtenLine)),
    ...writers.map(writerLine),
    '',
    `  Stored (engine ${journey.engine})`,
    ...storedLines(stored, journey.ackMeaning),
    '',
    '  Delivered',
    ...(deliveries.length === 0
      ? [`    to nobody whom this gateway remembers (${since})`]
      : deliveries.map(deliveryLine)),
  ].join('\n');
}

function writtenLine(row: WriteRow): string {
  const { client, address, baseOffset, lastOffset, times, firstMs, lastMs } = row;
  const batches = times === 1 ? 'one batch' : `${times} batches`;
  return `    acked ${span(firstMs, lastMs)}, by ${named(client)} at ${address}, in ${batches} of offsets ${baseOffset}..${lastOffset}`;
}

const named = (client: string): string => (client === '' ? 'a client without an id' : `client ${client}`);

const writerLine = ({ traceId, client, link }: WriterTrace): string =>
  `    trace ${traceId}${who(client, '')}${link === undefined ? '' : `  ${link}`}`;

function storedLines(stored: StoredAt, ackMeaning: string): string[] {
  const range =
    stored.range === undefined
      ? []
      : [`    the log holds ${stored.range.logStartOffset}..${stored.range.highWatermark - 1}`];
  if (stored.state !== 'stored') return [...range, `    ${stored.state}: ${stored.why}`];
  const { kind, valueBytes, keyBytes, headers, timestampMs, codec } = stored.record;
  const value = kind === 'present' ? `a value of ${count(valueBytes, 'byte')}` : VALUES[kind];
  const key = keyBytes < 0 ? 'no key' : `a key of ${count(keyBytes, 'byte')}`;
  return [
    ...range,
    `    readable now: ${value}, ${key}, ${count(headers, 'header')}, timestamp ${timeOf(timestampMs)}, compression ${codec}`,
    `    an ack means: ${ackMeaning}`,
  ];
}

const VALUES = {
  empty: 'an empty value (0 bytes)',
  null: 'a null value (a tombstone on a compacted topic)',
  control: 'a control record',
  present: '',
} as const;

/** A client may write any 64 bits. */
function timeOf(text: string): string {
  const ms = Number(text);
  return ms > 0 && ms < 8.64e15 ? instant(ms) : text;
}

function deliveryLine(delivery: Delivery): string {
  const { client, address, groups, traceIds } = delivery;
  const traces = traceIds.length === 0 ? '' : `; trace ${traceIds.join(', ')}`;
  return `    ${named(client)} at ${address}${who('', groups.join(' '))}  ${readLine(delivery)}${traces}`;
}
