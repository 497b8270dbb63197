/** Readers: each goes through one partition by fetches, from a place that chance chose. Of a compacted one it remembers what it saw of each key. */
import { ErrorCode } from '../../src/protocol/error-code';
import type { Fetched } from '../support/kafka-client';
import { splitBatches } from '../node/support';
import { agree } from './disagreement';
import type { Draws } from './draws';
import type { SideName } from './model';
import type { ModelPartition } from './model-partition';
import { checkRead, type Read } from './reading';
import type { Simulation } from './simulation';
import { Pass } from './pass';

export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
}

export class Reader {
  readonly name: string;
  readonly side: SideName;
  partition: ModelPartition | undefined;
  offset = 0;
  #pass: Pass | undefined;

  constructor(name: string, side: SideName) {
    this.name = name;
    this.side = side;
  }

  /** Goes on where it is, or somewhere else. */
  place(simulation: Simulation, draws: Draws): void {
    const { partitions } = simulation.model;
    const [stays, where, share] = [draws.percent(80), draws.below(4), draws.below(1_000)];
    if (partitions.length === 0) {
      this.partition = undefined;
      return;
    }
    const chosen = draws.pick(partitions);
    if (this.partition !== undefined && simulation.model.isCurrent(this.partition) && stays) return;
    const { start, end } = chosen;
    const offsets = [start, start, start + Math.floor(((end - start) * share) / 1_000), end];
    this.begin(simulation, chosen, offsets[where] ?? start);
  }

  begin(simulation: Simulation, partition: ModelPartition, offset: number): void {
    this.partition = partition;
    this.offset = offset;
    const isPass = partition.topic.rules.compacts && offset <= partition.start;
    this.#pass = isPass ? new Pass(partition, simulation.time.now.nodeMs) : undefined;
  }

  /** One fetch, checked. Answers whether anything came. */
  async read(simulation: Simulation, limits: FetchLimits): Promise<boolean> {
    const { partition, offset, name, side } = this;
    if (partition === undefined) return false;
    const begun = await simulation.attempt(side, partition.topic.name);
    const askedMs = simulation.time.now.gatewaysMs;
    const endAsked = partition.end;
    const endKnown = partition.endKnown(begun.teller, askedMs);
    const startKnown = partition.startKnown(begun.teller, askedMs);
    const fetched = await simulation.asks(`a fetch by ${name}`, side, name, (client) =>
      client.fetch(partition.topic.name, offset, { partition: partition.index, ...limits }),
    );
    if (fetched === undefined) return false;
    // A topic that went during a long poll may be told to be gone, or be another by now.
    const attempt = simulation.model.isCurrent(partition) ? begun : { ...begun, mayBeOld: true };
    const { errorCode } = fetched.partition;
    const what = `${side} answered ${name} at offset ${offset} of ${partition.name} with`;
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      const legal = offset < partition.startMost(simulation.time.now.nodeMs) || offset > endAsked;
      agree(
        legal || attempt.mayBeOld,
        () => `${what} out of range; it begins at ${partition.start} and ends at ${endAsked}`,
      );
      this.begin(simulation, partition, partition.start);
      return false;
    }
    if (!simulation.holds(errorCode, attempt, what)) return false;
    const read = this.#check(simulation, fetched, { partition, offset, askedMs, mayBeOld: attempt.mayBeOld });
    simulation.recordsRead += read.seen.length;
    if (attempt.mayBeOld) return read.seen.length > 0;
    agree(offset >= startKnown, () => `${what} records; the log begins at ${startKnown}`);
    const { highWatermark, logStartOffset } = fetched.partition;
    agree(highWatermark >= endKnown, () => `${what} high watermark ${highWatermark}; acked are ${endKnown}`);
    agree(logStartOffset >= startKnown, () => `${what} log start ${logStartOffset}; it begins at ${startKnown}`);
    partition.begins(logStartOffset, attempt.teller, simulation.time.now);
    // Whoever waits must have been woken by what came a while before the end of its wait.
    const waitedOut = limits.maxWaitMs > 0 ? partition.endKnown({}, askedMs + limits.maxWaitMs) : endKnown;
    const isEmpty = fetched.records.length === 0;
    agree(!isEmpty || offset >= waitedOut, () => `${what} nothing; acked are ${waitedOut}`);
    this.offset = read.nextOffset;
    this.#pass?.read(read.seen, read.nextOffset, simulation.time.now.nodeMs, `${name} (${side})`);
    return !isEmpty;
  }

  #check(
    { batches, time }: Simulation,
    { records }: Fetched,
    asked: { partition: ModelPartition; offset: number; askedMs: number; mayBeOld: boolean },
  ): Read {
    return checkRead(batches, { ...asked, by: `${this.side} for ${this.name}` }, splitBatches(records), time.now);
  }
}
