/** What the drills' own clients do, so that a drill shows on a gateway where nobody else is. */
import type { Traffic } from '../drill-list';
import { manyTopics, tombstones } from './calm-traffic';
import { DrillClient } from './drill-client';
import { commitAlone, follow, youngGroup } from './group-traffic';
import {
  again,
  DRILL_CLIENT,
  nothing,
  pause,
  prepare,
  type TrafficPlace,
  type TrafficRun,
  values,
} from './traffic-parts';

/** For a client that does not read: more than sockets hold. */
const LARGE_BYTES = 900_000;
const LARGE_BATCHES = 8;
const SINGLE_BATCHES = 4;
const UNREAD_FETCHES = 4;

export function trafficOf(traffic: Traffic, place: TrafficPlace): TrafficRun {
  const { topic, clock } = place;
  switch (traffic) {
    case 'stream':
      return { prepare: () => prepare(place, []), run: (signal) => stream(place, signal) };
    case 'produce':
      return {
        prepare: () => prepare(place, []),
        run: (signal) => produceOn(place, signal),
      };
    case 'read_values':
      return readAgain(place, { prepares: () => prepare(place, values(5, clock)), at: 'begin' });
    case 'read_while_written': {
      const reads = readAgain(place, { prepares: () => prepare(place, values(5, clock)), at: 'begin' });
      return {
        prepare: () => reads.prepare(),
        // The end of the log moves on, and the reader does not.
        run: async (signal) => {
          await Promise.all([reads.run(signal), produceOn(place, signal)]);
        },
      };
    }
    case 'read_later':
      return readAgain(place, {
        prepares: async () => {
          for (let batch = 0; batch < SINGLE_BATCHES; batch++) await prepare(place, values(1, clock));
        },
        at: 'end',
      });
    case 'ask_end':
      return {
        prepare: () => prepare(place, values(5, clock)),
        run: async (signal) => {
          await Promise.all([
            produceOn(place, signal),
            again(place, signal, (client) => client.offsetOf(topic, 'end')),
          ]);
        },
      };
    case 'follow':
      return { prepare: () => prepare(place, values(1, clock)), run: (signal) => follow(place, signal) };
    case 'commit':
      return {
        prepare: () => prepare(place, values(5, clock)),
        // Records go on meanwhile, as at any gateway: a node that answers nothing at all is another trouble.
        run: async (signal) => {
          await Promise.all([again(place, signal, (client) => commitAlone(client, topic)), stream(place, signal)]);
        },
      };
    case 'not_read':
      return { prepare: () => prepareLarge(place), run: (signal) => notRead(place, signal) };
    case 'tombstones':
      return tombstones(place);
    case 'young_group':
      return { prepare: () => prepare(place, values(50, clock)), run: (signal) => youngGroup(place, signal) };
    case 'many_topics':
      return manyTopics(place);
  }
}

function produceOn(place: TrafficPlace, signal: AbortSignal): Promise<void> {
  if (place.readOnly === true) return nothing(place, signal);
  return again(place, signal, (client) => client.produce(place.topic, values(1, place.clock), 10_000));
}

/**
 * Reads the first or the last record that was there before the fault, again and again. Once it is given that it asks once for what
 * follows: a reader that asks for one offset only makes no progress, and is told of.
 */
function readAgain(
  place: TrafficPlace,
  { prepares, at }: { readonly prepares: () => Promise<void>; readonly at: 'begin' | 'end' },
): TrafficRun {
  const { bootstrap, topic, clock } = place;
  let first = 0;
  let isGiven = false;
  const read = async (client: DrillClient): Promise<void> => {
    const { records } = await client.fetch(topic, isGiven ? first + 1 : first);
    isGiven = !isGiven && records.length > 0;
  };
  return {
    async prepare() {
      await prepares();
      const client = await DrillClient.connect(bootstrap, DRILL_CLIENT, clock);
      // A fetch would leave records in memory, where no fault meets them.
      const { offset } = await client.offsetOf(topic, at).finally(() => client.close());
      first = Math.max(0, at === 'end' ? offset - 1 : offset);
    },
    run: (signal) => again(place, signal, read),
  };
}

/** Writes and reads what is written. */
async function stream(place: TrafficPlace, signal: AbortSignal): Promise<void> {
  let offset = 0;
  const read = async (client: DrillClient): Promise<void> => {
    const { records } = await client.fetch(place.topic, offset);
    offset = (records.at(-1)?.offset ?? offset - 1) + 1;
  };
  await Promise.all([produceOn(place, signal), again(place, signal, read)]);
}

async function prepareLarge(place: TrafficPlace): Promise<void> {
  for (let batch = 0; batch < LARGE_BATCHES; batch++) await prepare(place, values(1, place.clock, LARGE_BYTES));
}

async function notRead({ bootstrap, topic, clock }: TrafficPlace, signal: AbortSignal): Promise<void> {
  const client = await DrillClient.connect(bootstrap, DRILL_CLIENT, clock);
  for (let asked = 0; asked < UNREAD_FETCHES; asked++) client.fetchUnread(topic);
  while (!signal.aborted) await pause(clock, signal);
  client.close();
}
