/** Writers: plain ones, which send a batch once, and idempotent ones, which send what was not acked again, in order, until it is. */
import { ErrorCode } from '../../src/protocol/error-code';
import { agree } from './disagreement';
import type { Draws } from './draws';
import type { SideName } from './model';
import type { ModelPartition } from './model-partition';
import { newProducer } from './requests';
import type { SentBatch } from './sent-batches';
import type { Simulation } from './simulation';

interface Producer {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

interface Sequence {
  next: number;
  /** Not acked, in order. */
  pending: SentBatch[];
}

/** As many as a broker remembers of a producer. */
const IN_FLIGHT_MAX = 5;

export class Writer {
  readonly name: string;
  readonly side: SideName;
  readonly isIdempotent: boolean;
  readonly #sequences = new WeakMap<ModelPartition, Sequence>();
  #producer: Producer | undefined;

  constructor(name: string, side: SideName, idempotent: boolean) {
    this.name = name;
    this.side = side;
    this.isIdempotent = idempotent;
  }

  /** Sends so many new batches behind those that wait, all at once on one connection, and takes the answers. */
  async write(simulation: Simulation, draws: Draws, partition: ModelPartition, count: number): Promise<void> {
    const batches = this.#made(simulation, draws, partition, count);
    if (batches.length === 0) return;
    const { topic, index, name } = partition;
    const attempt = await simulation.attempt(this.side, topic.name);
    // The sequences would begin in the middle where the first of them are refused by who takes the topic for another.
    if (this.isIdempotent && attempt.mayBeOld) return;
    const answers = await simulation.asks(`a produce by ${this.name}`, this.side, this.name, (client) =>
      Promise.allSettled(batches.map(({ bytes }) => client.produce(topic.name, bytes, { partition: index }))),
    );
    let isBroken = false;
    let last = -1;
    for (const [place, batch] of batches.entries()) {
      const answer = answers?.[place];
      if (answer?.status !== 'fulfilled') {
        agree(simulation.hasCrashed(attempt), () => `batch ${batch.serial} was not answered: ${answer?.reason}`);
        isBroken = true;
        continue;
      }
      const { errorCode, baseOffset, logStartOffset } = answer.value;
      const what = `${this.side} answered batch ${batch.serial} to ${name} with`;
      // What follows a batch that failed is out of order.
      if (isBroken && errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) continue;
      if (!simulation.holds(errorCode, attempt, what)) {
        isBroken = true;
        continue;
      }
      agree(baseOffset > last, () => `${what} offset ${baseOffset}; the one sent before it has ${last}`);
      last = baseOffset;
      partition.acked(batch, baseOffset, attempt.teller, simulation.time.now);
      if (logStartOffset >= 0 && !attempt.mayBeOld)
        partition.begins(logStartOffset, attempt.teller, simulation.time.now);
    }
    const sequence = this.#sequences.get(partition);
    if (sequence !== undefined) sequence.pending = sequence.pending.filter(({ ackedMs }) => ackedMs === undefined);
  }

  hasPending(partition: ModelPartition): boolean {
    return (this.#sequences.get(partition)?.pending.length ?? 0) > 0;
  }

  #made(simulation: Simulation, draws: Draws, partition: ModelPartition, count: number): SentBatch[] {
    const producer = this.#producer;
    if (producer === undefined)
      return Array.from({ length: count }, () => simulation.makes(this.name, partition, draws));
    const sequence = this.#sequences.get(partition) ?? { next: 0, pending: [] };
    this.#sequences.set(partition, sequence);
    for (let made = 0; made < count && sequence.pending.length < IN_FLIGHT_MAX; made += 1) {
      const batch = simulation.makes(this.name, partition, draws, { ...producer, baseSequence: sequence.next });
      sequence.next += batch.records.length;
      sequence.pending.push(batch);
    }
    return [...sequence.pending];
  }

  /** An idempotent one is given its id. */
  async start(simulation: Simulation): Promise<void> {
    if (!this.isIdempotent) return;
    const made = await simulation.asks('a new producer', this.side, this.name, newProducer);
    agree(made?.errorCode === ErrorCode.NONE, () => `a new producer was refused with ${made?.errorCode}`);
    this.#producer = made;
  }
}
