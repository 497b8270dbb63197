/** A real SeaweedFS: the gateway beside a bare gRPC client on the same engine, interleaved. Skipped loudly where `weed` is not found. */
import { join } from 'node:path';
import { run, usage } from './child';
import type { BenchSettings } from './embedded';
import { consume, createTopic, latency, produce } from './load';
import type { Sample } from './report';
import { startGateway, type System } from './systems';
import { startWeed, type Weed } from '../support/weed';

const SECTION = 'Real SeaweedFS: the gateway beside a bare gRPC client';
const BARE = 'bare gRPC client';
const RECORD_BYTES = [100, 1024] as const;

export async function benchRealEngine(settings: BenchSettings & { readonly records: number }): Promise<Sample[]> {
  const weed: Weed = await startWeed();
  const gateways: System[] = [];
  const samples: Sample[] = [];
  try {
    const flags = ['--engine', 'seaweedmq', '--brokers', weed.broker.address, '--filer', weed.filer];
    gateways.push(await startGateway({ trace: 'default', flags, name: 'seaglass' }));
    for (let round = 0; round < settings.rounds; round += 1) {
      for (const recordBytes of RECORD_BYTES)
        samples.push(...(await roundOf(settings, weed, gateways, recordBytes, round)));
      samples.push(...(await latencyRound(settings, weed, gateways, round)));
    }
  } finally {
    for (const gateway of gateways) await gateway.stop();
    await weed.stop();
  }
  return samples;
}

function sample(system: string, measure: string, unit: string, value: number): Sample {
  return { section: SECTION, measure, unit, system, value };
}

async function bare(
  settings: BenchSettings,
  weed: Weed,
  mode: string,
  topic: string,
  records: number,
  recordBytes: number,
): Promise<string> {
  const register = join(settings.repository, 'test', 'support', 'register.cjs');
  const program = join(settings.repository, 'test', 'bench', 'bare-seaweedmq.ts');
  return (
    await run(process.execPath, [
      '-r',
      register,
      program,
      mode,
      weed.broker.address,
      topic,
      String(records),
      String(recordBytes),
    ])
  ).trim();
}

async function roundOf(
  settings: BenchSettings & { readonly records: number },
  weed: Weed,
  gateways: readonly System[],
  recordBytes: number,
  round: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const bareTopic = `bare-${recordBytes}-${round}`;
  samples.push(
    sample(
      BARE,
      `produce, ${recordBytes} B`,
      'records/s',
      Number(await bare(settings, weed, 'publish', bareTopic, settings.records, recordBytes)),
    ),
  );
  samples.push(
    sample(
      BARE,
      `fetch, ${recordBytes} B`,
      'records/s',
      Number(await bare(settings, weed, 'receive', bareTopic, settings.records, recordBytes)),
    ),
  );
  for (const gateway of gateways) {
    const options = { ...settings, bootstrap: gateway.bootstrap };
    const topic = `gateway-${recordBytes}-${round}`;
    await createTopic(options, topic, 1);
    const cpu = (): number => gateway.pids.reduce((sum, pid) => sum + usage(pid).cpuSeconds, 0);
    const start = cpu();
    const produced = await produce(options, topic, settings.records, recordBytes);
    const between = cpu();
    const consumed = await consume(options, topic, settings.records);
    const perMillion = 1e6 / settings.records;
    samples.push(
      sample(gateway.name, `produce, ${recordBytes} B`, 'records/s', produced),
      sample(gateway.name, `fetch, ${recordBytes} B`, 'records/s', consumed),
      sample(
        gateway.name,
        `produce CPU, ${recordBytes} B`,
        'CPU-s per million records',
        (between - start) * perMillion,
      ),
      sample(gateway.name, `fetch CPU, ${recordBytes} B`, 'CPU-s per million records', (cpu() - between) * perMillion),
    );
  }
  for (const one of samples)
    console.error(`round ${round + 1} ${one.system}: ${one.measure}: ${Math.round(one.value)} ${one.unit}`);
  return samples;
}

async function latencyRound(
  settings: BenchSettings,
  weed: Weed,
  gateways: readonly System[],
  round: number,
): Promise<Sample[]> {
  const [p50 = NaN, p99 = NaN, p999 = NaN] = (
    await bare(settings, weed, 'latency', `bare-latency-${round}`, settings.latencyRecords, 100)
  )
    .split(' ')
    .map((text) => Number(text) / 1_000);
  const results = [{ name: BARE, p50Ms: p50, p99Ms: p99, p999Ms: p999 }];
  for (const gateway of gateways) {
    const options = { ...settings, bootstrap: gateway.bootstrap };
    await createTopic(options, `gateway-latency-${round}`, 1);
    results.push({
      name: gateway.name,
      ...(await latency(options, `gateway-latency-${round}`, settings.latencyRecords, 100)),
    });
  }
  return results.flatMap((result) => [
    sample(result.name, 'produce to consume p50', 'ms', result.p50Ms),
    sample(result.name, 'produce to consume p99', 'ms', result.p99Ms),
    sample(result.name, 'produce to consume p99.9', 'ms', result.p999Ms),
  ]);
}
