/** The demo's own producer and consumer: a record every now and then, read as it comes. */
import { again, prepare, type TrafficPlace, values } from '../../drills/run/traffic-parts';

export interface DemoClients {
  /** Records acked so far. */
  written(): number;
  /** Records that came back so far. */
  read(): number;
}

/** Their client ids. */
export const PRODUCER = 'demo-producer';
export const CONSUMER = 'demo-consumer';

const VALUE_BYTES = 64;

/** Makes the topic; both are busy until the signal. */
export async function startDemoClients(place: TrafficPlace, signal: AbortSignal): Promise<DemoClients> {
  await prepare(place, []);
  let written = 0;
  let offset = 0;
  void again({ ...place, clientId: PRODUCER }, signal, async (client) => {
    if ((await client.produce(place.topic, values(1, place.clock, VALUE_BYTES))) === 0) written += 1;
  });
  void again({ ...place, clientId: CONSUMER }, signal, async (client) => {
    const { records } = await client.fetch(place.topic, offset);
    offset = (records.at(-1)?.offset ?? offset - 1) + 1;
  });
  return { written: () => written, read: () => offset };
}
