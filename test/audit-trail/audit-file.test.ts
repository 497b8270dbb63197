/**
 * Goal: the file of audit events loses no line to logrotate, and none that its queue can hold to a disk that is full or a directory that
 * is gone. Method: real files; the disk that is full is the kernel's own.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuditFile } from '../../src/audit-trail/audit-file';
import type { AuditEvent } from '../../src/audit-trail/audit-trail';
import { RunningAuditTrail } from '../../src/audit-trail/running-audit-trail';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { auditFileLines, auditLines } from '../support/audit-lines';
import { ManualClock } from '../support/manual-clock';

const EVENT: AuditEvent = {
  kind: 'topic_created',
  actor: { principal: 'alice', listener: 'EXTERNAL', clientAddress: '10.1.2.3', clientId: 'admin-1' },
  api: 'CreateTopics',
  resource: { type: 'topic', name: 'orders' },
  verdict: 'allowed',
};

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'seaglass-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function open(path: string) {
  const clock = new ManualClock();
  const told: (string | undefined)[] = [];
  let tell = (): void => undefined;
  const output = await openAuditFile({
    ...{ path, clock },
    told: (error) => {
      told.push(error?.message);
      tell();
    },
  });
  const { instruments, log } = createTelemetry({ clock });
  const trail = new RunningAuditTrail({
    ...{ clock, instruments, log, outputs: [output], uses: [], intervalMs: 60_000, queuedMax: 10_000, heldMax: 100 },
  });
  let last = 0;
  return {
    ...{ trail, clock, told },
    record: (count: number) => {
      for (let left = count; left > 0; left--)
        trail.record({ ...EVENT, resource: { type: 'topic', name: `t${++last}` } });
    },
    /** Resolves when the file was told of so often. */
    hasTold: async (count: number): Promise<void> => {
      while (told.length < count) await new Promise<void>((resolve) => (tell = resolve));
    },
  };
}

const names = (lines: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] =>
  lines.map(({ resource_name: name }) => name);
const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `t${index + 1}`);

/** Resolves when the file has so many lines. */
async function hasLines(path: string, count: number): Promise<void> {
  while (!existsSync(path) || readFileSync(path, 'utf8').split('\n').length - 1 < count)
    await new Promise((resolve) => setImmediate(resolve));
}

test('it is its owner’s alone, and goes on where it ended', async () => {
  const path = join(directory, 'audit.jsonl');
  for (const run of [1, 2]) {
    const { trail, record } = await open(path);
    record(run * 100);
    await trail.close();
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(auditFileLines(path)).toHaveLength(300);
});

test('renamed again and again under way, every line is in one of the files, whole and in order', async () => {
  const path = join(directory, 'audit.jsonl');
  const { trail, record } = await open(path);
  const parts: string[] = [];
  for (let part = 0; part < 20; part++) {
    record(100);
    await hasLines(path, 1);
    const rotated = `${path}.${part}`;
    renameSync(path, rotated);
    parts.push(rotated);
    record(10);
  }
  await trail.close();
  const all = [...parts, path].flatMap((each) => auditFileLines(each));
  expect(names(all)).toEqual(numbered(2_200));
});

test('where its directory is gone events wait, it is told once, and they are there when it is back', async () => {
  const inner = join(directory, 'inner');
  mkdirSync(inner);
  const path = join(inner, 'audit.jsonl');
  const { trail, clock, record, told, hasTold } = await open(path);
  record(1);
  await hasLines(path, 1);
  rmSync(inner, { recursive: true });
  record(500);
  await hasTold(1);
  mkdirSync(inner);
  clock.advance(1_000);
  await hasTold(2);
  await trail.close();
  expect(told).toEqual([expect.stringContaining('ENOENT'), undefined]);
  expect(names(auditFileLines(path))).toEqual(numbered(501).slice(1));
});

test('a full disk is told once; a stop gives it two seconds and counts what could not be written', async () => {
  if (!existsSync('/dev/full')) return;
  const { trail, clock, record, told, hasTold } = await open('/dev/full');
  record(3);
  await hasTold(1);
  const closed = trail.close();
  clock.advance(2_000);
  await closed;
  expect(told).toEqual([expect.stringContaining('ENOSPC')]);
});

test('a file that cannot be opened is refused at once', async () => {
  await expect(
    openAuditFile({ path: join(directory, 'no', 'such'), clock: new ManualClock(), told: () => undefined }),
  ).rejects.toThrow('ENOENT');
  expect(auditLines('')).toEqual([]);
});
