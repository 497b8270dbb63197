/** The entries of proofs in the filer: one for each block and gateway, `<topic>/<generation and range>/<first offset>.<writer>`. */
import type { Clock } from '../../../clock';
import type { CallContext } from '../../../telemetry/trace/operation';
import { giveUpAfter } from '../../../waiting/give-up';
import { NEVER } from '../../../waiting/never';
import type { Filer } from '../../engine';
import { BLOCK_OFFSETS, decodeProofs, type ProofBlock } from './proof-block';
import type { ProvenPartition } from './proven-log';

export const PROOFS_DIRECTORY = '/topics/kafka/.meta/value_proofs';
const NAME_DIGITS = 16;
const LOAD_MS_MAX = 1_000;

export interface ProofEntriesOptions {
  readonly filer: Filer;
  readonly clock: Clock;
  /** No other gateway's. */
  readonly writer: string;
}

export class ProofEntries {
  readonly #options: ProofEntriesOptions;

  constructor(options: ProofEntriesOptions) {
    this.#options = options;
  }

  /** In place of what this gateway wrote of the block before. Throws EngineError. */
  put(at: ProvenPartition, block: ProofBlock, context: CallContext): Promise<void> {
    const { filer, writer } = this.#options;
    return filer.put(directoryOf(at), `${nameOf(block.first)}.${writer}`, block.encode(), context);
  }

  /** Adds what all gateways wrote of the block. False where some of it cannot be had within a second. Never rejects. */
  async mergeInto(
    block: ProofBlock,
    at: ProvenPartition,
    { operation }: Pick<CallContext, 'operation'>,
  ): Promise<boolean> {
    const { filer, clock } = this.#options;
    const giveUp = giveUpAfter(LOAD_MS_MAX, NEVER, clock);
    const prefix = `${nameOf(block.first)}.`;
    try {
      for await (const entry of filer.list(directoryOf(at), { operation, signal: giveUp.signal }, prefix)) {
        const proofs = entry.name.startsWith(prefix) ? decodeProofs(entry.content, block.first) : undefined;
        if (proofs !== undefined) block.merge(proofs);
      }
      return true;
    } catch {
      return false;
    } finally {
      giveUp.end();
    }
  }

  /** Throws EngineError. */
  deleteTopic(topic: string, context: CallContext): Promise<void> {
    return this.#options.filer.delete(PROOFS_DIRECTORY, topic, { recursive: true }, context);
  }

  /** Those of blocks that lie below the offset as a whole. Throws EngineError. */
  async deleteBelow(at: ProvenPartition, offset: number, context: CallContext): Promise<void> {
    const { filer } = this.#options;
    const directory = directoryOf(at);
    for await (const { name } of filer.list(directory, context)) {
      if (Number(name.split('.')[0]) + BLOCK_OFFSETS > offset) return;
      await filer.delete(directory, name, { recursive: false }, context);
    }
  }
}

const nameOf = (first: number): string => String(first).padStart(NAME_DIGITS, '0');
const directoryOf = ({ topic, log }: ProvenPartition): string => `${PROOFS_DIRECTORY}/${topic}/${log}`;
