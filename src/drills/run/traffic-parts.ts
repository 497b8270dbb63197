/** What all traffic of drills is made of: a place, records, and one request behind the other. */
import type { Clock } from '../../clock';
import type { EncodableRecord } from '../../protocol/encode-batch';
import { DrillClient } from './drill-client';

export interface TrafficPlace {
  /** host:port */
  readonly bootstrap: string;
  readonly topic: string;
  readonly clock: Clock;
  /** By default that of drills. */
  readonly clientId?: string;
  /** The topic is somebody's and is only read. */
  readonly readOnly?: boolean;
}

export interface TrafficRun {
  /** Topics that it makes; by default the place's own. */
  readonly topics?: readonly string[];
  /** Before the fault: topics and records that are there when it strikes. */
  prepare(): Promise<void>;
  /** While it lasts, until the signal. What is refused is tried again. */
  run(signal: AbortSignal): Promise<void>;
}

export const DRILL_CLIENT = 'seaglass-drill';
export const VALUE_BYTES = 384;
const PAUSE_MS = 100;
const PREPARE_MS_MAX = 30_000;
const IDLE_MS = 1_000;
const UNKNOWN_TOPIC = 3;

/**
 * Makes the topic and writes the records in one batch. A topic that was just made may not be known yet, as to any client. Where nothing
 * may be written the topic must be there.
 */
export async function prepare(
  { bootstrap, topic, clock, readOnly = false }: TrafficPlace,
  records: readonly EncodableRecord[],
  configs: Readonly<Record<string, string>> = {},
): Promise<void> {
  const client = await DrillClient.connect(bootstrap, DRILL_CLIENT, clock);
  try {
    if (readOnly) {
      const { errorCode } = await client.offsetOf(topic, 'begin');
      if (errorCode === UNKNOWN_TOPIC) throw new Error(`there is no topic "${topic}"`);
      return;
    }
    await client.createTopic(topic, configs);
    const deadlineMs = clock.monotonicMs() + PREPARE_MS_MAX;
    let error = records.length === 0 ? 0 : await client.produce(topic, records);
    while (error !== 0 && clock.monotonicMs() < deadlineMs) {
      await pause(clock, new AbortController().signal);
      await client.createTopic(topic, configs);
      error = await client.produce(topic, records);
    }
    if (error !== 0) throw new Error(`the drill's records were refused with Kafka's error ${error}`);
  } finally {
    client.close();
  }
}

/** Nothing, until the signal. */
export async function nothing({ clock }: Pick<TrafficPlace, 'clock'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await pause(clock, signal, IDLE_MS);
}

/** One request behind the other on a connection, and a new connection where that ends. */
export async function again(
  { bootstrap, clock, clientId = DRILL_CLIENT }: Pick<TrafficPlace, 'bootstrap' | 'clock' | 'clientId'>,
  signal: AbortSignal,
  ask: (client: DrillClient) => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    const client = await DrillClient.connect(bootstrap, clientId, clock).catch(() => undefined);
    const close = (): void => client?.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      // What asks nothing of the connection does not fail when that is closed.
      while (client !== undefined && !client.socket.destroyed) {
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

/** Values that nobody takes for something else: letters, each record's its own. */
export function values(count: number, clock: Clock, bytes = VALUE_BYTES): readonly EncodableRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    timestamp: clock.nowMs(),
    key: Buffer.from(`drill-${index}`),
    value: Buffer.alloc(bytes, 97 + (index % 26)),
  }));
}

export function pause(clock: Clock, signal: AbortSignal, ms = PAUSE_MS): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const stop = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const timer = clock.after(ms, stop);
    signal.addEventListener('abort', stop, { once: true });
  });
}
