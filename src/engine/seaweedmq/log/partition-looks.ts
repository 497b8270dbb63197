/**
 * Looks at partitions, every five seconds and a few at a time, as long as there are any: each within its deadline and as a span of its own,
 * none while others go on.
 */
import type { Clock, Timer } from '../../../clock';
import type { Telemetry } from '../../../telemetry/telemetry';
import type { CallContext, Operation } from '../../../telemetry/trace/operation';
import type { Offset, TopicPartition } from '../../../types';
import { withDeadline } from '../../../waiting/deadline';
import { endFailed } from '../../../waiting/phase';

const LOOK_MS = 5_000;
/** A look is several calls, and finds by streams that stay silent for a second that a record is nowhere. */
const CALLS_MAX = 3;

/** What looks at a partition need. */
export interface LookOptions {
  readonly clock: Clock;
  /** Of each call; a look may take three of them. */
  readonly deadlineMs: number;
  /** The generation of a topic as the filer has it now; undefined where it has none. */
  readonly generationOf: (topic: string, context: CallContext) => Promise<bigint | undefined>;
  readonly logStartOf: (at: TopicPartition) => Offset;
}

interface Looked<T> {
  readonly telemetry: Pick<Telemetry, 'operations'>;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly spanName: string;
  /** Of a partition, before its name: `the stored log`. */
  readonly what: string;
  /** How many there are to be looked at, now or later. */
  readonly count: () => number;
  /** Those that are looked at now. */
  readonly due: () => readonly T[];
  readonly judge: (each: T, context: CallContext) => Promise<void>;
  /** Its look went well, and its operation ends. */
  readonly judged?: (each: T, operation: Operation) => void;
  /** It could not be looked at. */
  readonly failed: (each: T) => void;
}

export class PartitionLooks<T extends { readonly at: TopicPartition }> {
  readonly #looked: Looked<T>;
  readonly #lifetime = new AbortController();
  #timer: Timer | undefined;
  #looking = false;

  constructor(looked: Looked<T>) {
    this.#looked = looked;
  }

  get closed(): boolean {
    return this.#lifetime.signal.aborted;
  }

  /** From now on until none is left; does nothing where it has begun. */
  begin(): void {
    this.#timer ??= this.#looked.clock.every(LOOK_MS, () => void this.look());
  }

  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    await Promise.all(this.#looked.due().map((each) => this.#lookAt(each)));
    this.#looking = false;
    if (this.#looked.count() === 0) this.#rest();
  }

  close(): void {
    this.#rest();
    this.#lifetime.abort();
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #lookAt(each: T): Promise<void> {
    const { clock, telemetry, deadlineMs, spanName, what, judge, judged, failed } = this.#looked;
    const { topic, partition } = each.at;
    const attributes = { 'messaging.destination.name': topic, 'messaging.destination.partition.id': String(partition) };
    const operation = telemetry.operations.root('filer.call', { spanName, attributes });
    const limits = { clock, deadlineMs: CALLS_MAX * deadlineMs, what: `${what} of ${topic}-${String(partition)}` };
    try {
      await withDeadline(limits, this.#lifetime.signal, (signal) => judge(each, { operation, signal }));
      judged?.(each, operation);
      operation.end('ok');
    } catch (error) {
      failed(each);
      endFailed(operation, error);
    }
  }
}
