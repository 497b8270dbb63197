/**
 * Goal: every instrument counts what it says, cardinality is bounded, nothing leaks, names are the current ones.
 * Method: telemetry without an exporter; the registry's own snapshots.
 */
import * as semantic from '@opentelemetry/semantic-conventions';
import * as incubating from '@opentelemetry/semantic-conventions/incubating';
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { ValueLedger } from '../../src/audit/value-ledger';
import { NO_VERDICTS } from '../../src/audit/verdict';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { exposition } from '../../src/telemetry/metrics/exposition';
import { INSTRUMENTS } from '../../src/telemetry/metrics/instruments';

import type { Outcome } from '../../src/telemetry/trace/operation';
import type { OperationName } from '../../src/telemetry/trace/operations';
import { READER_IDLE_MS } from '../../src/audit/stuck-offsets';
import { EMPTY_CENSUS, toOffset, toPartitionId, type Census } from '../../src/types';
import { ManualClock } from '../support/manual-clock';
import { MemorySink } from '../support/memory-sink';

const open = () => {
  const clock = new ManualClock();
  const sink = new MemorySink();
  const telemetry = createTelemetry({ clock, sink, keep: { firstPerSecond: 0, baseRate: 0 } });
  const values = new ValueLedger({ ...telemetry, clock });
  return { ...telemetry, values, clock, sink, phasesOf: telemetry.operations.phases };
};
const census = (part: Partial<Census>): Census => ({ ...EMPTY_CENSUS, ...part });
const partition = toPartitionId(0);
/** As of a topic that does not compact. */
const DELETES = { cleanupPolicy: 'delete', nullAllowed: false, emptyAllowed: false };

test('started minus finished is in flight, per phase, whatever ends how and in which order', () => {
  const { operations, instruments, phasesOf } = open();
  const outcomes: readonly Outcome[] = ['ok', 'data', 'cancelled', 'error', 'deadline'];
  const names: readonly OperationName[] = ['decode', 'poll', 'stream.recv', 'long_poll'];
  const left = [];
  for (let index = 0; index < 2_000; index++) {
    const root = operations.root('request', { spanName: 'Fetch' });
    const child = root.child(names[index % names.length] ?? 'decode');
    if (index % 7 === 0) left.push(child);
    else child.end(outcomes[index % outcomes.length]);
    child.end();
    root.end();
  }
  for (const phase of phasesOf) {
    const started = instruments.value('seaglass_phase_started_total', { phase: phase.name }) ?? 0;
    const finished = [...instruments.histograms('seaglass_phase_duration_seconds').entries()]
      .filter((entry) => entry.labels['phase'] === phase.name)
      .reduce((sum, entry) => sum + entry.series.count, 0);
    expect(started - finished).toBe(instruments.value('seaglass_inflight', { phase: phase.name }));
  }
  expect(left.every((child) => child.ended)).toBe(true);
});

test('a million fetches with ten thousand cancels leave nothing in flight and a flat heap', () => {
  const script = join(__dirname, 'million-fetches.ts');
  const register = join(__dirname, '..', 'support', 'register.cjs');
  const output = execFileSync(process.execPath, ['--expose-gc', '-r', register, script], { encoding: 'utf8' });
  const { inflight, cancelled, heapGrowthBytes } = JSON.parse(output) as Record<string, number>;
  expect({ inflight, cancelled }).toEqual({ inflight: 0, cancelled: 10_000 });
  expect(heapGrowthBytes).toBeLessThan(4 * 1024 * 1024);
}, 120_000);

test('5,000 topics and 500 clients make at most 200 topics and one for the rest', async () => {
  const { operations, instruments, values } = open();
  for (let index = 0; index < 5_000; index++) {
    const topic = `topic-${String(index)}`;
    values.topicSeen(topic, DELETES);
    const root = operations.root('request', {
      spanName: 'Fetch',
      attributes: { 'messaging.client.id': `client-${String(index % 500)}` },
    });
    const poll = root.child('poll', { spanName: `poll ${topic}` });
    const one = census({ records: 1, valueBytes: 10 });
    const at = {
      topic,
      partition,
      askedOffset: toOffset(0),
      firstOffset: toOffset(0),
      gapAllowed: false,
      expected: DELETES,
      verdicts: NO_VERDICTS,
    };
    values.delivered({ ...at, engine: one, delivered: one }, poll);
    poll.end('data');
    root.end('data');
  }
  const text = exposition(await instruments.snapshots(), 'text');
  const topics = new Set([...text.matchAll(/topic="([^"]+)"/g)].map(([, topic]) => topic));
  expect(topics.size).toBe(201);
  expect(topics).toContain('_other');
  expect(text).not.toContain('client-');
  expect(text.split('\n').length).toBeLessThan(6_000);
  const bytes = [...instruments.numbers('seaglass_value_bytes_total').entries()];
  const delivered = bytes.filter((entry) => entry.labels['side'] === 'delivered');
  expect(delivered.reduce((sum, entry) => sum + entry.series.value, 0)).toBe(50_000);
});

/** The series of a family by their labels' values. */
const shownOf = (instruments: ReturnType<typeof open>['instruments'], name: string) =>
  new Map(
    [...instruments.numbers(name).entries()].map(({ labels, series }) => [
      Object.values(labels).join(' '),
      series.value,
    ]),
  );

test('past the cap a topic in trouble takes the place of one that is not, whose counts nobody goes on with', () => {
  const { operations, instruments, values } = open();
  const deliver = (topic: string, part: Partial<Census>): void => {
    values.topicSeen(topic, DELETES);
    const one = census({ records: 1, valueBytes: 10, ...part });
    const at = {
      topic,
      partition,
      askedOffset: toOffset(0),
      firstOffset: toOffset(0),
      gapAllowed: false,
      expected: DELETES,
      verdicts: NO_VERDICTS,
    };
    values.delivered({ ...at, engine: one, delivered: one }, operations.root('request'));
  };
  for (let index = 0; index < 200; index++) deliver(`calm-${index}`, {});
  deliver('late', {});
  expect(shownOf(instruments, 'seaglass_record_values_total').has('late null delivered')).toBe(false);
  deliver('late', { nulls: 1 });
  const shown = shownOf(instruments, 'seaglass_record_values_total');
  expect(shown.get('late null delivered')).toBe(1);
  // The first of the calm ones gave its name up; the rest is what the late one was counted as before.
  expect(shown.has('calm-0 present delivered')).toBe(false);
  expect(shown.get('_other present delivered')).toBe(1);
  // Of many topics together nobody can say which policy they have.
  expect([...shownOf(instruments, 'seaglass_topic_info').keys()].filter((key) => key.startsWith('_other'))).toEqual([]);
  for (let index = 0; index < 250; index++) deliver(`bad-${index}`, { nulls: 1 });
  const topics = new Set(
    [...shownOf(instruments, 'seaglass_value_bytes_total').keys()].map((key) => key.split(' ')[0]),
  );
  expect(topics.size).toBe(201);
  expect(topics).toContain('late');
});

test('the series of a topic that is deleted end, and begin at 0 where it is made again', async () => {
  const { operations, instruments, values, incidents } = open();
  const see = (topic: string) => values.topicSeen(topic, DELETES);
  const one = census({ records: 1, nulls: 1 });
  for (const topic of ['gone', 'kept']) {
    see(topic);
    const at = {
      topic,
      partition,
      askedOffset: toOffset(0),
      firstOffset: toOffset(0),
      gapAllowed: false,
      expected: DELETES,
      verdicts: NO_VERDICTS,
    };
    values.delivered({ ...at, engine: one, delivered: one }, operations.root('request'));
    for (let times = 0; times < 6; times++)
      values.asked(
        { ...at, connection: 'c', client: 'c', offset: toOffset(1), dataAvailable: true },
        operations.root('poll'),
      );
  }
  expect(incidents.isOpen('unexpected_null', 'gone')).toBe(true);
  instruments.topicEnded('gone');
  const naming = async (topic: string) =>
    exposition(await instruments.snapshots(), 'text')
      .split('\n')
      .filter((line) => line.includes(`topic="${topic}"`));
  expect(await naming('gone')).toEqual([]);
  expect(await naming('kept')).not.toEqual([]);
  see('gone');
  expect(shownOf(instruments, 'seaglass_record_values_total').get('gone null delivered')).toBe(0);
});

test('what nobody announced is an incident of its topic until none was seen for five minutes', () => {
  const { operations, instruments, values, incidents, clock } = open();
  const at = {
    partition,
    askedOffset: toOffset(5),
    firstOffset: toOffset(5),
    gapAllowed: false,
    expected: DELETES,
    verdicts: NO_VERDICTS,
  };
  const one = census({ records: 2, nulls: 1, empties: 1 });
  for (const [topic, cleanupPolicy] of [
    ['plain', 'delete'],
    ['table', 'compact'],
  ] as const) {
    const compacts = cleanupPolicy === 'compact';
    const expected = { cleanupPolicy, nullAllowed: compacts, emptyAllowed: compacts };
    values.topicSeen(topic, expected);
    values.delivered({ ...at, topic, expected, engine: one, delivered: one }, operations.root('request'));
  }
  const shown = () => incidents.current().map(({ kind, target }) => `${kind} ${target}`);
  expect(shown()).toEqual(['unexpected_empty plain', 'unexpected_null plain']);
  expect(incidents.current()[1]?.evidence).toBe('gave a reader 1 nulls (plain-0 from offset 5)');
  clock.advance(299_000);
  expect(shown()).toHaveLength(2);
  clock.advance(2_000);
  expect(shown()).toEqual([]);
  expect(instruments.value('seaglass_incidents_total', { kind: 'unexpected_null' })).toBe(1);
});

test('what can go wrong is there at 0 before it does', () => {
  const { operations, instruments } = open();
  const root = operations.root('request', { spanName: 'Fetch' });
  root.end('data');
  for (const outcome of ['error', 'engine_error', 'deadline'])
    expect(instruments.value('seaglass_request_duration_seconds', { api: 'Fetch', outcome })).toBe(0);
  expect(instruments.value('seaglass_traces_total', { keep_reason: 'mismatch' })).toBe(0);
});

test('names from clients are escaped in labels, so that no line of the exposition can be forged', async () => {
  const { instruments } = open();
  instruments.add('seaglass_fetched_bytes_total', { topic: 'a"} 1\nseaglass_connections 99\n\\' }, 1);
  const text = exposition(await instruments.snapshots(), 'openmetrics');
  expect(text).not.toMatch(/^seaglass_connections 99/m);
  expect(text.endsWith('# EOF\n')).toBe(true);
});

test('values are counted on both sides by kind; a topic starts at zero', () => {
  const { operations, instruments, values, sink } = open();
  values.topicSeen('t', DELETES);
  const read = (kind: string, side: string) =>
    instruments.value('seaglass_record_values_total', { topic: 't', kind, side });
  expect(read('mismatch', 'delivered')).toBe(0);
  const root = operations.root('request', { spanName: 'Fetch' });
  const engine = census({ records: 6, nulls: 1, empties: 2, controls: 1, valueBytes: 622 });
  const at = {
    topic: 't',
    partition,
    askedOffset: toOffset(7),
    firstOffset: toOffset(7),
    gapAllowed: false,
    expected: DELETES,
    verdicts: NO_VERDICTS,
  };
  values.delivered({ ...at, engine, delivered: engine }, root);
  expect([
    read('present', 'engine'),
    read('null', 'engine'),
    read('empty', 'delivered'),
    read('control', 'delivered'),
  ]).toEqual([2, 1, 2, 1]);
  expect(read('mismatch', 'delivered')).toBe(0);
  root.end();
  expect(sink.spans[0]?.attributes).toMatchObject({
    'seaglass.keep_reason': 'empty_value',
    'seaglass.bytes.delivered': 622,
  });
});

test('511 bytes sent and none seen is a mismatch: its trace kept, its counter led to it, and an incident', () => {
  const { operations, instruments, incidents, values, sink } = open();
  const root = operations.root('request', { spanName: 'Fetch' });
  const at = {
    topic: 't',
    partition,
    askedOffset: toOffset(1),
    firstOffset: toOffset(1),
    gapAllowed: false,
    expected: DELETES,
    verdicts: NO_VERDICTS,
  };
  values.delivered(
    { ...at, engine: census({ records: 1, valueBytes: 511 }), delivered: census({ records: 1, empties: 1 }) },
    root,
  );
  root.end();
  expect(incidents.isOpen('values_differ', 't')).toBe(true);
  expect(instruments.value('seaglass_record_values_total', { topic: 't', kind: 'mismatch', side: 'delivered' })).toBe(
    1,
  );
  expect(sink.spans[0]?.attributes['seaglass.keep_reason']).toBe('mismatch');
  const [entry] = [...instruments.numbers('seaglass_record_values_total').entries()].filter(
    (each) => each.labels['kind'] === 'mismatch',
  );
  expect(entry?.series.exemplar).toMatchObject({ traceId: root.traceId });
});

test('a later first offset is a gap unless a hole is explained', () => {
  const { operations, instruments, values } = open();
  const one = census({ records: 1, valueBytes: 1 });
  for (const gapAllowed of [true, false]) {
    const at = {
      topic: 't',
      partition,
      askedOffset: toOffset(1),
      firstOffset: toOffset(3),
      gapAllowed,
      expected: DELETES,
      verdicts: NO_VERDICTS,
    };
    values.delivered({ ...at, engine: one, delivered: one }, operations.root('request'));
  }
  expect(instruments.value('seaglass_offset_gaps_total', { topic: 't' })).toBe(1);
});

test('an offset asked five times with data there is stuck, and free again once its reader goes on', () => {
  const { operations, instruments, values } = open();
  const root = operations.root('request');
  const ask = (offset: number, dataAvailable = true): void =>
    values.asked(
      { topic: 't', partition, connection: 'c', client: 'c', offset: toOffset(offset), dataAvailable },
      root,
    );
  const stuck = () => instruments.value('seaglass_stuck_offsets', { topic: 't' });
  for (let times = 0; times < 20; times++) ask(9, false);
  [0, 1, 1, 1, 1].forEach((offset) => ask(offset));
  expect(stuck() ?? 0).toBe(0);
  ask(1);
  expect(stuck()).toBe(1);
  expect(root.kept).toBe(true);
  ask(2);
  expect(stuck()).toBe(0);
});

test('a stuck reader is forgotten with its connection, and after a minute in which it did not ask', () => {
  const { clock, operations, instruments, values } = open();
  const stuck = () => instruments.value('seaglass_stuck_offsets', { topic: 't' });
  const ask = (connection: string, times: number): void => {
    for (let left = times; left > 0; left--)
      values.asked(
        { topic: 't', partition, connection, client: 'c', offset: toOffset(1), dataAvailable: true },
        operations.root('poll'),
      );
  };
  ask('a', 5);
  ask('b', 5);
  expect(stuck()).toBe(2);
  values.closed('a');
  expect(stuck()).toBe(1);
  clock.advance(READER_IDLE_MS);
  expect(stuck()).toBe(0);
  ask('b', 4);
  expect(stuck()).toBe(0);
  ask('b', 1);
  expect(stuck()).toBe(1);
});

describe('names of OpenTelemetry are current ones:', () => {
  const known = new Set<string>(
    [...Object.values(semantic), ...Object.values(incubating)].filter((value) => typeof value === 'string'),
  );
  const deprecated = deprecatedNames();

  test('the types say what is deprecated', () => {
    expect(deprecated.size).toBeGreaterThan(100);
    for (const name of ['rpc.system', 'rpc.client.duration', 'messaging.operation']) expect(deprecated).toContain(name);
  });

  test('attributes, and what the SDK tells of itself', () => {
    const prefixes = 'messaging|rpc|error|server|client|network|service|event|otel';
    const pattern = `'(${prefixes})\\.[a-z_.]+'`;
    const source = join(__dirname, '..', '..', 'src');
    const found = execFileSync('grep', ['-rhoE', pattern, source, '--include=*.ts'], { encoding: 'utf8' });
    const used = new Set(found.match(/[^'\n]+/g));
    expect([...used].filter((name) => !known.has(name))).toEqual([]);
    // A field of the printed lines, which have no other place for it; over OTLP it is the record's EventName.
    expect([...used].filter((name) => deprecated.has(name))).toEqual(['event.name']);
  });

  test('metrics and their labels', () => {
    const shown = (name: string) => name.replaceAll('.', '_');
    const current = [...known].filter((name) => !deprecated.has(name));
    const metrics = new Set(current.map((name) => `${shown(name)}_seconds`));
    const labels = new Set(current.map(shown));
    const declared = Object.entries(INSTRUMENTS).filter(([name]) => !name.startsWith('seaglass_'));
    expect(declared.map(([name]) => name)).toEqual([
      'rpc_client_call_duration_seconds',
      'messaging_client_operation_duration_seconds',
    ]);
    for (const [name, instrument] of declared) {
      expect(metrics).toContain(name);
      expect(instrument.labels.filter((label) => !labels.has(label))).toEqual([]);
    }
  });
});

/** Attributes and metrics that the package's types mark as deprecated, stable ones included. */
function deprecatedNames(): ReadonlySet<string> {
  const directory = dirname(require.resolve('@opentelemetry/semantic-conventions/incubating'));
  const names = new Set<string>();
  for (const kind of ['stable_attributes', 'experimental_attributes', 'stable_metrics', 'experimental_metrics']) {
    const types = readFileSync(join(directory, `${kind}.d.cts`), 'utf8');
    const declared = types.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*declare const \w+: "([^"]+)"/g);
    for (const [, comment, name] of declared)
      if (comment?.includes('@deprecated') === true && name !== undefined) names.add(name);
  }
  return names;
}
