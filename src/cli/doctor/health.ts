/** What /api/health says, and the checks that are made of it: clocks, the receiver of traces, disk, open files, memory. */
import { z } from 'zod';
import { type CheckResult, failed, passed, skipped, warned } from './check';
import { SECURITY } from './users';

export const HEALTH = z.object({
  nowMs: z.number(),
  engine: z.string(),
  advertised: z.array(
    z.object({
      ...{ listener: z.string(), host: z.string(), port: z.number() },
      protocol: z.enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']),
      clientAuth: z.enum(['none', 'requested', 'required']),
      mechanisms: z.array(z.string()),
    }),
  ),
  security: SECURITY,
  /** Those that the gateway shows to others; absent from one that is older. */
  certificates: z.array(z.object({ name: z.string(), subject: z.string(), notAfterMs: z.number() })).default([]),
  engineClock: z.object({ server: z.string(), aheadMs: z.number(), uncertainMs: z.number() }).optional(),
  disk: z.object({
    path: z.string().optional(),
    totalBytes: z.number().optional(),
    usableBytes: z.number().optional(),
    problems: z.array(z.string()),
  }),
  traces: z.object({ state: z.enum(['reached', 'failed', 'none']), url: z.string(), found: z.string() }),
  connections: z.number(),
  connectionsMax: z.number(),
  process: z.object({
    openFiles: z.number().optional(),
    openFilesMax: z.number().optional(),
    residentBytes: z.number(),
    memoryBytesMax: z.number(),
    heapBytes: z.number(),
    heapBytesMax: z.number(),
  }),
});
export type Health = z.infer<typeof HEALTH>;

const SKEW_MS_WARN = 1_000;
const SKEW_MS_FAIL = 60_000;
const DISK_FREE_WARN = 0.1;
const DISK_FREE_FAIL = 0.02;
const FILES_USED_WARN = 0.8;
const MEMORY_USED_WARN = 0.85;
/** Sockets, segments and their indexes need some beside the connections. */
const FILES_BESIDE_CONNECTIONS = 1_024;

/** `askedMs` and `answeredMs`: this machine's clock around the question. */
export function clockCheck({ nowMs }: Health, askedMs: number, answeredMs: number): CheckResult {
  const aheadMs = Math.round(nowMs - (askedMs + answeredMs) / 2);
  const uncertainMs = Math.ceil((answeredMs - askedMs) / 2);
  return skewCheck('clock skew', "the gateway's clock", "this machine's", { aheadMs, uncertainMs });
}

export function engineClockCheck({ engine, engineClock }: Pick<Health, 'engine' | 'engineClock'>): CheckResult {
  const name = 'engine clock';
  if (engineClock === undefined) return skipped(name, `the engine (${engine}) does not say what time it has`);
  return skewCheck(name, `the clock of ${engineClock.server}`, "the gateway's", engineClock);
}

function skewCheck(
  name: string,
  whose: string,
  other: string,
  { aheadMs, uncertainMs }: { readonly aheadMs: number; readonly uncertainMs: number },
): CheckResult {
  const found = `${whose} is ${Math.abs(aheadMs)} ms ${aheadMs < 0 ? 'behind' : 'before'} ${other} (+-${uncertainMs} ms)`;
  const late = Math.abs(aheadMs) - uncertainMs;
  const fix = 'let both machines take their time from NTP; record timestamps, retention and traces are told by it';
  if (late > SKEW_MS_FAIL) return failed(name, found, fix);
  return late > SKEW_MS_WARN ? warned(name, found, fix) : passed(name, found);
}

export function tracesCheck({ traces: { state, url, found } }: Health): CheckResult {
  const name = 'OTLP receiver';
  if (state === 'none') return skipped(name, `traces are not exported: ${found}`);
  if (state === 'reached') return passed(name, `${url} ${found}`);
  const fix = 'start the receiver, or correct OTEL_EXPORTER_OTLP_ENDPOINT (and _HEADERS); clients notice nothing of it';
  return failed(name, `${url}: ${found}`, fix);
}

export function diskCheck({ disk }: Pick<Health, 'disk'>): CheckResult {
  const name = 'disk';
  const { path = '', totalBytes = -1, usableBytes = -1, problems } = disk;
  if (totalBytes <= 0 || usableBytes < 0)
    return problems.length > 0
      ? failed(name, problems.join('; '), 'look at the engine: see the check "engine"')
      : skipped(name, 'the engine does not say how much room it has');
  const free = usableBytes / totalBytes;
  const found = `${size(usableBytes)} of ${size(totalBytes)} are free at ${path} (${Math.round(free * 100)} %)`;
  const fix = 'make room, or shorten retention.ms and retention.bytes of the largest topics';
  if (free < DISK_FREE_FAIL) return failed(name, found, fix);
  return free < DISK_FREE_WARN ? warned(name, found, fix) : passed(name, found);
}

export function engineCheck({ disk, engine }: Pick<Health, 'disk' | 'engine'>): CheckResult {
  const { problems } = disk;
  if (problems.length === 0) return passed('engine', `${engine} serves`);
  return failed('engine', problems.join('; '), 'the console and /readyz name the target: look at that process');
}

export function filesCheck({
  process,
  connections,
  connectionsMax,
}: Pick<Health, 'process' | 'connections' | 'connectionsMax'>): CheckResult {
  const name = 'open files';
  const { openFiles, openFilesMax } = process;
  if (openFiles === undefined || openFilesMax === undefined) return skipped(name, 'the system does not say');
  const found = `${openFiles} of ${openFilesMax} (${connections} of ${connectionsMax} connections)`;
  if (openFiles > openFilesMax * FILES_USED_WARN)
    return failed(
      name,
      found,
      'raise the limit (ulimit -n, LimitNOFILE) before it is reached and connections are refused',
    );
  if (connectionsMax + FILES_BESIDE_CONNECTIONS > openFilesMax)
    return warned(
      name,
      found,
      `connections could need more than the limit: raise it (ulimit -n, LimitNOFILE) to ${connectionsMax + FILES_BESIDE_CONNECTIONS}, or lower limits.connections-max`,
    );
  return passed(name, found);
}

export function memoryCheck({ process }: Pick<Health, 'process'>): CheckResult {
  const name = 'memory';
  const { residentBytes, memoryBytesMax, heapBytes, heapBytesMax } = process;
  const found = `${size(residentBytes)} resident of ${size(memoryBytesMax)}, heap ${size(heapBytes)} of ${size(heapBytesMax)}`;
  if (heapBytes > heapBytesMax * MEMORY_USED_WARN)
    return failed(name, found, 'raise node --max-old-space-size, or lower sessions.* and kafka.*-bytes-budget');
  if (residentBytes > memoryBytesMax * MEMORY_USED_WARN)
    return warned(
      name,
      found,
      'give the machine or the container more memory, or lower the byte limits of the settings',
    );
  return passed(name, found);
}

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  for (; value >= 1_024 && unit < units.length - 1; unit++) value /= 1_024;
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`;
}
