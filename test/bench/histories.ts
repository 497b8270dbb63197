/**
 * What the histories of reads and writes cost: memory when they are full, and CPU for each fetch and each produce.
 *
 *     node --expose-gc -r ./test/support/register.cjs test/bench/histories.ts
 */
import { ReadHistory } from '../../src/audit/read-history';
import { WriteHistory } from '../../src/audit/write-history';
import { toOffset, toPartitionId } from '../../src/types';

const ROWS = 16_384;
const PARTITIONS = 8;
const PASSES = 20;

const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

/** `one` is called for each of so many rows that none goes on where another ended; the last passes are timed. */
function measure(name: string, what: string, one: (index: number) => void): void {
  const before = heap();
  for (let index = 0; index < ROWS; index++) one(index);
  const kib = (heap() - before) / 1_024;
  const begun = process.cpuUsage();
  for (let index = ROWS; index < ROWS * PASSES; index++) one(index);
  const { user, system } = process.cpuUsage(begun);
  const ns = ((user + system) * 1_000) / (ROWS * (PASSES - 1));
  process.stdout.write(
    `${name}: ${kib.toFixed(0)} KiB when full, ${ns.toFixed(0)} ns of CPU a ${what} in the worst case\n`,
  );
}

const names = Array.from({ length: PARTITIONS }, (_, index) => `topic-${index}`);
const client = { client: 'audit-svc', address: '10.0.0.7' };

const reads = new ReadHistory();
const { signal } = new AbortController();
measure('reads', 'partition of a fetch', (index) => {
  const offset = toOffset(index * 10);
  const asked = {
    topic: names[index % PARTITIONS] ?? '',
    partition: toPartitionId(0),
    offset,
    nextOffset: toOffset(offset + 1),
  };
  const given = { records: 1, bytes: 384, highWatermark: offset + 1, error: 'NONE' };
  reads.read({ connection: 'c1', ...client, ...asked, ...given }, signal, index);
});

const writes = new WriteHistory();
const partitions = names.map((topic) => ({ topic }));
measure('writes', 'batch', (index) => {
  const at = partitions[index % PARTITIONS] ?? { topic: '' };
  const baseOffset = toOffset(index * 10);
  const write = { topic: at.topic, partition: toPartitionId(0), baseOffset, lastOffset: baseOffset, bytes: 384 };
  writes.wrote({ ...client, ...write }, at, index);
});
