/** A journey for people, in lines of plain text. */
import type { FoundProof } from '../../audit/proofs';
import type { ValueProof } from '../../audit/verdict';
import type { VerdictEntry } from '../../audit/verdict-history';
import type { WriteRow } from '../../audit/write-history';
import { readLine } from './explanation-text';
import type { Delivery, Journey, WriterTrace } from './journey';
import type { StoredAt } from './stored-record';
import { count, instant, span, who } from './words';

export function journeyText(journey: Journey): string {
  const { topic, partition, offset, written, writers, stored, deliveries, rememberedSinceMs } = journey;
  const { proof, verdicts } = journey;
  const since = `since its start at ${instant(rememberedSinceMs)}`;
  return [
    `${topic}-${partition}@${offset}`,
    '',
    '  Produced',
    ...(written.length === 0 ? [`    by nobody whom this gateway remembers (${since})`] : written.map(writtenLine)),
    ...writers.map(writerLine),
    ...(proof === undefined ? [] : [proofLine(proof)]),
    '',
    `  Stored (engine ${journey.engine})`,
    ...storedLines(stored, journey.ackMeaning),
    '',
    '  Delivered',
    ...(deliveries.length === 0
      ? [`    to nobody whom this gateway remembers (${since})`]
      : deliveries.map(deliveryLine)),
    '',
    '  Verdicts',
    ...(verdicts.length === 0 ? [`    ${withoutVerdict(journey)}`] : verdicts.map(verdictLine)),
  ].join('\n');
}

function proofLine({ from, origin, ...value }: FoundProof): string {
  const by = origin === undefined || origin.clientId === '' ? '' : ` by client ${origin.clientId}`;
  const trace = origin === undefined || origin.traceId === '' ? '' : `, trace ${origin.traceId}`;
  return `    proof (${from}): ${valueWords(value)} was produced${by}${trace}`;
}

/** Where no record lies none was judged, unless one was there before. */
function withoutVerdict({ stored, written, deliveries, proof }: Journey): string {
  const sound = 'never found other than it was produced';
  if (stored.state === 'stored') return `it was ${sound}`;
  if (stored.state === 'unreadable') return `it cannot be read now; before, it was ${sound}`;
  const wasThere = written.length > 0 || proof !== undefined || deliveries.some(({ given }) => given);
  if (wasThere || stored.place === 'before_start')
    return `no record lies there any more; while one did, it was ${sound}`;
  return stored.place === 'past_end'
    ? 'none: no record was written there yet'
    : 'none: no record lies there, and this gateway knows of none that did';
}

function verdictLine(entry: VerdictEntry): string {
  const { verdict, expected, got, times, firstMs, lastMs, consumer, traceId, repaired } = entry;
  const was = expected === undefined ? 'what was produced is not known' : `${valueWords(expected)} was produced`;
  const came = got === undefined ? 'what came cannot be told' : `${valueWords(got)} came`;
  const told = repaired ? 'the true bytes were given, from elsewhere' : 'the reader was told an error';
  return `    ${verdict}: ${was}, ${came}; ${told}; ${count(times, 'time')} ${span(firstMs, lastMs)}, last to ${named(consumer)}, trace ${traceId}`;
}

const valueWords = ({ length }: ValueProof): string =>
  length < 0 ? 'a null value' : `a value of ${count(length, 'byte')}`;

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
