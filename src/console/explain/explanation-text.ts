/** An explanation for people, in lines of plain text. */
import type { ReadRow } from '../../audit/read-history';
import type { AskedAndGiven } from './asked-and-given';
import type { ClientSays } from './client-says';
import type { Explanation, ShownIncident } from './explanation';
import type { WaitedToo } from './waited-too';
import type { WaterfallRow } from './waterfall';
import { count, duration, instant, span, who } from './words';

const BAR_WIDTH = 40;
const NAME_WIDTH = 46;

export function explanationText(explanation: Explanation): string {
  const { asked, before, waitedToo, incidents, link, client } = explanation;
  const sections = [
    headLines(explanation),
    section('Waterfall', waterfallLines(explanation)),
    section('Asked and given', asked.map(askedLine)),
    section(`What ${client === '' ? 'this client' : client} asked of these offsets until then`, before.map(readLine)),
    ...waitedToo.map((each) => section(waitedTitle(each), waitedLines(each))),
    section(
      `What ${client} says of itself`,
      explanation.clientSays.map((said) => saidLine(said, explanation)),
    ),
    section('Incidents', incidents.map(incidentLine)),
    link === undefined ? [] : ['', `  ${link}`],
  ];
  return sections.flat().join('\n');
}

function headLines({ name, client, group, open, durationMs, busyMs, beganMs, ...rest }: Explanation): string[] {
  const { traceId, reason, error, spent } = rest;
  const took = open ? `in flight for ${duration(durationMs)}` : `took ${duration(durationMs)}`;
  const idle = durationMs - busyMs > 1 ? `, ${duration(durationMs - busyMs)} of it idle as the client asked` : '';
  const where = spent.slice(0, 3).map(({ ms, phase, target, place }) => {
    const at = target === '' ? '' : ` at ${target}`;
    return `${duration(ms)} in ${phase}${at}${place === '' ? '' : ` for ${place}`}`;
  });
  return [
    `${name}${who(client, group)} ${took}${idle}`,
    `  trace ${traceId}, began ${instant(beganMs)}${reason === undefined ? '' : `, kept because: ${reason}`}`,
    ...(error === undefined ? [] : [`  error: ${error}`]),
    `  Where the time went: ${where.length === 0 ? 'nowhere for long' : where.join('; ')}`,
  ];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', `  ${title}`, ...lines.map((line) => `    ${line}`)];

function waterfallLines({ waterfall, durationMs }: Explanation): string[] {
  return waterfall.map((row) => {
    const label = `${'  '.repeat(row.depth)}${row.name}`.slice(0, NAME_WIDTH).padEnd(NAME_WIDTH);
    return `${label} ${duration(row.durationMs).padStart(9)} |${bar(row, durationMs)}|${noteOf(row)}`;
  });
}

function bar({ startMs, durationMs, open }: WaterfallRow, allMs: number): string {
  const scale = (ms: number): number => (allMs <= 0 ? 0 : Math.round((ms / allMs) * BAR_WIDTH));
  const from = Math.min(scale(startMs), BAR_WIDTH - 1);
  const length = Math.max(1, Math.min(scale(startMs + durationMs), BAR_WIDTH) - from);
  const drawn = open ? `${'#'.repeat(length - 1)}>` : '#'.repeat(length);
  return `${' '.repeat(from)}${drawn}`.padEnd(BAR_WIDTH);
}

function noteOf({ open, outcome, target, error, depth, place, waitsFor }: WaterfallRow): string {
  const state = open ? 'in flight' : ['ok', 'data'].includes(outcome) ? '' : outcome;
  const at = depth > 1 || target !== '' ? target : place;
  const notes = [state, at, waitsFor, error ?? ''].filter((each) => each !== '');
  return notes.length === 0 ? '' : ` ${notes.join(', ')}`;
}

function askedLine(part: AskedAndGiven): string {
  const { partition, kind, offset, records, valueBytes, highWatermark, mode, session, sessionPosition } = part;
  const values = valueBytes === undefined ? '' : ` (${count(valueBytes, 'byte')} of values)`;
  const given = records === 0 ? 'was given no record' : `was given ${count(records, 'record')}${values}`;
  const how = mode === '' ? '' : `, session mode ${mode}`;
  const stands = sessionPosition === undefined ? '' : ` (session ${session} stood at ${sessionPosition})`;
  const end = highWatermark === undefined ? '' : `, high watermark ${highWatermark}`;
  const failed = part.error === undefined ? '' : `: ${part.error}`;
  const state = ['ok', 'data', 'idle_timeout', ''].includes(part.outcome) ? '' : `; ${part.outcome}${failed}`;
  if (kind === 'append') {
    const became = offset === undefined ? ', no offset given so far' : ` appended at ${offset}`;
    return `${partition}: ${count(records, 'record')}${became}${state}`;
  }
  return `${partition}: asked from ${offset ?? 'an offset not known'}, ${given}${end}${how}${stands}${state}`;
}

/** Milliseconds, by Kafka's names, that are no latency of a request. */
const IS_TIME = /\b(?:queue|throttle)\.time\b/;

/** Beside the time that the gateway took, where it is a latency. */
function saidLine(
  { instanceId, metric, node, value, pushedMs }: ClientSays,
  { durationMs, open }: Explanation,
): string {
  const of = node === '' ? '' : ` of node ${node}`;
  const told = `(told ${instant(pushedMs)} by instance ${instanceId})`;
  if (IS_TIME.test(metric)) return `${metric}${of}: ${duration(value)} ${told}`;
  if (!metric.includes('latency')) return `${metric}${of}: ${Number(value.toFixed(3))} ${told}`;
  const here = open
    ? `this one is in flight for ${duration(durationMs)}`
    : `this one was served in ${duration(durationMs)}`;
  return `${metric}${of}: ${duration(value)} ${told}; ${here}`;
}

/** Also of journeys. */
export function readLine(row: ReadRow): string {
  const { topic, partition, offset, nextOffset, records, times, highWatermark, error } = row;
  const often = times === 1 ? '' : `, ${count(times, 'fetch', 'fetches')}`;
  const given =
    error !== 'NONE'
      ? `told ${error}`
      : nextOffset > offset
        ? `given ${offset}..${nextOffset - 1} (${count(records, 'record')})`
        : 'given no record';
  const end = highWatermark < 0 ? '' : `, high watermark ${highWatermark}`;
  return `${span(row.firstMs, row.lastMs)}  ${topic}-${partition} asked from ${offset}: ${given}${often}${end}`;
}

const waitedTitle = ({ target, total, clients }: WaitedToo): string =>
  `What else waited for ${target} then: ${count(total, 'trace')}${clients.length === 0 ? '' : ` of ${clients.join(', ')}`}`;

const waitedLines = ({ longest }: WaitedToo): string[] =>
  longest.map(
    ({ ms, name, phase, place, client, group, open, traceId }) =>
      `${duration(ms).padStart(9)}  ${name}, ${phase}${place === '' ? '' : ` ${place}`}${who(client, group)}${open ? ', in flight' : ''}  ${traceId}`,
  );

function incidentLine({ kind, sinceMs, endedMs, sentence, related }: ShownIncident): string {
  const when = endedMs === undefined ? `open since ${instant(sinceMs)}` : `${instant(sinceMs)}..${instant(endedMs)}`;
  return `${related ? '' : '(at the same time) '}${kind}, ${when}: ${sentence}`;
}
