/** Gateway and embedded node in processes of their own (`seaglass node`, `--node-connect`): which of them uses what. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMain } from '../support/gateway-process';
import { usage } from './child';
import type { BenchSettings } from './embedded';
import { consume, createTopic, produce } from './load';
import type { Sample } from './report';
import { startGateway } from './systems';

const SECTION = 'Gateway and embedded node, a process each';
const READY_DEADLINE_MS = 30_000;
const RECORD_BYTES = 1024;

export async function benchApart(settings: BenchSettings): Promise<Sample[]> {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-bench-'));
  const node = startMain(['node', '--node-listen', '127.0.0.1:0', '--data', data]);
  const samples: Sample[] = [];
  let gateway: Awaited<ReturnType<typeof startGateway>> | undefined;
  try {
    const [, address = ''] = await node.printed(/(127\.0\.0\.1:\d+)/, READY_DEADLINE_MS);
    gateway = await startGateway({ trace: 'default', flags: ['--node-connect', address] });
    const processes = { gateway: gateway.pids[0] ?? -1, node: node.pid };
    for (let round = 0; round < settings.rounds; round += 1) {
      samples.push(...(await roundOf(settings, gateway.bootstrap, processes, round)));
    }
    for (const [system, pid] of Object.entries(processes))
      samples.push({ section: SECTION, measure: 'RSS peak', unit: 'MiB', system, value: usage(pid).rssPeakMiB });
  } finally {
    await gateway?.stop();
    await node.stop();
    rmSync(data, { recursive: true, force: true });
  }
  return samples;
}

async function roundOf(
  settings: BenchSettings,
  bootstrap: string,
  processes: Readonly<Record<string, number>>,
  round: number,
): Promise<Sample[]> {
  const options = { ...settings, bootstrap };
  const records = Math.floor(settings.loadBytes / RECORD_BYTES);
  const topic = `bench-apart-${round}`;
  await createTopic(options, topic, 1);
  const cpu = (): [string, number][] => Object.entries(processes).map(([name, pid]) => [name, usage(pid).cpuSeconds]);
  const start = new Map(cpu());
  await produce(options, topic, records, RECORD_BYTES);
  const between = new Map(cpu());
  await consume(options, topic, records);
  const end = new Map(cpu());
  const perGibibyte = 2 ** 30 / (records * RECORD_BYTES);
  return Object.keys(processes).flatMap((system) => {
    const spent = (from: Map<string, number>, to: Map<string, number>): number =>
      ((to.get(system) ?? 0) - (from.get(system) ?? 0)) * perGibibyte;
    const sample = (measure: string, value: number): Sample => ({
      section: SECTION,
      measure,
      unit: 'CPU-s per GiB',
      system,
      value,
    });
    return [sample('produce CPU, 1 KiB', spent(start, between)), sample('fetch CPU, 1 KiB', spent(between, end))];
  });
}
