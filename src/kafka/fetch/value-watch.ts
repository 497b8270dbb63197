/**
 * What fetches deliver, told to telemetry: values by kind and side, gaps, offsets asked again and again, and the traces of whoever wrote
 * the records. It looks at what the engine counted, never into a batch.
 */
import type { ReadResult, Topic } from '../../engine/engine';
import type { Operation } from '../../telemetry/trace/operation';
import { type ProducerSpan, TraceLinks, type WrittenOffsets } from '../../telemetry/trace/trace-links';
import type { ValueFault } from '../../audit/proofs';
import type { ValueFaults } from '../../audit/value-faults';
import { markFaults, type TopicValues, type ValueLedger } from '../../audit/value-ledger';
import { toOffset, type Offset, type PartitionId } from '../../types';
import type { KafkaSettings } from '../kafka-settings';
import { effectiveTopicConfig } from '../effective-topic-config';

/** One partition of a fetch. */
export interface FetchedPartition {
  readonly topic: Topic;
  readonly partition: PartitionId;
  readonly offset: Offset;
}

/** Who is given records, and the operation that read them. */
export interface Reader {
  readonly operation: Operation;
  /** Client id; empty where it has none. */
  readonly consumer: string;
}

/** Who asks: a connection, whose signal aborts when it closes. */
export interface Asker {
  readonly operation: Operation;
  readonly connectionId: string;
  /** Client id; the address where it has none. */
  readonly client: string;
  readonly signal: AbortSignal;
}

export class ValueWatch {
  readonly traces = new TraceLinks();
  readonly #ledger: ValueLedger;
  readonly #faults: ValueFaults;
  readonly #settings: KafkaSettings;
  readonly #known = new WeakMap<Topic, TopicValues>();
  readonly #connections = new WeakSet<AbortSignal>();

  constructor(ledger: ValueLedger, faults: ValueFaults, settings: KafkaSettings) {
    this.#ledger = ledger;
    this.#faults = faults;
    this.#settings = settings;
  }

  /** Starts the counters of the topic; cheap where they are there. */
  seen(topic: Topic): void {
    this.#valuesOf(topic);
  }

  /** Records that the answer holds, on the operation that read them. */
  delivered(fetched: FetchedPartition, result: ReadResult, { operation, consumer }: Reader): void {
    const { topic, partition, offset } = fetched;
    const values = this.#valuesOf(topic);
    this.#ledger.delivered(
      {
        topic: topic.name,
        partition,
        askedOffset: offset,
        firstOffset: result.firstOffset,
        gapAllowed: values.cleanupPolicy.includes('compact'),
        expected: values,
        engine: result.engineCensus,
        delivered: result.deliveredCensus,
        verdicts: result.verdicts,
      },
      operation,
    );
    const lastOffset = toOffset(result.nextOffset - 1);
    this.#faults.delivered({ topic: topic.name, partition }, offset, lastOffset);
    if (result.faults.length > 0) {
      markFaults(operation, result.faults);
      this.refused(fetched, result.faults, { operation, consumer });
    }
    const read = { topic: topic.name, partition, baseOffset: offset, lastOffset };
    operation.link(() => this.traces.linksFor(read));
  }

  /** Records that were not given as the engine brought them. */
  refused(
    { topic, partition }: FetchedPartition,
    faults: readonly ValueFault[],
    { operation, consumer }: Reader,
  ): void {
    this.#valuesOf(topic);
    this.#faults.met(faults, { topic: topic.name, partition, consumer }, operation);
  }

  asked(fetched: FetchedPartition, dataAvailable: boolean, { operation, connectionId, client, signal }: Asker): void {
    const { topic, partition, offset } = fetched;
    if (!this.#connections.has(signal)) {
      this.#connections.add(signal);
      signal.addEventListener('abort', () => this.#ledger.closed(connectionId), { once: true });
    }
    const asked = { topic: topic.name, partition, connection: connectionId, client, offset, dataAvailable };
    this.#ledger.asked(asked, operation);
  }

  /** Remembers which span wrote the offsets, and the sampled spans that made the records: what is not sampled is nowhere to look at. */
  written(offsets: WrittenOffsets, send: Operation, producers: readonly ProducerSpan[]): void {
    this.traces.written(offsets, send, producers);
  }

  #valuesOf(topic: Topic): TopicValues {
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    const { compacts, deletes, emptyValuesAllowed, nullValuesAllowed } = effectiveTopicConfig(topic, this.#settings);
    const policies = [...(compacts ? ['compact'] : []), ...(deletes ? ['delete'] : [])];
    const cleanupPolicy = policies.join(',');
    const values = { cleanupPolicy, nullAllowed: nullValuesAllowed, emptyAllowed: emptyValuesAllowed };
    this.#known.set(topic, values);
    this.#ledger.topicSeen(topic.name, values);
    return values;
  }
}
