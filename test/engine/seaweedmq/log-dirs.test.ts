/**
 * DescribeLogDirs over many partitions: only what is asked for is looked at, only the filer is asked, and what it does not tell in time
 * is left out. Method: a whole gateway on a scripted SeaweedMQ.
 */
import { describeLogDirs } from '../../../src/kafka/api/describe-log-dirs';
import { ErrorCode } from '../../../src/protocol/error-code';
import * as codec from '../../../src/protocol/generated/describe-log-dirs';
import { toPartitionId } from '../../../src/types';
import type { KafkaClient } from '../../support/kafka-client';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { onSeaweedMq } from '../../kafka/engines';

const LOG_DIRS = {
  facts: describeLogDirs.facts,
  write: codec.writeDescribeLogDirsRequest,
  read: codec.readDescribeLogDirsResponse,
};
const TOPICS = Array.from({ length: 7 }, (_, index) => `many-${index}`);
const [FIRST = '', SECOND = '', SILENT = ''] = TOPICS;
const PARTITIONS = 100;
/** Of a call, for what is to be answered whole on a busy machine. */
const PATIENT_MS = 30_000;

let running: Awaited<ReturnType<typeof onSeaweedMq>>;
let mq: ScriptedSeaweedMQ;
let client: KafkaClient;
async function start(callDeadlineMs: number): Promise<void> {
  running = await onSeaweedMq({ callDeadlineMs });
  mq = running.mq;
  client = await running.gateway.client();
  for (const topic of TOPICS) mq.createTopic(topic, PARTITIONS);
  mq.append(SECOND, 5, { value: Buffer.alloc(1_000) });
  mq.flush(SECOND, 5);
}
afterEach(() => running.close());

const listings = (): number => mq.calls.get('listEntries') ?? 0;

async function describeDirs(asked: Readonly<Record<string, readonly number[]>> | null) {
  const wanted = asked && Object.entries(asked);
  const request = codec.createDescribeLogDirsRequest({
    topics: wanted?.map(([topic, partitions]) => ({ topic, partitions: partitions.map(toPartitionId) })) ?? null,
  });
  const { errorCode, results } = await client.call(LOG_DIRS, request);
  const partitions = (results[0]?.topics ?? []).flatMap(({ name, partitions: found }) =>
    found.map(({ partitionIndex, partitionSize }) => ({ at: `${name}/${partitionIndex}`, partitionSize })),
  );
  return { errorCode, partitions };
}

test('the partitions that are asked for are listed, and no others; no broker is asked', async () => {
  await start(PATIENT_MS);
  await describeDirs({ [FIRST]: [0] });
  const before = listings();
  const { partitions } = await describeDirs({ [SECOND]: [9, 5, PARTITIONS], absent: [0] });
  expect(partitions.map(({ at }) => at)).toEqual([`${SECOND}/5`, `${SECOND}/9`]);
  expect(partitions[0]?.partitionSize).toBeGreaterThan(1_000);
  expect(partitions[1]?.partitionSize).toBe(0);
  // The list of topics may have been asked for again beside them: two directories.
  expect(listings() - before).toBeLessThanOrEqual(2 + 2);
  expect(mq.calls.get('lookupTopicBrokers')).toBeUndefined();
});

test('all of them are answered where none is named', async () => {
  await start(PATIENT_MS);
  const { errorCode, partitions } = await describeDirs(null);
  expect(errorCode).toBe(ErrorCode.NONE);
  expect(partitions).toHaveLength(TOPICS.length * PARTITIONS);
  expect(partitions.filter(({ partitionSize }) => partitionSize > 0).map(({ at }) => at)).toEqual([`${SECOND}/5`]);
});

test('what the filer does not list in time is left out', async () => {
  await start(2_000);
  mq.switches.listingsNever = (directory) => directory.includes(`/${SILENT}/v`) && directory.endsWith('/0075-0100');
  const { errorCode, partitions } = await describeDirs({ [SILENT]: [1, 2, 3, 4] });
  expect(errorCode).toBe(ErrorCode.NONE);
  expect(partitions.map(({ at }) => at)).toEqual([1, 2, 4].map((partition) => `${SILENT}/${partition}`));
});

test('where the filer lists no files it is an error in time, and topics are made as before', async () => {
  await start(1_000);
  mq.switches.listingsNever = (directory) => directory.includes('/v');
  for (let count = 0; count < 2; count += 1) {
    expect((await describeDirs(null)).errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
  }
  await running.gateway.topic();
});
