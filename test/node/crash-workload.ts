/** What a node does until it crashes, and what must be there afterwards: topics, batches of idempotent producers, entries. */
import { FilerStore } from '../../src/node/filer/filer-store';
import type { FsyncPolicy } from '../../src/node/append/appender';
import { applyRetention } from '../../src/node/log/retention';
import { appendAll, openLogs, readAll } from './log-support';
import type { OpenLogs } from './log-support';
import type { MemoryDisk } from './memory-disk';
import type { Random } from './memory-tree';
import { valueBatch } from './support';

/** Fewer than a producer's batches that are remembered. */
const IN_FLIGHT_MAX = 5;
const TOPICS_MAX = 4;
const STEPS_MAX = 60;

interface KnownPartition {
  /** Batch n is at offset n. */
  acked: number;
  logStart: number;
  /** Asked for, and perhaps done. */
  logStartAsked: number;
}

interface KnownTopic {
  readonly id: string;
  readonly partitions: KnownPartition[];
  deletionAsked: boolean;
}

interface Opened {
  readonly logs: OpenLogs;
  readonly filer: FilerStore;
}

export class CrashWorkload {
  private readonly random: Random;
  private readonly topics = new Map<string, KnownTopic>();
  /** By name: what was acked, and what was asked for after it. */
  private readonly entries = new Map<string, string[]>();
  private made = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** Opens what is on the disk, checks it, and works for a while. Throws what the disk throws. */
  async run(disk: MemoryDisk, fsync: FsyncPolicy): Promise<void> {
    const opened = open(disk, fsync);
    this.check(opened);
    try {
      for (let step = 0; step < STEPS_MAX; step += 1) await this.step(opened);
    } finally {
      await opened.logs.topics.sealed();
    }
  }

  check({ logs, filer }: Opened): void {
    expect(logs.report.damagedRanges).toBe(0);
    for (const [name, known] of [...this.topics]) {
      const found = logs.topics.list().find((topic) => topic.name === name);
      if (found === undefined && known.deletionAsked) this.topics.delete(name);
      else expect(found?.id).toBe(known.id);
    }
    for (const { name, id, partitions } of logs.topics.list()) {
      const known = this.topics.get(name) ?? { id, partitions: [], deletionAsked: false };
      this.topics.set(name, known);
      expect(partitions.length).toBeGreaterThanOrEqual(known.partitions.length);
      while (known.partitions.length < partitions.length) known.partitions.push(newPartition());
      for (const [index, { log }] of partitions.entries()) this.checkPartition(known, index, log);
    }
    for (const [name, contents] of this.entries) {
      const found = filer.find('/e', name);
      expect(contents).toContain(found === undefined ? '' : Buffer.from(found.content).toString());
    }
  }

  private checkPartition({ id, partitions }: KnownTopic, index: number, log: Parameters<typeof readAll>[0]): void {
    const known = partitions[index] ?? newPartition();
    expect(log.highWatermark).toBeGreaterThanOrEqual(known.acked);
    expect([known.logStart, known.logStartAsked]).toContain(log.logStartOffset);
    const found = readAll(log).filter(({ baseOffset }) => baseOffset >= log.logStartOffset);
    const first = log.logStartOffset;
    expect(found.map(({ baseOffset }) => baseOffset)).toEqual(found.map((_, position) => first + position));
    expect(found).toHaveLength(log.highWatermark - first);
    for (const { baseOffset, bytes } of found) {
      expect(bytes.subarray(16).equals(batchOf(`${id}-${index}`, baseOffset).subarray(16))).toBe(true);
    }
    known.logStart = log.logStartOffset;
  }

  private async step(opened: Opened): Promise<void> {
    switch (this.random(12)) {
      case 0:
        return this.createTopic(opened);
      case 1:
        return this.addPartition(opened);
      case 2:
        return this.moveLogStart(opened);
      case 3:
        return this.random(4) === 0 ? this.deleteTopic(opened) : undefined;
      case 4:
      case 5:
        return this.putEntries(opened);
      default:
        await this.append(opened);
    }
  }

  private createTopic({ logs }: Opened): void {
    if (this.topics.size >= TOPICS_MAX) return;
    const name = `t${(this.made += 1)}`;
    const count = 1 + this.random(3);
    const { id } = logs.topics.create(
      name,
      count,
      { 'internal.segment.bytes': String(300 + this.random(1500)) },
      Buffer.alloc(0),
    );
    const partitions = Array.from({ length: count }, newPartition);
    this.topics.set(name, { id, partitions, deletionAsked: false });
  }

  private addPartition({ logs }: Opened): void {
    const found = this.anyTopic();
    if (found === undefined) return;
    const [name, topic] = found;
    logs.topics.addPartitions(name, topic.partitions.length + 1);
    topic.partitions.push(newPartition());
  }

  private moveLogStart({ logs }: Opened): void {
    const found = this.anyTopic();
    if (found === undefined) return;
    const [name, topic] = found;
    const index = this.random(topic.partitions.length);
    const known = topic.partitions[index] ?? newPartition();
    const partition = logs.topics.partition(name, index);
    known.logStartAsked = Math.max(known.logStart, this.random(known.acked + 1));
    partition.log.moveLogStart(known.logStartAsked);
    known.logStart = known.logStartAsked;
    // Nothing is too old: what is below the log start goes.
    applyRetention(partition, 0);
  }

  private async deleteTopic({ logs }: Opened): Promise<void> {
    const found = this.anyTopic();
    if (found === undefined) return;
    const [name, topic] = found;
    topic.deletionAsked = true;
    await logs.topics.delete(name);
    this.topics.delete(name);
  }

  private async putEntries({ filer }: Opened): Promise<void> {
    const puts = Array.from({ length: 1 + this.random(3) }, (_, position) => {
      const name = `e${position}-${this.random(5)}`;
      const content = `${name} ${(this.made += 1)} ${'.'.repeat(this.random(100))}`;
      this.entries.set(name, [...(this.entries.get(name) ?? ['']), content]);
      return { name, content };
    });
    const errors = await filer.put(
      puts.map(({ name, content }) => ({
        directory: '/e',
        entry: { ...ENTRY, name, content: Buffer.from(content) },
        exclusive: false,
      })),
    );
    expect(errors).toEqual(puts.map(() => ''));
    for (const { name, content } of puts) this.entries.set(name, [content]);
  }

  private async append({ logs }: Opened): Promise<void> {
    const found = this.anyTopic();
    if (found === undefined) return;
    const [name, topic] = found;
    const appends = await Promise.allSettled(
      topic.partitions.map(async (known, index) => {
        const batches = Array.from({ length: this.random(IN_FLIGHT_MAX + 1) }, (_, position) =>
          batchOf(`${topic.id}-${index}`, known.acked + position),
        );
        const outcomes = await appendAll(logs.topics.partition(name, index), batches);
        for (const outcome of outcomes) {
          if (outcome.kind === 'refused') throw outcome.error;
          expect(outcome.baseOffset).toBe(known.acked);
          known.acked += 1;
        }
      }),
    );
    for (const outcome of appends) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private anyTopic(): [string, KnownTopic] | undefined {
    return [...this.topics][this.random(this.topics.size)];
  }
}

const ENTRY = { isDirectory: false, chunks: [], attributes: undefined, extended: {} };

export function open(disk: MemoryDisk, fsync: FsyncPolicy): Opened {
  const logs = openLogs(disk, { fsync });
  const filer = new FilerStore(logs.context);
  filer.open();
  return { logs, filer };
}

function newPartition(): KnownPartition {
  return { acked: 0, logStart: 0, logStartAsked: 0 };
}

/** One record, of some size; the producer is the partition's own. */
function batchOf(partition: string, number: number): Buffer {
  const value = `${partition} ${number} ${'.'.repeat((number * 37) % 300)}`;
  return valueBatch(value, { producerId: 7n, producerEpoch: 0, baseSequence: number });
}
