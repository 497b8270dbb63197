/**
 * The audit of what fetches deliver: values by kind and side, bytes of both sides, gaps between the offset asked and the offset
 * returned, offsets asked again and again. It counts, marks the operation and flags its trace; it never changes an answer.
 */
import type { Clock } from '../clock';
import type { Census, Offset, PartitionId } from '../types';
import type { ValueFault } from './proofs';
import { VERDICTS, type VerdictCounts } from './verdict';
import type { Side } from './census';
import { mismatchedValues, presentValues, SIDES, VALUE_KINDS } from './census';
import type { Incidents } from '../telemetry/incidents/incidents';
import type { Instruments } from '../telemetry/metrics/instruments';
import { clientName } from '../telemetry/trace/client-name';
import type { KeepFlag, Operation } from '../telemetry/trace/operation';
import { type OffsetAsked, StuckOffsets } from './stuck-offsets';

/** What of a topic's settings decides whether a value of length 0 is expected. */
export interface TopicValues {
  /** Kafka's cleanup.policy; where it holds `compact`, a hole between offsets is expected. */
  readonly cleanupPolicy: string;
  /** What `seaglass.values.expected` comes to: any, non-null or non-empty. */
  readonly nullAllowed: boolean;
  readonly emptyAllowed: boolean;
}

/** One partition's part of a fetch that returned records. */
export interface DeliveredValues {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly askedOffset: Offset;
  /** Offset of the first record at or after the one asked for. */
  readonly firstOffset: Offset;
  /** True where compaction or a deletion may have left a hole. */
  readonly gapAllowed: boolean;
  readonly expected: Pick<TopicValues, 'nullAllowed' | 'emptyAllowed'>;
  readonly engine: Census;
  readonly delivered: Census;
  readonly verdicts: VerdictCounts;
}

/** Topics whose series start at 0; what is expected of a value does not depend on it. */
const TOPICS_MAX = 10_000;
/** A trouble of values is over when none was seen for so long. */
const VALUES_HOLD_MS = 300_000;
/** So long after the last time a client asked an offset again it is over. */
const REPEATED_HOLD_MS = 15_000;
/** What a topic must not lose: known before it happens. */
const LOSSES = ['value_lost', 'record_lost', 'offsets_forgotten'] as const;

type ValueTrouble = 'values_differ' | 'unexpected_empty' | 'unexpected_null' | 'offset_gap';

export interface ValueLedgerOptions {
  readonly instruments: Instruments;
  readonly incidents: Incidents;
  readonly clock: Clock;
}

export class ValueLedger {
  readonly #instruments: Instruments;
  readonly #incidents: Incidents;
  readonly #clock: Clock;
  readonly #topics = new Map<string, TopicValues>();
  readonly #stuck = new StuckOffsets();

  constructor(options: ValueLedgerOptions) {
    this.#instruments = options.instruments;
    this.#incidents = options.incidents;
    this.#clock = options.clock;
    this.#instruments.whenTopicNamed((topic) => {
      const values = this.#topics.get(topic);
      if (values !== undefined) this.#announce(topic, values);
    });
    this.#instruments.whenTopicEnds((topic) => {
      this.#topics.delete(topic);
      this.#stuck.topicEnded(topic);
    });
    this.#instruments.observe('seaglass_stuck_offsets', () => this.#stuckByTopic());
  }

  /** Starts every counter of the topic at 0, so that the first loss is an increase; cheap when nothing changed. */
  topicSeen(topic: string, values: TopicValues): void {
    const known = this.#topics.get(topic);
    if (known !== undefined && isSame(known, values)) return;
    if (known === undefined && this.#topics.size >= TOPICS_MAX) return;
    this.#topics.set(topic, values);
    const { cleanupPolicy } = values;
    if (known !== undefined && known.cleanupPolicy !== cleanupPolicy)
      this.#instruments.set('seaglass_topic_info', { topic, cleanup_policy: known.cleanupPolicy }, 0);
    this.#announce(topic, values);
  }

  /** All that is said of a topic, whatever happens to it. */
  #announce(topic: string, { cleanupPolicy, emptyAllowed }: TopicValues): void {
    this.#instruments.set('seaglass_topic_info', { topic, cleanup_policy: cleanupPolicy }, 1);
    this.#instruments.set('seaglass_topic_empty_values_allowed', { topic }, emptyAllowed ? 1 : 0);
    for (const kind of ['null', 'empty']) this.#instruments.add('seaglass_unexpected_values_total', { topic, kind }, 0);
    for (const verdict of VERDICTS) this.#instruments.add('seaglass_value_verdicts_total', { topic, verdict }, 0);
    for (const side of SIDES) {
      for (const kind of VALUE_KINDS) this.#instruments.add('seaglass_record_values_total', { topic, kind, side }, 0);
      this.#instruments.add('seaglass_value_bytes_total', { topic, side }, 0);
    }
    this.#instruments.add('seaglass_offset_gaps_total', { topic }, 0);
    for (const kind of LOSSES) this.#instruments.add('seaglass_engine_contradictions_total', { topic, kind }, 0);
  }

  /** Counts what one partition's answer holds, on the operation that read it. */
  delivered(values: DeliveredValues, operation: Operation): void {
    const { topic, engine, delivered } = values;
    const mismatched = mismatchedValues(engine, delivered);
    this.#tellTrouble(values, mismatched, operation);
    this.#countSide('engine', topic, engine, operation);
    this.#countSide('delivered', topic, delivered, operation);
    describe(values, operation);
    if (mismatched > 0) {
      operation.set('seaglass.values.mismatch', mismatched);
      const labels = { topic, kind: 'mismatch', side: 'delivered' };
      this.#instruments.add('seaglass_record_values_total', labels, mismatched, operation);
    }
    if (delivered.empties > 0) {
      this.#instruments.set('seaglass_empty_last_seen_timestamp_seconds', { topic }, this.#clock.nowMs() / 1_000);
    }
    this.#countUnexpected(values, operation);
    for (const verdict of VERDICTS) {
      const count = values.verdicts[verdict];
      if (count > 0) this.#instruments.add('seaglass_value_verdicts_total', { topic, verdict }, count);
    }
    if (isGap(values)) {
      operation.set('seaglass.values.first_bad_offset', values.firstOffset);
      this.#instruments.add('seaglass_offset_gaps_total', { topic }, 1, operation);
    }
  }

  #countUnexpected({ topic, delivered, expected }: DeliveredValues, operation: Operation): void {
    const count = (kind: 'null' | 'empty', values: number): void => {
      if (values > 0) this.#instruments.add('seaglass_unexpected_values_total', { topic, kind }, values, operation);
    };
    if (!expected.emptyAllowed) count('empty', delivered.empties);
    if (!expected.nullAllowed) count('null', delivered.nulls);
  }

  /** What nobody announced: an incident of its topic, and a trace that is kept. */
  #tellTrouble(values: DeliveredValues, mismatched: number, operation: Operation): void {
    const { topic, partition, askedOffset, firstOffset, delivered, expected } = values;
    const where = `${topic}-${String(partition)} from offset ${String(askedOffset)}`;
    const tell = (kind: ValueTrouble, flag: KeepFlag, evidence: string): void => {
      operation.flag(flag);
      this.#incidents.open(kind, clientName(topic), {
        ...{ evidence, topic, traceId: operation.traceId, holdMs: VALUES_HOLD_MS },
      });
    };
    if (mismatched > 0)
      tell(
        'values_differ',
        'mismatch',
        `gave a reader ${String(mismatched)} values otherwise than the engine sent them (${where})`,
      );
    if (delivered.empties > 0 && !expected.emptyAllowed)
      tell(
        'unexpected_empty',
        'empty_value',
        `gave a reader ${String(delivered.empties)} values of length 0 (${where})`,
      );
    if (delivered.nulls > 0 && !expected.nullAllowed)
      tell('unexpected_null', 'unexpected_null', `gave a reader ${String(delivered.nulls)} nulls (${where})`);
    if (isGap(values)) tell('offset_gap', 'offset_gap', `gave a reader offset ${String(firstOffset)} first (${where})`);
  }

  /** An offset that a client asked; flags the trace of one that makes no progress though it is given data. */
  asked(ask: OffsetAsked, operation: Operation): void {
    if (!this.#stuck.asked(ask, this.#clock.monotonicMs())) return;
    operation.flag('stuck_offset');
    this.#incidents.open('offset_repeated', ask.client, {
      evidence: `asks offset ${String(ask.offset)} of ${clientName(ask.topic)}-${String(ask.partition)} again and again and is given its record each time`,
      topic: ask.topic,
      traceId: operation.traceId,
      holdMs: REPEATED_HOLD_MS,
    });
  }

  /** The connection was closed: what it asked says nothing any more. */
  closed(connection: string): void {
    this.#stuck.closed(connection);
  }

  #countSide(side: Side, topic: string, census: Census, operation: Operation): void {
    const count = (kind: string, value: number): void => {
      if (value > 0) this.#instruments.add('seaglass_record_values_total', { topic, kind, side }, value, operation);
    };
    count('present', presentValues(census));
    count('empty', census.empties);
    count('null', census.nulls);
    count('control', census.controls);
    this.#instruments.add('seaglass_value_bytes_total', { topic, side }, census.valueBytes);
  }

  *#stuckByTopic(): Iterable<readonly [{ readonly topic: string }, number]> {
    for (const topic of this.#topics.keys()) yield [{ topic }, 0];
    for (const [topic, readers] of this.#stuck.byTopic(this.#clock.monotonicMs())) yield [{ topic }, readers];
  }
}

const isGap = ({ firstOffset, askedOffset, gapAllowed }: DeliveredValues): boolean =>
  firstOffset !== askedOffset && !gapAllowed;

function describe(values: DeliveredValues, operation: Operation): void {
  const { engine, delivered, verdicts } = values;
  operation
    .set('seaglass.values.present', presentValues(delivered))
    .set('seaglass.values.empty', delivered.empties)
    .set('seaglass.values.null', delivered.nulls)
    .set('seaglass.values.control', delivered.controls)
    .set('seaglass.bytes.engine', engine.valueBytes)
    .set('seaglass.bytes.delivered', delivered.valueBytes)
    .set('seaglass.values.match', verdicts.match)
    .set('seaglass.values.unknown', verdicts.unknown);
}

/** Tells on the operation that read them which values are not what was produced. */
export function markFaults(operation: Operation, faults: readonly ValueFault[]): void {
  const [first] = faults;
  if (first === undefined) return;
  operation
    .set('seaglass.values.verdict', first.verdict)
    .set('seaglass.values.first_bad_offset', first.offset)
    .flag('wrong_value');
  for (const verdict of VERDICTS) {
    const records = faults.reduce((sum, fault) => sum + (fault.verdict === verdict ? fault.records : 0), 0);
    if (records > 0) operation.set(`seaglass.values.${verdict}`, records);
  }
}

function isSame(one: TopicValues, other: TopicValues): boolean {
  return (
    one.cleanupPolicy === other.cleanupPolicy &&
    one.nullAllowed === other.nullAllowed &&
    one.emptyAllowed === other.emptyAllowed
  );
}
