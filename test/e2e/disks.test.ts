/**
 * Goal: a disk that is full costs nobody what was acked, is told in an error of its own, and is gone on from without a restart; one that
 * is read-only is refused at the start, one that becomes so while it is used is gone on from too. Method: the gateway as users run it, its data directory on a small tmpfs in a mount namespace
 * of its own, in which a shell runs what it is told.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { readRecords } from '../engine/batches';
import { KafkaClient } from '../support/kafka-client';
import { describeWhere } from '../support/outside-program';
import { canMount, type OnOwnDisk, startOnOwnDisk } from '../support/own-disk';
import { incidentsOf } from './incidents';
import { pause } from './load';
import { createTopic, deleteTopic, get } from './support';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');
const DISK_MIB = 16;
const BATCH_BYTES = 200_000;
const READY_MS = 60_000;

/** Where the kernel lets us mount nothing there is nothing to show it with; the tests of the node have a disk of their own for it. */
const describeMounted = describeWhere(
  canMount(),
  'disks: this machine does not let a process mount a tmpfs of its own',
);

describeMounted('a small disk', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-disk-'));
  let disk: OnOwnDisk;
  let client: KafkaClient;
  let console = '';

  beforeAll(async () => {
    const command = `${process.execPath} ${MAIN} serve --listen 127.0.0.1:0 --console-listen 127.0.0.1:0 --data ${directory}/data`;
    disk = startOnOwnDisk({ directory, mib: DISK_MIB, command });
    const [, bootstrap = ''] = await disk.child.printed(/^ *bootstrap +(\S+)$/m);
    [, console = ''] = await disk.child.printed(/^ *console +(http\S+)/m);
    client = await KafkaClient.connect(Number(bootstrap.split(':')[1]), 'disks');
  }, READY_MS);
  afterAll(async () => {
    await client.close();
    await disk.child.kill();
    rmSync(directory, { recursive: true, force: true });
  }, READY_MS);

  const produce = async (topic: string, index: number): Promise<number> => {
    const value = Buffer.alloc(BATCH_BYTES, index);
    const batch = encodeBatch([{ timestamp: Date.now(), key: null, value }]);
    return (await client.produce(topic, batch)).errorCode;
  };
  /** The first byte of each record. */
  const readAll = async (topic: string, count: number): Promise<(number | undefined)[]> => {
    const found: (number | undefined)[] = [];
    while (found.length < count) {
      const { partition, records } = await client.fetch(topic, found.length);
      expect(partition.errorCode).toBe(ErrorCode.NONE);
      const values = readRecords([records]).map(({ value }) => value?.[0]);
      if (values.length === 0) break;
      found.push(...values);
    }
    return found;
  };
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

  test('that is full refuses, serves what was acked, lets a topic be deleted, and then takes more', async () => {
    expect(await createTopic(client, 'kept', {})).toBe(ErrorCode.NONE);
    expect(await createTopic(client, 'filling', {})).toBe(ErrorCode.NONE);
    expect(await produce('kept', 0)).toBe(ErrorCode.NONE);
    let acked = 0;
    let refusal: number = ErrorCode.NONE;
    while (acked < 200 && (refusal = await produce('filling', acked)) === ErrorCode.NONE) acked += 1;
    expect(refusal).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect(await readAll('filling', acked)).toEqual(numbers(acked));
    const [full] = (await incidentsOf(console)).current;
    expect(full).toMatchObject({ kind: 'disk_full', evidence: expect.stringContaining('ENOSPC') as string });
    expect(full).not.toHaveProperty('holdsUntilMs');
    expect((await get(`${console}/readyz`)).status).toBe(503);
    expect(await deleteTopic(client, 'filling')).toBe(ErrorCode.NONE);
    // Nobody appends: the disk itself says that there is room again.
    let ended: readonly unknown[] = [];
    for (const untilMs = performance.now() + READY_MS; ended.length === 0 && performance.now() < untilMs;) {
      await pause(100);
      ({ ended } = await incidentsOf(console));
    }
    expect(ended).toMatchObject([{ kind: 'disk_full', evidence: 'takes records again' }]);
    expect((await get(`${console}/readyz`)).status).toBe(200);
    expect(await produce('kept', 1)).toBe(ErrorCode.NONE);
    expect(await readAll('kept', 2)).toEqual([0, 1]);
  }, 120_000);

  test('that becomes read-only refuses what needs new files, serves what was acked, and goes on when it is not', async () => {
    expect(await createTopic(client, 'before', {})).toBe(ErrorCode.NONE);
    expect(await produce('before', 0)).toBe(ErrorCode.NONE);
    // Over the open files, as a bind mount of its own: one with files open for writing cannot be made read-only.
    await disk.inside(`mount --bind ${directory}/data ${directory}/data`);
    await disk.inside(`mount -o remount,ro,bind ${directory}/data`);
    expect(await createTopic(client, 'refused', {})).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect(await readAll('before', 1)).toEqual([0]);
    await disk.inside(`umount ${directory}/data`);
    expect(await createTopic(client, 'refused', {})).toBe(ErrorCode.NONE);
    expect(await produce('refused', 0)).toBe(ErrorCode.NONE);
    expect(await produce('before', 1)).toBe(ErrorCode.NONE);
    expect(await readAll('before', 2)).toEqual([0, 1]);
  }, 120_000);

  test('that is read-only at the start is refused with the name of what cannot be written', async () => {
    await disk.inside(`mkdir ${directory}/other`);
    await disk.inside(`mount -t tmpfs -o ro none ${directory}/other`);
    expect(await disk.inside(`timeout 30 ${process.execPath} ${MAIN} node --data ${directory}/other`)).toBe(1);
    expect(disk.child.output()).toMatch(new RegExp(`cannot write ${directory}/other/\\S+: EROFS`));
  }, 120_000);
});
