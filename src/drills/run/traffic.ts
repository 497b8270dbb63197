/** What the drills' own clients do, so that a drill shows on a gateway where nobody else is. */
import type { Clock } from '../../clock';
import type { EncodableRecord } from '../../protocol/encode-batch';
import * as offsetCommit from '../../protocol/generated/offset-commit';
import { toPartitionId } from '../../types';
import type { Traffic } from '../drill-list';
import { DrillClient, type DrillCodec } from './drill-client';

export interface TrafficPlace {
  readonly bootstrap: string;
  readonly topic: string;
  readonly clock: Clock;
}

export interface TrafficRun {
  /** Before the fault: topics and records that are there when it strikes. */
  prepare(): Promise<void>;
  /** While it lasts, until the signal. What is refused is tried again. */
  run(signal: AbortSignal): Promise<void>;
}

export const DRILL_CLIENT = 'seaglass-drill';
const DRILL_GROUP = 'seaglass-drill';
const PAUSE_MS = 100;
const VALUE_BYTES = 384;

export function trafficOf(traffic: Traffic, place: TrafficPlace): TrafficRun {
  const runs: Readonly<Record<Traffic, TrafficRun>> = {
    stream: { prepare: () => prepare(place, []), run: (signal) => stream(place, signal) },
    produce: {
      prepare: () => prepare(place, []),
      run: (signal) => again(place, signal, (client) => client.produce(place.topic, values(1, place.clock), 10_000)),
    },
    read_values: {
      prepare: () => prepare(place, values(5, place.clock)),
      run: (signal) => again(place, signal, (client) => client.fetch(place.topic, 0)),
    },
    commit: {
      prepare: () => prepare(place, values(5, place.clock)),
      run: (signal) => again(place, signal, (client) => client.call(COMMIT, commitOf(place.topic))),
    },
  };
  return runs[traffic];
}

async function prepare({ bootstrap, topic, clock }: TrafficPlace, records: readonly EncodableRecord[]): Promise<void> {
  const client = await DrillClient.connect(bootstrap, DRILL_CLIENT, clock);
  try {
    await client.createTopic(topic);
    const error = records.length === 0 ? 0 : await client.produce(topic, records);
    if (error !== 0) throw new Error(`the drill's records were refused with Kafka's error ${error}`);
  } finally {
    client.close();
  }
}

/** One request behind the other on a connection, and a new connection where that ends. */
async function again(
  { bootstrap, clock }: TrafficPlace,
  signal: AbortSignal,
  ask: (client: DrillClient) => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    const client = await DrillClient.connect(bootstrap, DRILL_CLIENT, clock).catch(() => undefined);
    const close = (): void => client?.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      while (client !== undefined) {
        await ask(client);
        await pause(clock, signal);
      }
    } catch {
      // The connection ended, or the gateway answered what cannot be read: what is seen of it is asked elsewhere.
    }
    signal.removeEventListener('abort', close);
    close();
    await pause(clock, signal);
  }
}

async function stream(place: TrafficPlace, signal: AbortSignal): Promise<void> {
  let offset = 0;
  const read = async (client: DrillClient): Promise<void> => {
    const { records } = await client.fetch(place.topic, offset);
    offset = (records.at(-1)?.offset ?? offset - 1) + 1;
  };
  await Promise.all([
    again(place, signal, (client) => client.produce(place.topic, values(1, place.clock), 10_000)),
    again(place, signal, read),
  ]);
}

/** Values that nobody takes for something else: letters, each record's its own. */
export function values(count: number, clock: Clock): readonly EncodableRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    timestamp: clock.nowMs(),
    key: Buffer.from(`drill-${index}`),
    value: Buffer.alloc(VALUE_BYTES, 97 + (index % 26)),
  }));
}

export function pause(clock: Clock, signal: AbortSignal, ms = PAUSE_MS): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = clock.after(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    const stop = (): void => {
      timer.cancel();
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

const COMMIT: DrillCodec<offsetCommit.OffsetCommitRequest, offsetCommit.OffsetCommitResponse> = {
  ...{ key: offsetCommit.offsetCommitApi.key, version: 8 },
  ...{ write: offsetCommit.writeOffsetCommitRequest, read: offsetCommit.readOffsetCommitResponse },
};

function commitOf(topic: string): offsetCommit.OffsetCommitRequest {
  const partition = offsetCommit.createOffsetCommitRequestPartition({
    partitionIndex: toPartitionId(0),
    committedOffset: 1,
  });
  const topics = [offsetCommit.createOffsetCommitRequestTopic({ name: topic, partitions: [partition] })];
  return offsetCommit.createOffsetCommitRequest({ groupId: DRILL_GROUP, generationIdOrMemberEpoch: -1, topics });
}
