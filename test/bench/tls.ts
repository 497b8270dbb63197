/**
 * TLS beside Kafka's own TLS: a gateway and a broker, each with a listener that speaks TLS 1.3 and one that does not, under the same load in
 * interleaved rounds. Topics are made over the plain listener; only what is measured is encrypted.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from '../support/certificates';
import { type BenchSettings, rotated } from './embedded';
import { consume, createTopic, type LoadOptions, produce } from './load';
import type { Sample } from './report';
import { cpuSecondsOf, startGateway, startKafka, type System } from './systems';

const SECTION = "TLS beside Kafka's own";
const RECORD_BYTES = 1_024;
/** Long rounds: a reader that is not warm yet is what short ones measure. */
const LOAD_SHARE = 4;
const PARTITIONS = [1, 8] as const;

/** One way into a system. */
interface Way {
  readonly name: string;
  readonly system: System;
  readonly bootstrap: string;
  /** Where topics are made. */
  readonly plain: string;
  /** What clients are told of TLS; absent on a plain listener. */
  readonly commandConfig?: string;
}

export async function benchTls(settings: BenchSettings): Promise<Sample[]> {
  const certificates = makeCertificates();
  const systems: System[] = [];
  const samples: Sample[] = [];
  try {
    const { keystore } = certificates.issue('server', '/CN=localhost');
    const commandConfig = join(certificates.directory, 'client.properties');
    writeFileSync(commandConfig, clientProperties(certificates.authority));
    const kafka = await startKafka(settings.classPath, { ssl: { keystore } });
    systems.push(kafka);
    const gateway = await startGateway({ trace: 'default', name: 'Seaglass', flags: gatewayFlags(keystore) });
    systems.push(gateway);
    const [plain = '', tls = ''] = gateway.bootstrap.split(',');
    const intoKafka = { system: kafka, plain: kafka.bootstrap, tls: `127.0.0.1:${kafka.sslPort ?? 0}` };
    const into = [
      { name: 'Apache Kafka 4.3.1', ...intoKafka },
      { name: 'Seaglass', system: gateway, plain, tls },
    ];
    const all: readonly Way[] = [
      ...into.map((each) => ({ ...each, name: `${each.name}, TLS`, bootstrap: each.tls, commandConfig })),
      ...into.map((each) => ({ ...each, name: `${each.name}, plain`, bootstrap: each.plain })),
    ];
    for (let round = 0; round < settings.rounds; round++) {
      for (const partitions of PARTITIONS) {
        for (const way of rotated(all, round)) samples.push(...(await measured(way, partitions, round, settings)));
      }
    }
  } finally {
    for (const system of systems) await system.stop();
    certificates.remove();
  }
  return samples;
}

const gatewayFlags = (keystore: string): readonly string[] => [
  ...['--listen', 'PLAINTEXT://127.0.0.1:0,SSL://127.0.0.1:0'],
  ...['--ssl-keystore-location', keystore],
];

const clientProperties = (authority: string): string =>
  ['security.protocol=SSL', 'ssl.truststore.type=PEM', `ssl.truststore.location=${authority}`, ''].join('\n');

async function measured(way: Way, partitions: number, round: number, settings: BenchSettings): Promise<Sample[]> {
  const { system, name, bootstrap, plain, commandConfig } = way;
  const { classPath, repository } = settings;
  const options: LoadOptions = { classPath, repository, bootstrap, ...(commandConfig ? { commandConfig } : {}) };
  const records = Math.floor((settings.loadBytes * LOAD_SHARE) / RECORD_BYTES);
  const topic = `tls-${partitions}-${round}-${name.replace(/\W+/g, '-')}`;
  await createTopic({ classPath, repository, bootstrap: plain }, topic, partitions);
  const cpu = (): number => cpuSecondsOf(system);
  const start = cpu();
  const produced = await produce(options, topic, records, RECORD_BYTES);
  const between = cpu();
  const fetched = await consume(options, topic, records);
  const end = cpu();
  console.error(
    `round ${round + 1} ${name}: ${partitions} partition(s): produced ${Math.round(produced)}/s, fetched ${Math.round(fetched)}/s`,
  );
  const perGibibyte = 2 ** 30 / (records * RECORD_BYTES);
  const label = `1 KiB, ${partitions} partition${partitions > 1 ? 's' : ''}`;
  const sample = (measure: string, unit: string, value: number): Sample => ({
    section: SECTION,
    measure: `${measure}, ${label}`,
    unit,
    system: name,
    value,
  });
  return [
    sample('produce', 'records/s', produced),
    sample('fetch', 'records/s', fetched),
    sample('produce CPU', 'CPU-s per GiB', (between - start) * perGibibyte),
    sample('fetch CPU', 'CPU-s per GiB', (end - between) * perGibibyte),
  ];
}
