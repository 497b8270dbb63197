/**
 * Goal: no panel is dead and no instrument is dumb: on a running gateway every query of the dashboard returns numbers, every declared
 * instrument has series, and what only a fault counts stands at 0. Method: dist/main.js in a child process under a client's traffic
 * (values present, empty, null and tombstones, long polls, a group, requests that are refused, a client that does not read, others that sign in, are
 * denied, throttled and kept waiting), which a real Prometheus scrapes beside itself; one drill loses a value, and at the end the gateway begins anew.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { initCompression } from '../../src/protocol/compression/compression';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { createListOffsetsRequest } from '../../src/protocol/generated/list-offsets';
import { INSTRUMENTS } from '../../src/telemetry/metrics/instruments';
import { withoutNone } from '../dashboards/panels';
import { post } from '../drills/support';
import { allChosen, type Chosen, concrete, dashboards, queries } from '../support/dashboard';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process';
import { GroupMember } from '../support/group-member';
import { FETCH, fetchRequest, KafkaClient, LIST_OFFSETS } from '../support/kafka-client';
import { describeWhere, describeWithProgram, findProgram } from '../support/outside-program';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { type Prometheus, type Sample, startPrometheus } from '../support/prometheus';
import { Doors } from './doors';
import { awaitTopic, batchOf, createTopic, deleteRecords, exportTo, get, samples } from './support';

const LONG_POLL_MS = 300;
/** More than the buffers of both sockets hold. */
const UNREAD_BYTES = 40 * 1024 * 1024;
const UNREAD_VALUE_BYTES = 1_000_000;
/** The last one that names topics. */
const FETCH_VERSION = 12;
/** Longer than the range of a rate: until then a count that came out of nothing is new. */
const NEW_S = 60;
const canSpeakTls = findProgram('openssl', 'SEAGLASS_TEST_OPENSSL') !== undefined;
const prometheusProgram = findProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS');
const closing: (() => unknown)[] = [];

let receiver: OtlpReceiver;
let gateway: GatewayProcess;
let client: KafkaClient;
let doors: Doors | undefined;
/** /metrics while a client did not read its answer. */
let whileStalled: string;

const clientOf = async (clientId: string): Promise<KafkaClient> => {
  const made = await KafkaClient.connect(Number(/:(\d+)/.exec(gateway.bootstrap)?.[1]), clientId);
  closing.push(() => made.close());
  return made;
};
const metrics = async (): Promise<string> => (await get(`${gateway.console}/metrics`)).text;

beforeAll(async () => {
  await initCompression();
  receiver = await OtlpReceiver.start();
  closing.push(() => receiver.close());
  doors = canSpeakTls ? await Doors.make() : undefined;
  const flags = ['--groups-initial-rebalance-delay-ms', '0', '--drills-enabled', 'true', ...(doors?.flags ?? [])];
  gateway = await startGatewayProcess({ environment: exportTo(receiver), flags });
  closing.push(
    () => doors?.remove(),
    () => gateway.stop(),
  );
  await doors?.stand(gateway);
  client = await clientOf('orders-service');
  for (const topic of ['orders', 'backlog', 'trimmed', 'damaged']) await awaitTopic(client, topic);
  const compacted = { 'cleanup.policy': 'compact', 'seaglass.empty.values': 'allow' };
  expect(await createTopic(client, 'customers', compacted)).toBe(ErrorCode.NONE);
}, 180_000);

afterAll(async () => {
  for (const close of closing.reverse()) await close();
}, 180_000);

/** One of everything that a client does or suffers. */
async function traffic(): Promise<void> {
  const record = (key: string, value: string | null) => ({
    timestamp: Date.now(),
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  });
  for (const topic of ['orders', 'customers']) {
    const sent = encodeBatch([record('a', 'present'), record('b', ''), record('c', null)]);
    const { errorCode, baseOffset } = await client.produce(topic, sent);
    expect(errorCode).toBe(ErrorCode.NONE);
    const end = Number(baseOffset) + 3;
    for (let offset = 0; offset < end; offset++)
      expect((await client.fetch(topic, offset)).records.length).toBeGreaterThan(0);
    // A long poll that ends empty, and one that records wake.
    expect((await client.fetch(topic, end, { maxWaitMs: LONG_POLL_MS })).records).toHaveLength(0);
    const reader = await clientOf('reader');
    const woken = reader.fetch(topic, end, { maxWaitMs: 10_000 });
    const waking = await client.produce(topic, encodeBatch([record('a', 'wakes the reader')]));
    expect(waking.errorCode).toBe(ErrorCode.NONE);
    expect((await woken).records.length).toBeGreaterThan(0);
    expect((await client.fetch(topic, 1_000_000)).partition.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
    await reader.close();
  }
  const corrupt = Buffer.from(batchOf('corrupt'));
  corrupt.writeUInt32BE(1, 17);
  expect((await client.produce('orders', corrupt)).errorCode).toBe(ErrorCode.CORRUPT_MESSAGE);
  await awaitTopic(client, 'orders');
  expect((await client.produce('trimmed', batchOf('deleted at once'))).errorCode).toBe(ErrorCode.NONE);
  expect(await deleteRecords(client, { topic: 'trimmed', partition: 0, before: -1 })).toMatchObject({ errorCode: 0 });
  await client.call(LIST_OFFSETS, createListOffsetsRequest({}));
  await group();
}

/** A drill takes a stored value, and a reader is told so. */
async function lostValue(): Promise<void> {
  expect((await client.produce('damaged', batchOf('a value'))).errorCode).toBe(ErrorCode.NONE);
  const drill = { do: 'start', drill: 'drop-value', forMs: 60_000, topic: 'damaged' };
  expect((await post(gateway.console, drill)).status).toBe(200);
  expect((await client.fetch('damaged', 0)).partition.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  // As whoever runs a drill and looks whether it is seen says of it.
  const result = { do: 'result', drill: 'drop-value', passed: true };
  expect((await post(gateway.console, result)).status).toBe(200);
}

/** Two members share a group, one leaves, and what they commit is stored, read and refused. */
async function group(): Promise<void> {
  const [a, b] = [new GroupMember(await clientOf('a'), 'billing'), new GroupMember(await clientOf('b'), 'billing')];
  expect((await a.enter()).errorCode).toBe(ErrorCode.NONE);
  expect((await a.sync()).errorCode).toBe(ErrorCode.NONE);
  const joining = b.join();
  while ((await a.heartbeat()) === ErrorCode.NONE);
  await Promise.all([a.join(), joining]);
  const [leader, follower] = a.leads ? [a, b] : [b, a];
  const syncing = follower.sync();
  await leader.sync();
  await syncing;
  expect(await a.commit('orders', 1)).toBe(ErrorCode.NONE);
  expect(await a.committed('orders')).toEqual({ errorCode: ErrorCode.NONE, offset: 1 });
  expect(await a.commit('orders', 1, { partition: 99 })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  for (const member of [a, b]) expect(await member.leave()).toBe(ErrorCode.NONE);
}

/** A client asks, one request behind the other, for more than the sockets hold, and does not read until the stall was exported and scraped. */
async function stall(scraped: () => Promise<unknown>): Promise<void> {
  const value = Buffer.alloc(UNREAD_VALUE_BYTES, 1);
  expect((await client.produce('backlog', batchOf(value))).errorCode).toBe(ErrorCode.NONE);
  const deaf = await clientOf('deaf');
  deaf.socket.pause();
  const asked: number[] = [];
  for (let bytes = 0; bytes < UNREAD_BYTES; bytes += UNREAD_VALUE_BYTES) {
    asked.push(deaf.send(FETCH, fetchRequest('backlog', 0), FETCH_VERSION));
  }
  const isStall = ({ attributes }: ReceivedSpan) =>
    attributes['seaglass.stall'] === true && attributes['seaglass.path'] === 'fetch>response.write';
  await receiver.waitForSpan(isStall);
  do whileStalled = await metrics();
  while (samples(whileStalled, 'seaglass_client_unread_bytes').size === 0);
  await scraped();
  deaf.socket.resume();
  for (const correlationId of asked) await deaf.answer(FETCH, correlationId, FETCH_VERSION);
}

/** Every `contradiction` that the engine's code can count. */
function contradictionKinds(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const text = readFileSync(join(directory, name), 'utf8');
      const counted = /(?:#contradiction\(|contradicted\(\s*[\w.#]+,\s*)'(\w+)'/g;
      return [...text.matchAll(counted)].map(([, kind]) => kind ?? '');
    });
}

test('whatever the engine can contradict itself in is known before it happens', async () => {
  const kinds = [...new Set(contradictionKinds(join(__dirname, '..', '..', 'src', 'engine')))].sort();
  const shown = samples(await metrics(), 'seaglass_engine_contradictions_total');
  expect([...shown.keys()].sort()).toEqual(kinds.map((kind) => `topic="",kind="${kind}"`));
  expect(kinds.length).toBeGreaterThan(0);
});

describeWithProgram('promtool', 'SEAGLASS_TEST_PROMTOOL')('promtool', () => {
  test('finds no fault with the names and types of the metrics', async () => {
    const promtool = findProgram('promtool', 'SEAGLASS_TEST_PROMTOOL') ?? 'promtool';
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
      input: await metrics(),
      encoding: 'utf8',
    });
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: '' });
  });
});

const possible = prometheusProgram !== undefined && canSpeakTls;
describeWhere(possible, 'prometheus or openssl is missing')('under traffic, scraped by a real Prometheus', () => {
  let prometheus: Prometheus;
  /** What is asked is as of then: a scrape that is late on a busy machine ends every series for a moment. */
  let asOf: number;
  const asked = (expr: string): Promise<readonly Sample[]> => prometheus.query(expr, asOf);
  let chosen: Chosen;

  beforeAll(async () => {
    prometheus = await startPrometheus(`${gateway.console}/metrics`, { withItself: true });
    closing.push(() => prometheus.stop());
    // A rate needs a scrape before what it tells of and one behind it.
    await traffic();
    await prometheus.scraped();
    await lostValue();
    await Promise.all([traffic(), stall(() => prometheus.scraped()), doors?.visited()]);
    asOf = await prometheus.scraped();
    chosen = await allChosen(prometheus);
  }, 180_000);

  test.each(queries)('$panel: $expr', async ({ expr }) => {
    const numbers = (await asked(concrete(expr, chosen))).map(({ value }) => Number(value[1]));
    expect(numbers.filter(Number.isFinite).length).toBeGreaterThan(0);
  });

  const fed = queries.flatMap(({ panel, expr }) => {
    const own = withoutNone(expr);
    return own === undefined ? [] : [{ panel, own }];
  });
  test.each(fed)('$panel shows what was: $own', async ({ own }) => {
    // What comes and goes was there while it was.
    const shown = `max(max_over_time((${concrete(own, chosen)})[5m:500ms]))`;
    expect(await valueOf(shown, asOf + NEW_S)).toBeGreaterThan(0);
  });

  test('all jobs and instances are the gateway, and nothing else that is scraped', async () => {
    const jobs = async (expr: string) => (await asked(expr)).map(({ metric }) => metric['job']).sort();
    expect(await jobs('up')).toEqual(['prometheus', 'seaglass']);
    expect(await jobs(concrete('up{job=~"$job"}', chosen))).toEqual(['seaglass']);
    expect(await jobs(concrete('up{instance=~"$instance"}', chosen))).toEqual(['seaglass']);
  });

  test('every declared instrument has series', async () => {
    const silent: string[] = [];
    for (const [name, { type }] of Object.entries(INSTRUMENTS)) {
      const shown = type === 'histogram' ? `${name}_count` : name;
      // What comes and goes was there while it was.
      if ((await asked(`last_over_time(${shown}[5m])`)).length === 0) silent.push(name);
    }
    expect(silent).toEqual([]);
  });

  const valueOf = async (expr: string, at = asOf): Promise<number> => {
    const [sample] = await prometheus.query(expr, at);
    if (sample === undefined) throw new Error(`no data: ${expr}`);
    return Number(sample.value[1]);
  };

  test.each([
    'sum(seaglass_sessions)',
    'process_start_time_seconds',
    'last_over_time(seaglass_client_unread_bytes{client="deaf"}[5m])',
    'seaglass_incident_open{kind="unexpected_null", target="orders"}',
    'seaglass_engine_channel_state{state="READY"}',
    'seaglass_connections',
    'seaglass_client_bytes{client="orders-service", address="127.0.0.1"}',
    'sum(rpc_client_call_duration_seconds_count{rpc_status_code="OK"})',
    'messaging_client_operation_duration_seconds_count{messaging_operation_name="poll", error_type=""}',
    'messaging_client_operation_duration_seconds_count{messaging_operation_name="send", error_type=""}',
    'sum(messaging_client_operation_duration_seconds_count{error_type!=""})',
    'seaglass_topic_info{topic="orders", cleanup_policy="delete"}',
    'seaglass_topic_info{topic="customers", cleanup_policy="compact"}',
    'seaglass_topic_empty_values_allowed{topic="customers"}',
    'seaglass_stream_frames_total{kind="data"}',
    'seaglass_produced_bytes_total{topic="orders"}',
    'seaglass_fetched_bytes_total{topic="orders"}',
    'seaglass_record_values_total{topic="orders", kind="present", side="engine"}',
    'seaglass_record_values_total{topic="orders", kind="empty", side="delivered"}',
    'seaglass_record_values_total{topic="customers", kind="null", side="delivered"}',
    'seaglass_stalls_total{phase="response.write"}',
    'seaglass_drill_fired_total{drill="drop-value"}',
    'seaglass_value_verdicts_total{topic="damaged", verdict="lost"}',
    'seaglass_request_errors_total{api="Fetch", error="KAFKA_STORAGE_ERROR"}',
    'max_over_time(seaglass_incident_open{kind="engine_lost_records"}[5m])',
    'seaglass_records_removed_total{cause="delete_records"}',
    'seaglass_log_start_offset{topic="trimmed"}',
    'seaglass_stuck_offsets{topic="backlog"}',
    'seaglass_phase_duration_seconds_count{phase="long_poll", outcome="idle_timeout"}',
    'seaglass_groups{state="Empty"}',
    'seaglass_groups_loaded',
    'seaglass_group_generation{group="billing"}',
    'seaglass_group_rebalances_total{cause="member_joined"}',
    'seaglass_group_rebalances_total{cause="member_left"}',
    'seaglass_group_rebalance_duration_seconds_count{outcome="stable"}',
    'seaglass_group_commits_total{error="NONE"}',
    'seaglass_group_commits_total{error="UNKNOWN_TOPIC_OR_PARTITION"}',
    'seaglass_group_committed_offset{group="billing", topic="orders", partition="0"}',
    'seaglass_group_lag{group="billing", topic="orders", partition="0"}',
    'seaglass_phase_duration_seconds_count{phase="offset.commit", outcome="ok"}',
    'seaglass_phase_duration_seconds_count{phase="offset.fetch", outcome="ok"}',
    'seaglass_phase_duration_seconds_count{phase="group.join", outcome="ok"}',
    'seaglass_phase_duration_seconds_count{phase="group.sync", outcome="ok"}',
  ])('%s was fed', async (expr) => {
    expect(await valueOf(expr)).toBeGreaterThan(0);
  });

  test.each([
    'sum(seaglass_record_values_total{kind="mismatch"})',
    'sum(seaglass_offset_gaps_total)',
    'seaglass_stuck_offsets{topic="orders"}',
    'sum(seaglass_engine_contradictions_total)',
    'sum(seaglass_telemetry_dropped_total{reason!="suppressed"})',
    'seaglass_topic_empty_values_allowed{topic="orders"}',
    'sum(seaglass_group_members_lost_total)',
    'seaglass_records_removed_total{cause="topic_deletion"}',
    'seaglass_removed_bytes_total{cause="retention_time"}',
    'seaglass_group_commits_total{error="COORDINATOR_NOT_AVAILABLE"}',
    'seaglass_group_members{group="billing"}',
  ])('%s is 0, and not left out', async (expr) => {
    expect(await valueOf(expr)).toBe(0);
  });

  test('what is held for a client that does not read is told while it is held', () => {
    expect(samples(whileStalled, 'seaglass_frame_bytes_held').get('')).toBeGreaterThan(0);
    expect(samples(whileStalled, 'seaglass_response_bytes_held').get('')).toBeGreaterThan(0);
  });

  test('exemplars lead to exported traces only', async () => {
    const ids = await prometheus.exemplars('seaglass_request_duration_seconds_bucket');
    expect(ids.length).toBeGreaterThan(0);
    // What waits to be exported leaves before the process does.
    expect(await gateway.stop()).toBe(0);
    const exported = new Set(receiver.spans.map(({ traceId }) => traceId));
    expect(ids.filter((id) => !exported.has(id))).toEqual([]);
  });

  test('a page, a gateway that is gone and a restart are in the line of health, and the restart is an annotation', async () => {
    const health = concrete(queries.find(({ panel }) => panel === 'Health')?.expr ?? '', chosen);
    expect(await valueOf(`count_over_time(((${health}) == 2)[5m:500ms])`)).toBeGreaterThan(0);
    const annotated = new Set(
      dashboards.flatMap(({ annotations }) => annotations.list.map(({ expr }) => concrete(expr, chosen))),
    );
    const [restarts = ''] = annotated;
    expect([annotated.size, await prometheus.query(restarts, asOf + 2 * NEW_S)]).toEqual([1, []]);
    await gateway.stop();
    while ((await valueOf(health, Date.now() / 1_000)) !== 4);
    const listen = ['--console-listen', new URL(gateway.console).host];
    gateway = await startGatewayProcess({ flags: listen });
    asOf = await prometheus.scraped();
    expect([await valueOf(health), await asked(restarts)]).toEqual([0, [expect.anything()]]);
  });
});
