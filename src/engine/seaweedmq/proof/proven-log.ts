/** The proofs of one partition's log that are in memory, found without a search where records come one behind the other. */
import type { RecordOrigin } from '../../../audit/proofs';
import type { ValueProof } from '../../../audit/verdict';
import { BLOCK_OFFSETS, firstOf, type ProofBlock, type RecordProof } from './proof-block';

/** A partition's log: its topic, and what tells it from others of the topic's name. */
export interface ProvenPartition {
  readonly topic: string;
  readonly log: string;
}

/** A block in memory, and how it stands to its entries in the filer. */
export interface KeptBlock {
  readonly of: ProvenLog;
  readonly block: ProofBlock;
  /** Proofs that are not in its own entry. */
  unwritten: number;
  /** The filer may have an entry of this gateway for it, with proofs that are not here: to be read before it is written over. */
  isPart: boolean;
  /** Monotonic; when its entries were asked for last, and whether all of them could be read then. */
  loadedMs: number;
  isRead: boolean;
  /** Proofs of records up to this time are here if they are in the filer. */
  settledNs: bigint;
  /** Resolves with whether all of its entries could be read. */
  loading: Promise<boolean> | undefined;
  writing: Promise<void> | undefined;
}

/** Where a log's new blocks come from, and who is told of new proofs. */
export interface ProofKeeper {
  begin(log: ProvenLog, offset: number): KeptBlock;
  used(kept: KeptBlock): void;
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
  /** Below it blocks were written and are not in memory any more. */
  #forgottenBelow = 0;

  constructor(at: ProvenPartition, keeper: ProofKeeper) {
    this.at = at;
    this.#keeper = keeper;
  }

  /** The engine acked the record at the offset. */
  note(offset: number, proof: ValueProof, tsNs: bigint, origin: RecordOrigin | undefined): void {
    if (this.isDeleted) return;
    const kept = this.block(offset) ?? this.begin(offset);
    kept.block.set(offset, proof, tsNs, origin);
    kept.unwritten += 1;
    if (kept.unwritten === 1) this.#keeper.changed(kept);
  }

  /** Of the block that holds the offset; undefined where it is not in memory. */
  block(offset: number): KeptBlock | undefined {
    const last = this.#last;
    if (last?.block.holds(offset) === true) return last;
    const found = this.#blocks.get(firstOf(offset));
    if (found !== undefined) this.#last = found;
    return found;
  }

  /** The same, for somebody who reads many of its proofs: it stays in memory longer. */
  use(offset: number): KeptBlock | undefined {
    const found = this.block(offset);
    if (found !== undefined) this.#keeper.used(found);
    return found;
  }

  begin(offset: number): KeptBlock {
    const made = this.#keeper.begin(this, offset);
    made.isPart = made.block.first < this.#forgottenBelow;
    this.#blocks.set(made.block.first, made);
    this.#last = made;
    return made;
  }

  /** What is in memory of the offset. */
  known(offset: number): RecordProof | undefined {
    return this.block(offset)?.block.get(offset);
  }

  forget(kept: KeptBlock): void {
    const { first } = kept.block;
    this.#blocks.delete(first);
    this.#forgottenBelow = Math.max(this.#forgottenBelow, first + BLOCK_OFFSETS);
    if (this.#last === kept) this.#last = undefined;
  }

  blocks(): Iterable<KeptBlock> {
    return this.#blocks.values();
  }
}
