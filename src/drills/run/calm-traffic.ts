/** Traffic that looks odd and is in order: what was once taken for trouble, and must not be told. */
import type { EncodableRecord } from '../../protocol/encode-batch';
import { DrillClient } from './drill-client';
import { again, DRILL_CLIENT, prepare, type TrafficPlace, type TrafficRun, values } from './traffic-parts';

/** One more than metrics have names for. */
const TOPICS = 201;
const COMPACTED = { 'cleanup.policy': 'compact' };

/** Written before a restart of the gateway, read behind it. */
export function tombstones(place: TrafficPlace): TrafficRun {
  const { topic, clock } = place;
  const written = [...values(20, clock), ...values(20, clock).map(deleted)];
  let offset = 0;
  return {
    prepare: () => prepare(place, written, COMPACTED),
    run: (signal) =>
      again(place, signal, async (client) => {
        const { records } = await client.fetch(topic, offset);
        offset = (records.at(-1)?.offset ?? offset - 1) + 1;
        await client.produce(topic, values(1, clock).map(deleted));
      }),
  };
}

/** Every second one is compacted and has a tombstone; the others have values, as they should. */
export function manyTopics(place: TrafficPlace): TrafficRun {
  const { topic, clock, bootstrap } = place;
  const topics = Array.from({ length: TOPICS }, (_, index) => `${topic}-${index}`);
  const isCompacted = (index: number): boolean => index % 2 === 0;
  const write = async (client: DrillClient, index: number): Promise<void> => {
    const name = topics[index] ?? '';
    await client.createTopic(name, isCompacted(index) ? COMPACTED : {});
    const records = values(2, clock);
    await client.produce(name, isCompacted(index) ? [...records, ...records.map(deleted)] : records);
    await client.fetch(name, 0, 0);
  };
  return {
    topics,
    async prepare() {
      const client = await DrillClient.connect(bootstrap, DRILL_CLIENT, clock);
      try {
        // The last one begins while the drill is on.
        for (let index = 0; index < TOPICS - 1; index++) await write(client, index);
      } finally {
        client.close();
      }
    },
    async run(signal) {
      let written = false;
      await again(place, signal, async (client) => {
        if (!written) await write(client, TOPICS - 1);
        written = true;
      });
    },
  };
}

const deleted = (record: EncodableRecord): EncodableRecord => ({ ...record, value: null });
