/** What is done about a record that is not what was produced: it is counted, kept in the history, and opens the incident of its partition. */
import type { Clock } from '../clock';
import { blameOf, type Incidents } from '../telemetry/incidents/incidents';
import { type RecordWriters, writerInWords } from '../telemetry/incidents/record-writers';
import type { Instruments } from '../telemetry/metrics/instruments';
import type { Operation } from '../telemetry/trace/operation';
import type { PartitionId } from '../types';
import type { ValueFault } from './proofs';
import type { ValueProof } from './verdict';
import type { VerdictHistory } from './verdict-history';

/** Who met it, and where. */
export interface MetAt {
  readonly topic: string;
  readonly partition: PartitionId;
  /** Client id; empty where it has none. */
  readonly consumer: string;
}

export interface ValueFaultsOptions {
  readonly instruments: Instruments;
  readonly incidents: Incidents;
  readonly history: VerdictHistory;
  readonly writers: RecordWriters;
  readonly clock: Clock;
}

/** Nobody asked for it so long: whether it is still wrong is not known. */
const HOLD_MS = 300_000;
const OFFSETS_MAX = 10_000;

export class ValueFaults {
  readonly #options: ValueFaultsOptions;
  /** Offsets that are refused, by incident target. */
  readonly #refused = new Map<string, Set<number>>();

  constructor(options: ValueFaultsOptions) {
    this.#options = options;
    options.instruments.whenTopicEnds((topic) => this.#topicEnded(topic));
  }

  met(faults: readonly ValueFault[], at: MetAt, operation: Operation): void {
    const { instruments, incidents, history, writers, clock } = this.#options;
    const { topic, partition, consumer } = at;
    const target = targetOf(at);
    for (const told of faults) {
      const { offset: firstOffset, lastOffset } = told;
      const origin = told.origin ?? writers.of({ topic, partition, firstOffset, lastOffset });
      const fault = { ...told, origin };
      history.met({ ...fault, topic, partition, consumer, traceId: operation.traceId }, clock.nowMs());
      if (!fault.repaired) {
        this.#refuse(target, fault.offset);
        operation.blame(blameOf('engine_lost_records', target));
      }
      incidents.open('engine_lost_records', target, {
        evidence: evidenceOf(fault, target),
        topic,
        hurt: `Fetch ${target}@${String(fault.offset)} (client ${consumer === '' ? 'without a name' : consumer})`,
        traceId: operation.traceId,
        holdMs: HOLD_MS,
      });
      // Behind the incident, which gives the topic a name.
      const labels = { topic, verdict: fault.verdict };
      instruments.add('seaglass_value_verdicts_total', labels, fault.records, operation);
    }
  }

  /** Records from `first` to `last` were delivered: what of them was refused before is there again. */
  delivered(at: Omit<MetAt, 'consumer'>, first: number, last: number): void {
    if (this.#refused.size === 0) return;
    const target = targetOf(at);
    const refused = this.#refused.get(target);
    if (refused === undefined) return;
    for (const offset of refused) if (first <= offset && offset <= last) refused.delete(offset);
    if (refused.size > 0) return;
    this.#refused.delete(target);
    this.#options.incidents.close('engine_lost_records', target, 'is read again as it was produced');
  }

  #topicEnded(topic: string): void {
    for (const target of this.#refused.keys()) {
      if (target.slice(0, target.lastIndexOf('-')) === topic) this.#refused.delete(target);
    }
  }

  #refuse(target: string, offset: number): void {
    let refused = this.#refused.get(target);
    if (refused === undefined) {
      if (this.#refused.size >= OFFSETS_MAX) return;
      this.#refused.set(target, (refused = new Set()));
    }
    if (refused.size < OFFSETS_MAX) refused.add(offset);
  }
}

const targetOf = ({ topic, partition }: Omit<MetAt, 'consumer'>): string => `${topic}-${String(partition)}`;

function evidenceOf(fault: ValueFault, target: string): string {
  const { offset, lastOffset, readOnAt, records, verdict, expected, got, origin, repaired } = fault;
  const what =
    records > 1
      ? `of the ${String(records)} values at ${target}@${String(offset)}..${String(lastOffset)} one or more`
      : `${target}@${String(offset)}`;
  const by = writerInWords(origin);
  const bytes =
    expected === undefined || got === undefined
      ? `its bytes do not match the CRC-32C that was made when they were produced${by}`
      : `${described(expected)} was produced${by}, ${described(got)} is stored`;
  const behind = readOnAt > lastOffset + 1 ? `; records come again from ${String(readOnAt)} on` : '';
  const given = repaired ? 'the true bytes came by another path' : `no other path has the true bytes${behind}`;
  return `has lost a value: ${what} ${records > 1 ? 'are' : 'is'} ${verdict}: ${bytes}; ${given}`;
}

function described({ length }: ValueProof): string {
  if (length < 0) return 'null';
  return length === 0 ? 'an empty value' : `a value of ${String(length)} bytes`;
}
