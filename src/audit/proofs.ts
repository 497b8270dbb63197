/** The proof that was kept of a record's value, and whoever is asked for it: `engine.proofs`. */
import type { CallContext } from '../telemetry/trace/operation';
import type { Offset, TopicPartition } from '../types';
import type { Fault, ValueProof } from './verdict';

/** Who produced a record, as far as it was told. Names and ids, no content. */
export interface RecordOrigin {
  /** As the client calls itself; empty where it does not. */
  readonly clientId: string;
  /** 32 hex digits: the trace of the application where the record carries one, else that of the gateway's Produce. Empty: unknown. */
  readonly traceId: string;
}

export interface RecordAt extends TopicPartition {
  readonly offset: Offset;
}

/** `memory`: the newest records · `filer`: beside the data · `envelope`: with the data · `batch`: the CRC-32C of its batch on the node. */
export type ProofSource = 'memory' | 'filer' | 'envelope' | 'batch';

export interface FoundProof extends ValueProof {
  readonly from: ProofSource;
  readonly origin: RecordOrigin | undefined;
}

export interface Proofs {
  /** Undefined where none was kept, or none can be had. Throws EngineError where the engine fails. */
  find(at: RecordAt, context: CallContext): Promise<FoundProof | undefined>;
}

/** A record that the engine brought otherwise than it was produced; never delivered as it came. */
export interface ValueFault {
  /** Of the record; of the batch's first one where only the batch is known to be wrong. */
  readonly offset: Offset;
  /** The same, or that of the batch's last one. */
  readonly lastOffset: Offset;
  /** Where who reads on gets records again: behind it, or behind the batch that it is in, none of which is delivered. */
  readonly readOnAt: Offset;
  /** 1, or as many as the batch holds. */
  readonly records: number;
  readonly verdict: Fault;
  readonly expected: ValueProof | undefined;
  /** Undefined where it cannot be told. */
  readonly got: ValueProof | undefined;
  readonly origin: RecordOrigin | undefined;
  /** True where another path had the true bytes, and they were delivered. */
  readonly repaired: boolean;
}

/** What keeps records from being delivered, as the cause of the error that says so. */
export class FaultyValues extends Error {
  override readonly name = 'FaultyValues';
  readonly faults: readonly ValueFault[];

  constructor(faults: readonly ValueFault[]) {
    super(`${String(faults.length)} values are not what was produced`);
    this.faults = faults;
  }
}

/** Of an error that a read ended with; none where it failed otherwise. */
export function faultsOf(error: unknown): readonly ValueFault[] {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof FaultyValues ? cause.faults : [];
}
