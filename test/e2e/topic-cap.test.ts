/**
 * Goal: past the cap of topics the metrics name those in trouble, all that is known of them, as long as they are; and no panel shows what was
 * counted long ago as new. Method: a whole gateway on 203 topics whose clock can leap, clients over sockets, and what scrapes get, which
 * promtool is given as Prometheus would have stored it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { createFetchRequest } from '../../src/protocol/generated/fetch';
import { createProduceRequest } from '../../src/protocol/generated/produce';
import { concrete, queries } from '../support/dashboard';
import { FETCH, fetchRequest, type KafkaClient, PRODUCE, produceRequest } from '../support/kafka-client';
import { LeapingClock } from '../support/leaping-clock';
import { describeWithProgram } from '../support/outside-program';
import { AGREES, askPromtool, type InputSeries, PROMTOOL, SAMPLE_S } from '../support/promtool';
import { storeTopics } from '../support/stored-topics';
import { awaitTopic, get, samples, startWholeGateway, type WholeGateway } from './support';

const CAP = 200;
/** Longer than a trouble of values is held for. */
const CALM_MS = 310_000;
/** What the topic that is named first has moved by then. */
const [RECORDS, VALUE_BYTES] = [1_000, 1_000];
/** Before and behind the moment at which a name changes hands: longer than the range of a rate. */
const SCRAPES = 8;
/** Topics that one request is about: a node that makes each its log is not to be late for that. */
const AT_ONCE = 20;
const names = Array.from({ length: CAP + 3 }, (_, index) => `topic-${String(index)}`);
const [large = '', ...small] = names.slice(0, CAP);
const [late = '', later = '', last = ''] = names.slice(CAP);

const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
const clock = new LeapingClock();
let gateway: WholeGateway;
let client: KafkaClient;
const scraped: string[] = [];

beforeAll(async () => {
  storeTopics(data, names);
  gateway = await startWholeGateway({ flags: { data }, clock });
  client = await gateway.client('reader');
  await awaitTopic(client, large);
  await deliver([large], Array<Buffer>(RECORDS).fill(Buffer.alloc(VALUE_BYTES)));
  // Whoever is asked for has a name.
  await readTopics(small, new Map(), 0);
}, 120_000);
afterAll(async () => {
  await gateway.close();
  rmSync(data, { recursive: true, force: true });
});

/** Writes the values to each topic and reads them; a busy node is asked again, as clients do. */
async function deliver(topics: readonly string[], values: readonly (Buffer | null)[]): Promise<void> {
  for (let first = 0; first < topics.length; first += AT_ONCE) {
    const from = await write(topics.slice(first, first + AT_ONCE), values);
    for (let left = [...from.keys()]; left.length > 0;) {
      const read = await readTopics(left, from);
      left = left.filter((topic) => !read.has(topic));
    }
  }
}

/** Where each topic was written. */
async function write(
  topics: readonly string[],
  values: readonly (Buffer | null)[],
): Promise<ReadonlyMap<string, number>> {
  const batch = encodeBatch(values.map((value) => ({ timestamp: Date.now(), key: null, value })));
  const from = new Map<string, number>();
  while (from.size < topics.length) {
    const left = topics.filter((topic) => !from.has(topic));
    const topicData = left.flatMap((topic) => produceRequest(topic, batch).topicData);
    const request = createProduceRequest({ acks: -1, timeoutMs: 60_000, topicData });
    for (const { name, partitionResponses } of (await client.call(PRODUCE, request, 12)).responses) {
      const [answer] = partitionResponses;
      if (answer?.errorCode === ErrorCode.NONE) from.set(name, Number(answer.baseOffset));
    }
  }
  return from;
}

/** Those that gave records. */
async function readTopics(
  topics: readonly string[],
  from: ReadonlyMap<string, number>,
  maxWaitMs = 10_000,
): Promise<ReadonlySet<string>> {
  const asked = topics.flatMap((topic) => fetchRequest(topic, from.get(topic) ?? 0).topics);
  const request = createFetchRequest({ ...{ maxWaitMs, minBytes: 1, maxBytes: 8 * 1024 * 1024 }, topics: asked });
  const { responses } = await client.call(FETCH, request, 12);
  const given = responses.filter(({ partitions }) => (partitions[0]?.records?.length ?? 0) > 0);
  return new Set(given.map(({ topic }) => topic));
}

const scrape = async (): Promise<string> => (await get(`${gateway.console}/metrics`)).text;
const shownTopics = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^seaglass_value_bytes_total\{topic="([^"]+)"/gm)].map(([, topic = '']) => topic));

async function scrapeOften(): Promise<string> {
  for (let times = 0; times < SCRAPES; times++) scraped.push(await scrape());
  return scraped.at(-1) ?? '';
}

test('a topic in trouble takes the name of one that is not, with all that is said of a topic, and is one of the rest no more', async () => {
  await deliver([late], [Buffer.from('v')]);
  const before = await scrapeOften();
  expect(shownTopics(before).size).toBe(CAP + 1);
  expect(shownTopics(before).has(late)).toBe(false);
  await deliver([late], [null]);
  const after = await scrapeOften();
  expect(shownTopics(after).size).toBe(CAP + 1);
  expect(shownTopics(after).has(large)).toBe(false);
  const one = (name: string, labels: string) => samples(after, name).get(labels);
  expect(one('seaglass_record_values_total', `topic="${late}",kind="null",side="delivered"`)).toBe(1);
  expect(one('seaglass_topic_info', `topic="${late}",cleanup_policy="delete"`)).toBe(1);
  expect(one('seaglass_topic_empty_values_allowed', `topic="${late}"`)).toBe(0);
  expect(one('seaglass_offset_gaps_total', `topic="${late}"`)).toBe(0);
  expect(one('seaglass_engine_contradictions_total', `topic="${late}",kind="value_lost"`)).toBe(0);
  const rest = 'topic="_other",kind="present",side="delivered"';
  expect(one('seaglass_record_values_total', rest)).toBe(samples(before, 'seaglass_record_values_total').get(rest));
});

test('a topic whose trouble is over gives its name up, and another one in trouble has it', async () => {
  await deliver(small, [null]);
  await deliver([later], [null]);
  // All that have a name are in trouble.
  expect(shownTopics(await scrape()).has(later)).toBe(false);
  clock.leap(CALM_MS);
  await deliver([last], [null]);
  await deliver([later], [null]);
  const shown = shownTopics(await scrape());
  expect([shown.has(last), shown.has(later), shown.size]).toEqual([true, true, CAP + 1]);
}, 60_000);

describeWithProgram(...PROMTOOL)('promtool', () => {
  /** When the n-th scrape was. */
  const timeOf = (scrape: number): string => `${String((scrape - 1) * SAMPLE_S)}s`;
  const exprsOf = (title: string): readonly string[] =>
    queries.filter(({ panel }) => panel === title).map(({ expr }) => concrete(expr, { job: '.*', instance: '.*' }));
  const samplesOf = (value: number, labels = '{}') => [{ labels, value }];

  test.each([
    ['Bytes produced and fetched', 1_000],
    ['Value bytes, engine against delivered', 1_000],
    ['Values by kind', 1],
    ['Verdicts', 10],
  ])('%s shows nothing of what was counted under the name that is gone', (title, max) => {
    const told = exprsOf(title).flatMap((expr) =>
      scraped.slice(SCRAPES).map((_, since) => ({
        expr: `max(${expr}) < bool ${String(max)}`,
        evalTime: timeOf(SCRAPES + 1 + since),
        samples: samplesOf(1),
      })),
    );
    expect(told.length).toBeGreaterThan(0);
    expect(askPromtool(seriesOf(scraped), told)).toEqual(AGREES);
  });

  test('the null of the topic that was named for it is an increase', () => {
    const [expr = ''] = exprsOf('Unexpected values');
    const evalTime = timeOf(SCRAPES + 2);
    const samples = samplesOf(1, `{topic="${late}", kind="null"}`);
    expect(askPromtool(seriesOf(scraped), [{ expr: `(${expr}) > 0`, evalTime, samples }])).toEqual(AGREES);
  });
});

/** Scrapes as Prometheus stores them: a sample each, and a series that is not there any more is stale. Those that counted nothing are left out. */
function seriesOf(texts: readonly string[]): readonly InputSeries[] {
  const stored = new Map<string, string[]>();
  texts.forEach((text, at) => {
    for (const line of text.split('\n')) {
      const [, name = '', labels, value = ''] = /^(seaglass_\w+)(?:\{([^}]*)\})? ([^ ]+)/.exec(line) ?? [];
      if (!/_connections$|_(bytes|values|verdicts)_total$/.test(name)) continue;
      const own = [...(labels === undefined ? [] : [labels]), 'job="seaglass"', 'instance="one"'].join(',');
      const values = stored.get(`${name}{${own}}`) ?? Array<string>(at).fill('_');
      stored.set(`${name}{${own}}`, [...values, value]);
    }
    for (const values of stored.values()) if (values.length === at) values.push(values[at - 1] === '_' ? '_' : 'stale');
  });
  const counting = [...stored].filter(
    ([name, values]) => name.includes('_connections') || values.some((value) => Number(value) > 0),
  );
  return counting.map(([series, values]) => ({
    series,
    values: values.join(' ').replaceAll('stale stale', 'stale _'),
  }));
}
