/** Many readers that jump about in a log that grows: each must get the record it asks for, and every record with its own value. */
import { createHash, randomInt } from 'node:crypto';
import type { AppendResult, ReadResult } from '../../src/engine/engine';
import { readRecords } from './batches';
import type { PlainRecord } from './batches';
import { seeded } from '../support/random';

const READERS = 32;
const READS = 20;
const APPENDERS = 4;

export interface LogUnderTest {
  append(records: readonly PlainRecord[]): Promise<AppendResult>;
  /** Called when half of the records are there, before anybody reads. */
  halfway?(): Promise<void>;
  read(offset: number, bytesMax: number): Promise<ReadResult>;
}

/** Appends `count` records, the second half of them by several at once while 32 readers read at random offsets. Throws where one gets another key or value. */
export async function readAtRandom(count: number, log: LogUnderTest): Promise<void> {
  const seed = randomInt(2 ** 31);
  const random = seeded(seed);
  const records = Array.from({ length: count }, (_, index) => checksummed(random, index));
  const byOffset = new Map<number, PlainRecord>();
  const offsets: number[] = [];
  let taken = 0;
  const append = async (batchMax: number): Promise<void> => {
    const batch = records.slice(taken, taken + batchMax);
    taken += batch.length;
    const { baseOffset } = await log.append(batch);
    for (const [index, record] of batch.entries()) {
      byOffset.set(baseOffset + index, record);
      offsets.push(baseOffset + index);
    }
  };
  // Each has its own, so that a seed brings the same questions however they interleave.
  const consume = async (random: (below: number) => number): Promise<void> => {
    for (let time = 0; time < READS; time += 1) {
      const offset = offsets[random(offsets.length)] ?? 0;
      const result = await log.read(offset, random(2) === 0 ? 1 : 256 * 1024);
      const got = readRecords(result.chunks).filter((record) => record.offset >= offset);
      if (got[0]?.offset !== offset) throw new Error(`asked for ${offset}, got ${got[0]?.offset} (seed ${seed})`);
      for (const record of got) {
        const expected = byOffset.get(record.offset);
        // Not acked yet.
        if (expected === undefined) continue;
        for (const part of ['key', 'value'] as const) {
          if (!same(record[part], expected[part]))
            throw new Error(`another ${part} at offset ${record.offset} (seed ${seed})`);
        }
      }
    }
  };
  const produce = async (random: (below: number) => number): Promise<void> => {
    while (taken < count) await append(1 + random(20));
  };
  while (taken < count / 2) await append(50);
  await log.halfway?.();
  await Promise.all([
    ...Array.from({ length: READERS }, (_, reader) => consume(seeded(seed + 1 + reader))),
    ...Array.from({ length: APPENDERS }, (_, appender) => produce(seeded(seed + 1 + READERS + appender))),
  ]);
}

const same = (left: Buffer | null, right: Buffer | null): boolean =>
  left === null || right === null ? left === right : left.equals(right);

function checksummed(random: (below: number) => number, index: number): PlainRecord {
  const key = random(3) === 0 ? null : Buffer.from(`key-${random(5)}`);
  const kind = random(20);
  if (kind === 0 && key !== null) return { key, value: null };
  if (kind === 1) return { key, value: Buffer.alloc(0) };
  const length = kind < 4 ? random(64 * 1024) : random(1_000);
  const body = Buffer.alloc(length, index % 251);
  const digest = createHash('sha1').update(body).update(String(index)).digest();
  return { key, value: Buffer.concat([kind % 2 === 0 ? Buffer.of(0) : Buffer.of(1), digest, body]) };
}
