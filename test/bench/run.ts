/**
 * `npm run bench`: throughput, latency, CPU and memory, measured from outside the gateway, medians of interleaved rounds.
 *
 *   observe                            a section to run; several, or --only with commas (default: all)
 *   --only apart,embedded,memory,offsets,seaweedmq,observe,tls   sections to run (default: all)
 *   --rounds N                         rounds (default 3)
 *   --minutes N                        no further round of the embedded section begins after so long (default 20)
 *   --quick                            one small round: shows that everything runs, measures nothing worth quoting
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchApart } from './apart';
import { benchEmbedded } from './embedded';
import { kafkaClassPath } from './jars';
import { benchMemory } from './memory';
import { benchOffsets } from './offsets';
import { benchRealEngine } from './real-engine';
import { machine, rows, table, writeJson, type Sample } from './report';
import { benchObserve } from './observe';
import { benchTls } from './tls';

const MIB = 2 ** 20;
const SECTIONS = ['apart', 'embedded', 'memory', 'offsets', 'seaweedmq', 'observe', 'tls'] as const;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      minutes: { type: 'string', default: '20' },
      quick: { type: 'boolean', default: false },
    },
  });
  const named = [...positionals, ...(values.only?.split(',') ?? [])];
  const sections = named.length > 0 ? named : [...SECTIONS];
  for (const section of sections) {
    if (!(SECTIONS as readonly string[]).includes(section))
      throw new Error(`--only: expected some of ${SECTIONS.join(', ')}, got ${section}`);
  }
  const repository = join(__dirname, '..', '..');
  const settings = {
    repository,
    classPath: await kafkaClassPath(repository),
    rounds: values.quick ? 1 : Number(values.rounds),
    loadBytes: (values.quick ? 10 : 100) * MIB,
    minutesMax: Number(values.minutes),
    latencyRecords: values.quick ? 200 : 3_000,
    backlogBytes: (values.quick ? 64 : 1_024) * MIB,
    records: values.quick ? 5_000 : 300_000,
    offsetTopics: values.quick ? 1 : 10,
  };
  const startedMs = performance.now();
  const samples: Sample[] = [];
  if (sections.includes('apart')) samples.push(...(await benchApart(settings)));
  if (sections.includes('embedded')) samples.push(...(await benchEmbedded(settings)));
  if (sections.includes('memory')) samples.push(...(await benchMemory(settings)));
  if (sections.includes('offsets')) samples.push(...(await benchOffsets(settings)));
  if (sections.includes('seaweedmq')) samples.push(...(await benchRealEngine(settings)));
  if (sections.includes('tls')) samples.push(...(await benchTls(settings)));
  if (sections.includes('observe')) samples.push(...(await benchObserve(settings)));
  console.log(
    `${machine()}; up to ${settings.rounds} round(s), ${settings.loadBytes / MIB} MiB a throughput run, ${settings.latencyRecords} records a latency run`,
  );
  console.log(table(rows(samples)));
  console.log(`\ntook ${((performance.now() - startedMs) / 60_000).toFixed(1)} minutes`);
  const path = writeJson(repository, { ...settings, repository: undefined, classPath: undefined }, samples);
  console.log(`\nwritten: ${path.slice(repository.length + 1)}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
