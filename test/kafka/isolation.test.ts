/**
 * Goal: a reader that asks for committed records is given those below the last stable offset (KIP-98), whatever the gateway holds of the
 * rest, and one that does not ask is given all. Method: requests through the handlers' bytes, over an engine whose log ends later than it
 * is stable. With both ways of reading a backlog.
 */
import { systemClock } from '../../src/clock';
import type { Dialect } from '../../src/engine/dialect';
import { fetch } from '../../src/kafka/api/fetch';
import { listOffsets } from '../../src/kafka/api/list-offsets';
import { soleBroker } from '../../src/kafka/cluster/sole-broker';
import { createServices } from '../../src/kafka/create-services';
import { DEFAULT_GROUP_SETTINGS } from '../../src/kafka/groups/classic/group-settings';
import type { GroupCoordinator } from '../../src/kafka/groups/classic/group-coordinator';
import * as fetchCodec from '../../src/protocol/generated/fetch';
import * as listCodec from '../../src/protocol/generated/list-offsets';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { toOffset, toPartitionId } from '../../src/types';
import { readRecords } from '../engine/batches';
import { type Codec, callHandler, SETTINGS } from '../kafka-admin/handlers';
import { UndecidedLog } from '../support/undecided-log';

const FETCH: Codec<fetchCodec.FetchRequest, fetchCodec.FetchResponse> = {
  api: fetch,
  write: fetchCodec.writeFetchRequest,
  read: fetchCodec.readFetchResponse,
};
const LIST_OFFSETS: Codec<listCodec.ListOffsetsRequest, listCodec.ListOffsetsResponse> = {
  api: listOffsets,
  write: listCodec.writeListOffsetsRequest,
  read: listCodec.readListOffsetsResponse,
};
const UNCOMMITTED = 0;
const COMMITTED = 1;
const LATEST = -1;
/** Nobody waits it out: the answer has what it waits for. */
const LONG_MS = 60_000;
const LAST_STABLE = 3;
const END = 5;

const BACKLOGS = ['session', 'log'] as const;

/** A gateway's handlers over a log of five records of which three are stable. */
function open(backlog: Dialect['backlog']) {
  const log = new UndecidedLog({ lastStableOffset: LAST_STABLE, highWatermark: END });
  const telemetry = createTelemetry();
  const engine = log.engine(backlog, telemetry);
  const cluster = soleBroker('cluster', []);
  // No group is asked.
  const groups = {
    offsetsLog: undefined,
    settings: DEFAULT_GROUP_SETTINGS,
  } as Partial<GroupCoordinator> as GroupCoordinator;
  const services = createServices({ engine, telemetry, clock: systemClock, settings: SETTINGS, groups, cluster });
  const partition = toPartitionId(0);
  return {
    log,
    async read(isolationLevel: number, offset: number, { waitMs = 0, partitionMaxBytes = 1 << 20 } = {}) {
      const asked = fetchCodec.createFetchPartition({ partition, fetchOffset: toOffset(offset), partitionMaxBytes });
      const topics = [fetchCodec.createFetchTopic({ topicId: UndecidedLog.topic.id, partitions: [asked] })];
      const request = { maxWaitMs: waitMs, minBytes: 1, maxBytes: 1 << 20, isolationLevel, topics };
      const response = await callHandler(services, FETCH, fetchCodec.createFetchRequest(request));
      const answered = response.responses[0]?.partitions[0];
      const { errorCode, highWatermark, lastStableOffset } = answered ?? {};
      const chunks = Array.isArray(answered?.records) ? answered.records : [answered?.records ?? Buffer.alloc(0)];
      return { errorCode, highWatermark, lastStableOffset, offsets: readRecords(chunks).map(({ offset: at }) => at) };
    },
    async latest(isolationLevel: number) {
      const asked = listCodec.createListOffsetsPartition({ partitionIndex: partition, timestamp: LATEST });
      const topics = [listCodec.createListOffsetsTopic({ name: UndecidedLog.topic.name, partitions: [asked] })];
      const request = listCodec.createListOffsetsRequest({ isolationLevel, topics });
      return (await callHandler(services, LIST_OFFSETS, request)).topics[0]?.partitions[0]?.offset;
    },
    async close() {
      await engine.close();
      const left = telemetry.inflight().operations;
      telemetry.close();
      expect(left).toEqual([]);
    },
  };
}

let opened: ReturnType<typeof open>;
afterEach(() => opened.close());

const told = { errorCode: 0, highWatermark: END, lastStableOffset: LAST_STABLE };

describe.each(BACKLOGS)('where a backlog is read by %s', (backlog) => {
  beforeEach(() => (opened = open(backlog)));

  test('read_committed ends at the last stable offset and read_uncommitted does not, whichever is first', async () => {
    for (let round = 0; round < 2; round += 1) {
      expect(await opened.read(COMMITTED, 0)).toEqual({ ...told, offsets: [0, 1, 2] });
      expect(await opened.read(COMMITTED, 1)).toEqual({ ...told, offsets: [1, 2] });
      expect(await opened.read(UNCOMMITTED, 0)).toEqual({ ...told, offsets: [0, 1, 2, 3, 4] });
    }
  });

  test('a read_committed answer with a record in it waits for no decision', async () => {
    expect(await opened.read(COMMITTED, 0, { partitionMaxBytes: 100 })).toEqual({ ...told, offsets: [0] });
    expect(await opened.read(COMMITTED, 2, { waitMs: LONG_MS })).toEqual({ ...told, offsets: [2] });
  });

  test('between the last stable offset and the end read_committed is answered with nothing, and without an error', async () => {
    for (const offset of [3, 4, 5]) expect(await opened.read(COMMITTED, offset)).toEqual({ ...told, offsets: [] });
    expect(await opened.read(UNCOMMITTED, 4)).toEqual({ ...told, offsets: [4] });
    expect(await opened.read(COMMITTED, 6)).toMatchObject({ errorCode: 1 });
  });

  test('what was decided since is read, of what was held for readers of all, too', async () => {
    await opened.read(UNCOMMITTED, 0);
    expect(await opened.read(COMMITTED, 3)).toEqual({ ...told, offsets: [] });
    opened.log.decideUntil(4);
    expect(await opened.read(COMMITTED, 3)).toEqual({ ...told, lastStableOffset: 4, offsets: [3] });
  });

  test('the latest offset is the last stable one for read_committed', async () => {
    expect([await opened.latest(COMMITTED), await opened.latest(UNCOMMITTED)]).toEqual([LAST_STABLE, END]);
  });
});

test('a read_committed fetch at the last stable offset waits for a decision', async () => {
  opened = open('session');
  expect(await opened.read(COMMITTED, 3)).toEqual({ ...told, offsets: [] });
  const waiting = opened.read(COMMITTED, 3, { waitMs: LONG_MS });
  expect(await opened.read(COMMITTED, 3, { waitMs: 1 })).toEqual({ ...told, offsets: [] });
  opened.log.decideUntil(END);
  expect(await waiting).toEqual({ ...told, lastStableOffset: END, offsets: [3, 4] });
});
