/** A real SeaweedFS: the gateway beside a bare gRPC client on the same engine, interleaved. Skipped loudly where `weed` is not found. */
import { join } from 'node:path';
import { run, usage } from './child';
import { rotated, type BenchSettings } from './embedded';
import { consume, createTopic, latency, produce, type LatencyResult } from './load';
import type { Sample } from './report';
import { cpuSecondsOf, startGateway, type System } from './systems';
import { startWeed, type Weed } from '../support/weed';

const SECTION = 'Real SeaweedFS: the gateway beside a bare gRPC client';
const BARE = 'bare gRPC client';
const SEAGLASS = 'seaglass';
const WORKLOADS = [
  { recordBytes: 100, partitions: 1 },
  { recordBytes: 1024, partitions: 1 },
  { recordBytes: 100, partitions: 8 },
  { recordBytes: 1024, partitions: 8 },
] as const;

type Workload = (typeof WORKLOADS)[number];

interface Bench {
  readonly settings: BenchSettings & { readonly records: number };
  readonly weed: Weed;
  readonly gateway: System;
  readonly round: number;
}

export async function benchRealEngine(settings: BenchSettings & { readonly records: number }): Promise<Sample[]> {
  const weed: Weed = await startWeed();
  const samples: Sample[] = [];
  let gateway: System | undefined;
  try {
    const flags = ['--engine', 'seaweedmq', '--brokers', weed.broker.address, '--filer', weed.filer];
    gateway = await startGateway({ trace: 'default', flags, name: SEAGLASS });
    for (let round = 0; round < settings.rounds; round += 1) {
      const bench = { settings, weed, gateway, round };
      for (const workload of WORKLOADS) {
        const turns = [() => bareThroughput(bench, workload), () => gatewayThroughput(bench, workload)];
        for (const turn of rotated(turns, round)) samples.push(...told(round, await turn()));
      }
      const turns = [() => bareLatency(bench), () => gatewayLatency(bench)];
      for (const turn of rotated(turns, round)) samples.push(...told(round, await turn()));
    }
    const { rssMiB, rssPeakMiB } = usage(gateway.pids[0] ?? -1);
    samples.push(sample(SEAGLASS, 'RSS at the end', 'MiB', rssMiB), sample(SEAGLASS, 'RSS peak', 'MiB', rssPeakMiB));
  } finally {
    await gateway?.stop();
    await weed.stop();
  }
  return samples;
}

function sample(system: string, measure: string, unit: string, value: number): Sample {
  return { section: SECTION, measure, unit, system, value };
}

function told(round: number, samples: readonly Sample[]): readonly Sample[] {
  for (const { system, measure, value, unit } of samples)
    console.error(`round ${round + 1} ${system}: ${measure}: ${value.toPrecision(6)} ${unit}`);
  return samples;
}

const labelOf = ({ recordBytes, partitions }: Workload): string =>
  `${recordBytes} B, ${partitions} partition${partitions > 1 ? 's' : ''}`;

/** What the bare client prints. */
async function bare(
  { settings, weed }: Bench,
  mode: 'publish' | 'receive' | 'latency',
  topic: string,
  load: Workload & { readonly records: number },
): Promise<string> {
  const register = join(settings.repository, 'test', 'support', 'register.cjs');
  const program = join(settings.repository, 'test', 'bench', 'bare-seaweedmq.ts');
  const numbers = [load.records, load.recordBytes, load.partitions].map(String);
  const output = await run(process.execPath, ['-r', register, program, mode, weed.broker.address, topic, ...numbers]);
  return output.trim();
}

async function bareThroughput(bench: Bench, workload: Workload): Promise<Sample[]> {
  const label = labelOf(workload);
  const topic = `bare-${workload.recordBytes}-${workload.partitions}-${bench.round}`;
  const load = { ...workload, records: bench.settings.records };
  return [
    sample(BARE, `produce, ${label}`, 'records/s', Number(await bare(bench, 'publish', topic, load))),
    sample(BARE, `fetch, ${label}`, 'records/s', Number(await bare(bench, 'receive', topic, load))),
  ];
}

async function gatewayThroughput({ settings, gateway, round }: Bench, workload: Workload): Promise<Sample[]> {
  const { recordBytes, partitions } = workload;
  const { records } = settings;
  const options = { ...settings, bootstrap: gateway.bootstrap };
  const topic = `gateway-${recordBytes}-${partitions}-${round}`;
  await createTopic(options, topic, partitions);
  const cpu = (): number => cpuSecondsOf(gateway);
  const start = cpu();
  const produced = await produce(options, topic, records, recordBytes);
  const between = cpu();
  const consumed = await consume(options, topic, records);
  const end = cpu();
  const perMillion = 1e6 / records;
  const [label, unit] = [labelOf(workload), 'CPU-s per million records'];
  return [
    sample(SEAGLASS, `produce, ${label}`, 'records/s', produced),
    sample(SEAGLASS, `fetch, ${label}`, 'records/s', consumed),
    sample(SEAGLASS, `produce CPU, ${label}`, unit, (between - start) * perMillion),
    sample(SEAGLASS, `fetch CPU, ${label}`, unit, (end - between) * perMillion),
  ];
}

async function bareLatency(bench: Bench): Promise<Sample[]> {
  const load = { recordBytes: 100, partitions: 1, records: bench.settings.latencyRecords } as const;
  const printed = await bare(bench, 'latency', `bare-latency-${bench.round}`, load);
  const [p50Ms = NaN, p99Ms = NaN, p999Ms = NaN] = printed.split(' ').map((micros) => Number(micros) / 1_000);
  return latencySamples(BARE, { p50Ms, p99Ms, p999Ms });
}

async function gatewayLatency({ settings, gateway, round }: Bench): Promise<Sample[]> {
  const options = { ...settings, bootstrap: gateway.bootstrap };
  const topic = `gateway-latency-${round}`;
  await createTopic(options, topic, 1);
  return latencySamples(SEAGLASS, await latency(options, topic, settings.latencyRecords, 100));
}

function latencySamples(system: string, { p50Ms, p99Ms, p999Ms }: LatencyResult): Sample[] {
  return [
    sample(system, 'produce to consume p50', 'ms', p50Ms),
    sample(system, 'produce to consume p99', 'ms', p99Ms),
    sample(system, 'produce to consume p99.9', 'ms', p999Ms),
  ];
}
