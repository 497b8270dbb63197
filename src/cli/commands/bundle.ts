/**
 * `seaglass bundle`: what a bug report needs, in one file: configuration, versions, metrics, incidents, what waits, traces, verdicts, what
 * connections carried before they hung, log lines.
 */
import { writeFile } from 'node:fs/promises';
import { arch, platform, release } from 'node:os';
import { gzipSync } from 'node:zlib';
import { systemClock } from '../../clock';
import { captures } from '../bundle/captures';
import { masked } from '../bundle/mask';
import { type TarFile, tarOf } from '../bundle/tar';
import type { ConsoleClient } from '../console-client';
import type { CommandCall, ConsoleCommand } from '../console-command';
import { messageOf } from '../doctor/check';
import { version } from '../version';

/** What is asked of the console, and the name that it gets. */
const PARTS: readonly {
  readonly name: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}[] = [
  { name: 'config.json', path: '/api/settings' },
  { name: 'runtime.json', path: '/api/runtime' },
  { name: 'health.json', path: '/api/health' },
  { name: 'ready.txt', path: '/readyz' },
  { name: 'incidents.json', path: '/api/incidents' },
  { name: 'inflight.txt', path: '/debug/inflight', query: { format: 'text' } },
  { name: 'inflight.json', path: '/debug/inflight', query: { format: 'json' } },
  { name: 'explained.txt', path: '/api/explain', query: { limit: '100', format: 'text' } },
  { name: 'explained.json', path: '/api/explain', query: { limit: '100' } },
  { name: 'verdicts.json', path: '/api/verdicts' },
  { name: 'clients.json', path: '/api/clients' },
  { name: 'groups.json', path: '/api/groups' },
  { name: 'topics.json', path: '/api/topics' },
  { name: 'log.jsonl', path: '/api/log' },
  { name: 'metrics.txt', path: '/metrics' },
];

async function run({ client, parameters, print }: CommandCall): Promise<number> {
  const nowMs = systemClock.nowMs();
  const stamp = new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15);
  const folder = `seaglass-${stamp}Z`;
  const path = parameters[0] ?? `${folder}.tar.gz`;
  const files = (await collect(client)).map(({ name, content }) => ({
    name: `${folder}/${name}`,
    content: typeof content === 'string' ? masked(content) : content,
  }));
  // In one piece: an archive of some megabytes, once.
  const archive = gzipSync(new Uint8Array(await new Blob(tarOf(files, nowMs).map(copied)).arrayBuffer()));
  await writeFile(path, archive, { mode: 0o600 });
  print(
    `${path}: ${archive.byteLength} bytes, ${files.length} files; no record content, secrets masked. Look into it before you send it.\n`,
  );
  return 0;
}

/** What one part fails with stands in its place: a gateway in trouble is what a bundle is for. */
async function collect(client: ConsoleClient): Promise<readonly TarFile[]> {
  // The first one must be answered: without a console there is nothing to collect.
  await client.ask('/healthz');
  const parts = await Promise.all(
    PARTS.map(async ({ name, path, query = {} }) => {
      try {
        const { status, text } = await client.ask(path, query);
        return { name, content: status < 400 || name === 'ready.txt' ? text : `${path} answered ${status}\n${text}` };
      } catch (error) {
        return { name, content: `${path} was not answered: ${messageOf(error)}\n` };
      }
    }),
  );
  const about = { command: version, node: process.version, platform: platform(), release: release(), arch: arch() };
  return [
    { name: 'versions.json', content: `${JSON.stringify(about, null, 2)}\n` },
    ...parts,
    ...(await captures(client)),
  ];
}

const copied = (chunk: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(chunk);

export const bundleCommand: ConsoleCommand = {
  name: 'bundle',
  parameters: '[file]',
  summary:
    'one file for a bug report: configuration, versions, metrics, incidents, what waits, traces, verdicts, recordings, log lines; secrets masked',
  options: [],
  examples: ['bundle', 'bundle report.tar.gz'],
  run,
};
