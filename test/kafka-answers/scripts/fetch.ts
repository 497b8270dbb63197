/** Fetch: records from every kind of offset, what fits, sessions, leader epochs; and what a fetch is told of the partition beside it. */
import {
  createFetchPartition,
  createFetchRequest,
  createFetchTopic,
  createForgottenTopic,
  type FetchPartition,
  type FetchRequest,
} from '../../../src/protocol/generated/fetch';
import { encodeBatch } from '../../../src/protocol/encode-batch';
import { toLeaderEpoch, toOffset, toPartitionId, toTopicId } from '../../../src/types';
import { FETCH } from '../codecs';
import type { Script } from '../script';
import { batch, record, write } from './produce';

type Asked = Partial<FetchPartition>;
const MEBIBYTE = 1024 * 1024;

export async function fetchScript(script: Script): Promise<void> {
  await script.topic('read', 3);
  for (const partition of [0, 1, 2]) {
    for (const values of [
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
      ['g', 'h', 'i'],
    ]) {
      await write(script, 'read', partition, batch(values));
    }
  }
  await offsets(script);
  await bounds(script);
  await epochs(script);
  await sessions(script);
  await kinds(script);
}

/** Partitions of `read` from offset 0, where nothing else is said. */
function from(
  script: Script,
  topic: string,
  partitions: readonly Asked[],
  fields: Partial<FetchRequest> = {},
): FetchRequest {
  return createFetchRequest({
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 50 * MEBIBYTE,
    topics: [
      createFetchTopic({
        topic,
        topicId: script.idOf(topic),
        partitions: partitions.map((each) => createFetchPartition({ partitionMaxBytes: MEBIBYTE, ...each })),
      }),
    ],
    ...fields,
  });
}
const at = (fetchOffset: number, fields: Asked = {}): Asked => ({ fetchOffset: toOffset(fetchOffset), ...fields });
const index = (partition: number): Asked => ({ partition: toPartitionId(partition) });

async function offsets(script: Script): Promise<void> {
  const read = (fetchOffset: number, fields?: Partial<FetchRequest>) => from(script, 'read', [at(fetchOffset)], fields);
  await script.askInAll(FETCH, 'from the beginning', read(0));
  await script.askInAll(FETCH, 'past the end', read(10));
  await script.ask(FETCH, 'from inside a batch', read(4));
  await script.ask(FETCH, 'at the end', read(9));
  await script.ask(FETCH, 'at the end, waiting', read(9, { maxWaitMs: 50 }));
  await script.ask(FETCH, 'more bytes than there are, waiting', read(6, { maxWaitMs: 50, minBytes: MEBIBYTE }));
  await script.ask(FETCH, 'offset -1', read(-1));
  await script.ask(FETCH, 'offset -2', read(-2));
  for (const version of [4, 12, 13]) {
    await script.ask(FETCH, 'a topic that is not there', from(script, 'not-there', [at(0)]), version);
    await script.ask(FETCH, 'a partition that is not there', from(script, 'read', [at(0, index(9))]), version);
  }
  const nobodys = toTopicId('AAAAAAAAAAAAAAAAAAAAAQ');
  const unknown = read(0).topics.map((each) => ({ ...each, topicId: nobodys }));
  await script.ask(FETCH, 'an id that nobody has', { ...read(0), topics: unknown });
  await script.ask(FETCH, 'partition -1', from(script, 'read', [at(0, index(-1))]));
  await script.ask(FETCH, 'one partition twice', from(script, 'read', [at(0), at(3)]));
  const twice = [...from(script, 'read', [at(0)]).topics, ...from(script, 'read', [at(9, index(1)), at(6)]).topics];
  await script.ask(FETCH, 'one topic twice', { ...read(0), topics: twice });
  await script.ask(FETCH, 'no topics', { ...read(0), topics: [] });
  await script.askInAll(FETCH, 'what is committed', read(6, { isolationLevel: 1 }));
  await script.ask(FETCH, 'what is committed, past the end', read(10, { isolationLevel: 1 }));
  await script.ask(FETCH, 'what is committed, at the end', read(9, { isolationLevel: 1 }));
  for (const version of [4, 7, 12, 18])
    await script.ask(FETCH, 'an isolation level of 2', read(6, { isolationLevel: 2 }), version);
  await script.ask(
    FETCH,
    'one partition right, one past the end, one not there',
    from(script, 'read', [at(6), at(99, index(1)), at(0, index(9))]),
  );
}

async function bounds(script: Script): Promise<void> {
  const three = [at(0), at(0, index(1)), at(0, index(2))];
  const bytes = batch(['a', 'b', 'c']).byteLength;
  for (const version of [4, 11, 17]) {
    await script.ask(
      FETCH,
      'three partitions, room for one byte',
      from(script, 'read', three, { maxBytes: 1 }),
      version,
    );
  }
  await script.ask(FETCH, 'three partitions, room for one batch', from(script, 'read', three, { maxBytes: bytes }));
  await script.ask(
    FETCH,
    'three partitions, room for four batches',
    from(script, 'read', three, { maxBytes: 4 * bytes }),
  );
  await script.ask(FETCH, 'no room at all', from(script, 'read', three, { maxBytes: 0 }));
  await script.ask(FETCH, 'room of -1', from(script, 'read', three, { maxBytes: -1 }));
  const limited = (partitionMaxBytes: number) => three.map((each) => ({ ...each, partitionMaxBytes }));
  await script.ask(FETCH, 'room for one byte in each', from(script, 'read', limited(1)));
  await script.ask(FETCH, 'room for two batches in each', from(script, 'read', limited(2 * bytes)));
  await script.ask(FETCH, 'room for one batch and a half in each', from(script, 'read', limited(bytes + 40)));
  await script.ask(FETCH, 'no room in any', from(script, 'read', limited(0)));
  await script.ask(
    FETCH,
    'a partition at its end before a full one, room for one byte',
    from(script, 'read', [at(9), at(0, index(1)), at(0, index(2))], { maxBytes: 1 }),
  );
}

async function epochs(script: Script): Promise<void> {
  for (const currentLeaderEpoch of [-1, 0, 1, -2]) {
    const asked = at(6, { currentLeaderEpoch: toLeaderEpoch(currentLeaderEpoch) });
    await script.ask(FETCH, `leader epoch ${currentLeaderEpoch}`, from(script, 'read', [asked]));
  }
  await script.ask(FETCH, 'leader epoch 1', from(script, 'read', [at(6, { currentLeaderEpoch: toLeaderEpoch(1) })]), 9);
  for (const lastFetchedEpoch of [-1, 0, 1]) {
    const asked = at(6, { currentLeaderEpoch: toLeaderEpoch(0), lastFetchedEpoch: toLeaderEpoch(lastFetchedEpoch) });
    await script.ask(FETCH, `last fetched epoch ${lastFetchedEpoch}`, from(script, 'read', [asked]));
  }
  await script.ask(
    FETCH,
    'last fetched epoch 0, past the end',
    from(script, 'read', [at(20, { currentLeaderEpoch: toLeaderEpoch(0), lastFetchedEpoch: toLeaderEpoch(0) })]),
  );
}

async function sessions(script: Script): Promise<void> {
  const session = (sessionId: number, sessionEpoch: number, partitions: readonly Asked[]) => ({
    ...from(script, 'read', partitions, { sessionId, sessionEpoch }),
    ...(partitions.length === 0 ? { topics: [] } : {}),
  });
  for (const version of [7, 12, 17]) {
    const first = await script.ask(
      FETCH,
      'session: all three',
      session(0, 0, [at(6), at(9, index(1)), at(9, index(2))]),
      version,
    );
    const id = first?.sessionId ?? 0;
    await script.ask(FETCH, 'session: nothing new', session(id, 1, [at(9)]), version);
    await script.ask(FETCH, 'session: one partition further back', session(id, 2, [at(6, index(2))]), version);
    await script.ask(FETCH, 'session: an epoch too far ahead', session(id, 7, []), version);
    const forgotten = [
      createForgottenTopic({ topic: 'read', topicId: script.idOf('read'), partitions: [toPartitionId(2)] }),
    ];
    await script.ask(
      FETCH,
      'session: that partition forgotten',
      { ...session(id, 3, []), forgottenTopicsData: forgotten },
      version,
    );
    await script.ask(FETCH, 'session: a partition past its end', session(id, 4, [at(99, index(1))]), version);
    await script.ask(FETCH, 'session: the error again', session(id, 5, []), version);
    await script.ask(FETCH, 'session: closed', session(id, -1, []), version);
    await script.ask(FETCH, 'session: one that was closed', session(id, 6, []), version);
  }
  await script.ask(FETCH, 'session: without one, epoch 3', session(0, 3, [at(6)]));
  await script.ask(FETCH, 'session: one that nobody has', session(123_456, 1, [at(6)]));
  const empty = await script.ask(FETCH, 'session: of nothing', session(0, 0, []));
  await script.ask(FETCH, 'session: of nothing, and now of something', session(empty?.sessionId ?? 0, 1, [at(6)]));
  const again = await script.ask(FETCH, 'session: one partition twice', session(0, 0, [at(9), at(6)]));
  await script.ask(
    FETCH,
    'session: and one that is added twice',
    session(again?.sessionId ?? 0, 1, [at(3, index(1)), at(6, index(1))]),
  );
}

async function kinds(script: Script): Promise<void> {
  await script.topic('kinds', 5);
  await script.topic('timed', 1, { 'message.timestamp.type': 'LogAppendTime' });
  const headers = [
    { key: 'h', value: Buffer.from('1') },
    { key: 'h', value: null },
  ];
  const kinds = [
    encodeBatch([record('a', 5, 'k'), record(null, 3, 'k'), { ...record('', 4, ''), headers }]),
    encodeBatch([record('v'.repeat(200))], { codec: 'gzip' }),
    encodeBatch([record('v'.repeat(200))], { codec: 'zstd' }),
    encodeBatch([record('a', -1)]),
    encodeBatch([record('a')], {
      producerId: 12n,
      producerEpoch: 3,
      baseSequence: 0,
      partitionLeaderEpoch: toLeaderEpoch(9),
    }),
  ];
  for (const [partition, records] of kinds.entries()) await write(script, 'kinds', partition, records);
  const all = kinds.map((_records, partition) => at(0, index(partition)));
  for (const version of [4, 9, 10, 12, 17])
    await script.ask(FETCH, 'batches of all kinds', from(script, 'kinds', all), version);
  await write(script, 'timed', 0, batch(['a', 'b']));
  await script.ask(FETCH, 'records that have the log’s time', from(script, 'timed', [at(0)]));
}
