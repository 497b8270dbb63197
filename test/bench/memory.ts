/** What a gateway holds: 50 connections of clients that asked something and stay, then a 1 GiB backlog read by one fast consumer while 50 slow ones ask for 50 MB each. */
import { usage } from './child';
import type { BenchSettings } from './embedded';
import { consume, createTopic, produce } from './load';
import type { Sample } from './report';
import { slowReaders } from './slow-readers';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import { KafkaClient, METADATA } from '../support/kafka-client';
import { startGateway } from './systems';

const SECTION = 'Memory of gateway and embedded node (one process)';
const CONNECTIONS = 50;

export async function benchMemory(settings: BenchSettings & { readonly backlogBytes: number }): Promise<Sample[]> {
  const system = await startGateway({ trace: 'default', name: 'seaglass' });
  const clients: KafkaClient[] = [];
  try {
    const options = { ...settings, bootstrap: system.bootstrap };
    const pid = system.pids[0] ?? -1;
    const samples: Sample[] = [];
    const note = (measure: string, value: number): void => {
      console.error(`memory: ${measure}: ${value.toFixed(0)} MiB`);
      samples.push({ section: SECTION, measure, unit: 'MiB', system: system.name, value });
    };
    note('RSS at start', usage(pid).rssMiB);
    for (let index = 0; index < CONNECTIONS; index += 1) clients.push(await connected(system.bootstrap, index));
    note(`RSS at ${CONNECTIONS} connections`, usage(pid).rssMiB);
    await createTopic(options, 'backlog', 1);
    const records = Math.floor(settings.backlogBytes / 1024);
    await produce(options, 'backlog', records, 1024);
    note('RSS peak, backlog written', usage(pid).rssPeakMiB);
    await consume(options, 'backlog', records);
    note('RSS peak, backlog read by one fast consumer', usage(pid).rssPeakMiB);
    const slow = await slowReaders(system.bootstrap, 'backlog', CONNECTIONS);
    await consume(options, 'backlog', records);
    note(`RSS peak, read again beside ${CONNECTIONS} slow consumers`, usage(pid).rssPeakMiB);
    slow.close();
    // Whoever was disconnected would not count.
    for (const client of clients) await client.call(METADATA, createMetadataRequest({ topics: [] }));
    return samples;
  } finally {
    for (const client of clients) await client.close();
    await system.stop();
  }
}

async function connected(bootstrap: string, index: number): Promise<KafkaClient> {
  const client = await KafkaClient.connect(Number(bootstrap.split(':')[1]), `idle-${index}`);
  await client.call(METADATA, createMetadataRequest({ topics: [] }));
  return client;
}
