/**
 * What is known of one partition's log: what lies at which offset, how far it surely goes, where it begins at least and may begin at most, and
 * which records may have left it. Batches that nobody acked are loose: they lie somewhere, once, or nowhere.
 */
import { agree } from './disagreement';
import type { ModelTopic } from './model';
import { Told } from './told';
import type { Now } from './simulated-time';
import type { SentBatch, SentRecord } from './sent-batches';

interface Placed {
  readonly batch: SentBatch;
  readonly index: number;
}

export class ModelPartition {
  readonly topic: ModelTopic;
  readonly index: number;
  /** What a DeleteRecords asked for, done or not. */
  deleteAsked = 0;
  /** What a DeleteRecords was answered with. */
  deleted = 0;
  readonly loose = new Set<SentBatch>();
  /** Batches were sent of which nobody knows whether they were ever there. */
  lost = 0;
  readonly #placed = new Map<number, Placed>();
  readonly #byKey = new Map<string, number[]>();
  /** The last acked offsets, one past each, and the greatest log starts that anybody was told. */
  readonly #ends = new Told();
  readonly #starts = new Told();
  /** When a record was first seen to have left the log, on the gateways' clock. */
  readonly #goneSince = new Map<number, number>();

  constructor(topic: ModelTopic, index: number) {
    this.topic = topic;
    this.index = index;
  }

  get name(): string {
    return `${this.topic.name}-${this.index}`;
  }

  /** One past the last acked offset. */
  get end(): number {
    return this.#ends.most;
  }

  get start(): number {
    return this.#starts.most;
  }

  /** What a gateway must know: what it told itself, and what others told a while ago. */
  endKnown(teller: object, byMs: number): number {
    return this.#ends.knownTo(teller, byMs);
  }

  startKnown(teller: object, byMs: number): number {
    return this.#starts.knownTo(teller, byMs);
  }

  at(offset: number): SentRecord | undefined {
    const { batch, index } = this.#placed.get(offset) ?? {};
    return batch?.records[index ?? 0];
  }

  batchAt(offset: number): SentBatch | undefined {
    return this.#placed.get(offset)?.batch;
  }

  sent(batch: SentBatch): void {
    this.loose.add(batch);
  }

  acked(batch: SentBatch, baseOffset: number, teller: object, { nodeMs, gatewaysMs }: Now): void {
    this.place(batch, baseOffset, 'acked');
    batch.ackedMs ??= nodeMs;
    this.#ends.tell(baseOffset + batch.records.length, teller, gatewaysMs);
  }

  /** Throws where it lies elsewhere, or something else lies there. */
  place(batch: SentBatch, baseOffset: number, how: string): void {
    const { serial, records } = batch;
    const what = `batch ${serial} of ${this.name} was ${how} at offset ${baseOffset}`;
    agree(
      batch.partition === this,
      () => `${what}, and was sent to ${batch.partition.name} (${batch.partition.topic.what})`,
    );
    if (batch.baseOffset === baseOffset) return;
    agree(batch.baseOffset === undefined, () => `${what}, and lies at ${batch.baseOffset}`);
    batch.baseOffset = baseOffset;
    this.loose.delete(batch);
    for (const [index, { key }] of records.entries()) {
      const offset = baseOffset + index;
      const there = this.#placed.get(offset);
      agree(there === undefined, () => `${what}, and batch ${there?.batch.serial} lies at ${offset}`);
      this.#placed.set(offset, { batch, index });
      if (key !== null)
        this.#byKey.set(
          key,
          [...(this.#byKey.get(key) ?? []), offset].sort((a, b) => a - b),
        );
    }
  }

  /** Somebody was told where the log begins. Throws where nothing allows it to. */
  begins(start: number, teller: object, { nodeMs, gatewaysMs }: Now): void {
    const most = start <= this.start ? this.start : this.startMost(nodeMs);
    agree(start <= most, () => `the log of ${this.name} begins at ${start}; nothing allows more than ${most}`);
    this.#starts.tell(start, teller, gatewaysMs);
  }

  /** A loss of power may bring back what retention and compaction had removed, and not what DeleteRecords had. */
  beganAgain(start: number, teller: object, { gatewaysMs }: Now): void {
    this.#starts.forget();
    this.#starts.tell(start, teller, gatewaysMs);
    this.#goneSince.clear();
  }

  /** The greatest log start that DeleteRecords and retention allow. */
  startMost(nodeMs: number): number {
    const { retentionMs, retentionBytes } = this.topic.rules;
    let most = Math.max(this.start, this.deleteAsked);
    let bytesAfter = this.#bytesFrom(most);
    for (;;) {
      const batch = this.batchAt(most);
      // What nobody was told of may be of any size and age.
      if (batch === undefined && (most >= this.end || !this.#mayLieAt(most))) return most;
      const bytes = batch?.bytes.length ?? 0;
      const tooOld = batch === undefined || this.#newestMs(batch, nodeMs) < nodeMs - retentionMs;
      const tooMuch = bytesAfter - bytes >= retentionBytes;
      if (retentionMs === Infinity && !tooMuch) return most;
      if (!tooOld && !tooMuch) return most;
      bytesAfter -= bytes;
      most = batch?.baseOffset === undefined ? most + 1 : batch.baseOffset + batch.records.length;
    }
  }

  /** Whether compaction may have taken the record at an offset. */
  isRemovable(offset: number, nodeMs: number): boolean {
    if (!this.topic.rules.compacts) return false;
    const found = this.#placed.get(offset);
    // Nobody knows what lies there, and compaction may have taken it before anybody saw it.
    if (found === undefined) return this.#mayLieAt(offset);
    const record = found.batch.records[found.index];
    const key = record?.key ?? '';
    if ((this.#byKey.get(key)?.at(-1) ?? -1) > offset) return true;
    if ([...this.loose].some(({ records }) => records.some((other) => other.key === key))) return true;
    const sinceMs = found.batch.ackedMs ?? found.batch.maxTimestamp;
    return record?.value === null && nodeMs - sinceMs >= this.topic.rules.deleteRetentionMs;
  }

  /** The newest offset of every key below an end. */
  newest(end: number): Map<string, number> {
    const newest = new Map<string, number>();
    for (const [key, offsets] of this.#byKey) {
      const offset = offsets.findLast((each) => each < end);
      if (offset !== undefined) newest.set(key, offset);
    }
    return newest;
  }

  gone(offset: number, gatewaysMs: number): void {
    if (!this.#goneSince.has(offset)) this.#goneSince.set(offset, gatewaysMs);
  }

  goneSince(offset: number): number {
    return this.#goneSince.get(offset) ?? Infinity;
  }

  /** Of what compaction must have left. */
  #newestMs({ baseOffset = 0, records }: SentBatch, nodeMs: number): number {
    const left = records.filter((_, index) => !this.isRemovable(baseOffset + index, nodeMs));
    return Math.max(-1, ...left.map(({ timestamp }) => timestamp));
  }

  /** What nobody acked and nobody will send again is not in the log: it was looked for. */
  giveUpLoose(): void {
    for (const batch of this.loose) {
      if (batch.idempotent) continue;
      this.loose.delete(batch);
      this.lost += 1;
    }
  }

  #mayLieAt(offset: number): boolean {
    return this.loose.size + this.lost > 0 && !this.#placed.has(offset);
  }

  #bytesFrom(start: number): number {
    let bytes = 0;
    for (let offset = start; offset < this.end;) {
      const batch = this.batchAt(offset);
      bytes += batch?.bytes.length ?? 0;
      offset = batch?.baseOffset === undefined ? offset + 1 : batch.baseOffset + batch.records.length;
    }
    return bytes;
  }
}
