/**
 * Goal: what metrics say of the process, its disk, its data and where time went is so, not only there. Method: a whole gateway on data that
 * was damaged while it was stopped, before a client that waits and one that is told how long; a drill blocks it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import { post } from '../drills/support';
import { awaitTopic, batchOf, get, samples, startWholeGateway } from './support';

const RECORDS = 10;
const IDLE_MS = 400;
const BLOCKED_MS = 2_000;
const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** The batches in the middle of the only log, as after a loss of power: what is kept beside a log that was closed is not there. */
function damage(): void {
  const names = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => name.startsWith('topics/'));
  const [file = ''] = names.filter((name) => name.endsWith('.log'));
  for (const name of names) if (/\.(index|snapshot|census)$/.test(name)) rmSync(join(data, name));
  const bytes = readFileSync(join(data, file));
  bytes.fill(0, Math.floor(0.4 * bytes.length), Math.floor(0.6 * bytes.length));
  writeFileSync(join(data, file), bytes);
}

test('build, disk, damaged ranges, waits and a blocked event loop have the values that they should', async () => {
  const before = await startWholeGateway({ flags: { data } });
  const writer = await before.client();
  await awaitTopic(writer, 'orders');
  for (let sent = 0; sent < RECORDS; sent++)
    expect((await writer.produce('orders', batchOf(Buffer.alloc(100, sent)))).errorCode).toBe(ErrorCode.NONE);
  await before.close();
  damage();

  const gateway = await startWholeGateway({ flags: { data, 'drills.enabled': 'true' } });
  try {
    const reader = await gateway.client('reader');
    const idleFetch = async (): Promise<number> =>
      (await reader.fetch('orders', RECORDS, { maxWaitMs: IDLE_MS })).partition.errorCode;
    // A partition that is being opened is waited for, or told NOT_LEADER; only then is the wait idle.
    while ((await idleFetch()) !== ErrorCode.NONE);
    await idleFetch();
    const { text } = await get(`${gateway.console}/metrics`);
    const one = (name: string, labels: string) => samples(text, name).get(labels);
    expect([...samples(text, 'seaglass_build_info')]).toEqual([[`version="0.0.0",node="${process.versions.node}"`, 1]]);
    expect(one('seaglass_damaged_ranges', `directory="${data}"`)).toBe(1);
    const { blocks, bavail, bsize } = statfsSync(data);
    expect(one('seaglass_disk_size_bytes', `directory="${data}"`)).toBe(blocks * bsize);
    const free = one('seaglass_disk_free_bytes', `directory="${data}"`) ?? 0;
    // Others write to the disk, too.
    expect(Math.abs(free - bavail * bsize)).toBeLessThan(0.05 * blocks * bsize);
    const [idle = 0, ...others] = ['idle', 'engine', 'gateway', 'client'].map(
      (blame) => one('seaglass_wait_seconds_total', `api="Fetch",blame="${blame}"`) ?? 0,
    );
    expect(others.reduce((sum, each) => sum + each, idle)).toBeGreaterThanOrEqual((IDLE_MS - 1) / 1_000);
    expect(idle).toBeGreaterThan(0);
    const drill = { do: 'start', drill: 'blocked-loop', forMs: 10_000, delayMs: BLOCKED_MS };
    expect((await post(gateway.console, drill)).status).toBe(200);
    const lateS = async () =>
      samples((await get(`${gateway.console}/metrics`)).text, 'seaglass_event_loop_late_max_seconds').get('') ?? 0;
    // The timer that comes late was due somewhere within.
    while ((await lateS()) < BLOCKED_MS / 2_000);
    expect(await lateS()).toBeGreaterThanOrEqual(BLOCKED_MS / 2_000);
  } finally {
    await gateway.close();
  }
}, 60_000);
