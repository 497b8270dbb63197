/** The proofs of one partition's log that are in memory, found without a search where records come one behind the other. */
import type { RecordOrigin } from '../../../audit/proofs';
import type { ValueProof } from '../../../audit/verdict';
import { firstOf, type ProofBlock, type RecordProof } from './proof-block';

/** A partition's log: its topic, and what tells it from others of the topic's name. */
export interface ProvenPartition {
  readonly topic: string;
  readonly log: string;
}

/** A block in memory, and how it stands to its entry in the filer. */
export interface KeptBlock {
  readonly of: ProvenLog;
  readonly block: ProofBlock;
  /** It has proofs that are not in its entry. */
  dirty: boolean;
  /** Monotonic; when its entries were read last. */
  loadedMs: number;
  loading: Promise<void> | undefined;
}

/** Where a log's new blocks come from, and who is told of new proofs. */
export interface ProofKeeper {
  begin(log: ProvenLog, offset: number): KeptBlock;
  changed(kept: KeptBlock): void;
}

export class ProvenLog {
  readonly at: ProvenPartition;
  /** Its topic was deleted: nothing is kept of it any more. */
  isDeleted = false;
  readonly #keeper: ProofKeeper;
  /** By the first offset of each. */
  readonly #blocks = new Map<number, KeptBlock>();
  /** The one that was asked for last. */
  #last: KeptBlock | undefined;

  constructor(at: ProvenPartition, keeper: ProofKeeper) {
    this.at = at;
    this.#keeper = keeper;
  }

  /** The engine acked the record at the offset. */
  note(offset: number, proof: ValueProof, tsNs: bigint, origin: RecordOrigin | undefined): void {
    if (this.isDeleted) return;
    const kept = this.block(offset) ?? this.begin(offset);
    kept.block.set(offset, proof, tsNs, origin);
    if (!kept.dirty) this.#keeper.changed(kept);
  }

  /** Of the block that holds the offset; undefined where it is not in memory. */
  block(offset: number): KeptBlock | undefined {
    const last = this.#last;
    if (last?.block.holds(offset) === true) return last;
    const found = this.#blocks.get(firstOf(offset));
    if (found !== undefined) this.#last = found;
    return found;
  }

  begin(offset: number): KeptBlock {
    const made = this.#keeper.begin(this, offset);
    this.#blocks.set(made.block.first, made);
    this.#last = made;
    return made;
  }

  /** What is in memory of the offset. */
  known(offset: number): RecordProof | undefined {
    return this.block(offset)?.block.get(offset);
  }

  forget(kept: KeptBlock): void {
    this.#blocks.delete(kept.block.first);
    if (this.#last === kept) this.#last = undefined;
  }

  blocks(): Iterable<KeptBlock> {
    return this.#blocks.values();
  }
}
