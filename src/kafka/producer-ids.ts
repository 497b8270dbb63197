/**
 * Producer ids, unique across restarts and gateways: blocks of a thousand are taken from the filer before an id of them is given out, so a
 * crash loses numbers and repeats none. The filer cannot compare and set, so a block is claimed: whoever finds another's claim beside its
 * own leaves the block, and the claim of one who found none stays for ever. The counter only says where to begin.
 *
 *   /topics/kafka/.meta/seaglass/producer-ids                      {"type":"producer_ids","next":"2000"}
 *   /topics/kafka/.meta/seaglass/producer-id-blocks/1000/<claim>   empty
 */
import { EngineError } from '../engine-error';
import { endFailed } from '../waiting/phase';
import type { Filer } from '../engine/engine';
import { systemRandom } from '../random';
import type { Random } from '../random';
import type { CallContext, OperationSource } from '../telemetry/trace/operation';

const DIRECTORY = '/topics/kafka/.meta/seaglass';
const NAME = 'producer-ids';
const BLOCKS = `${DIRECTORY}/producer-id-blocks`;
/** Gateways that met at a block part: each skips up to so many. */
const SKIPPED_MAX = 8;
const BLOCK = 1_000n;
const ID_MAX = 9_223_372_036_854_775_807n;

export interface ProducerIds {
  /** An id that was never given out before. Throws EngineError where the filer cannot be written. */
  next(context: CallContext): Promise<bigint>;
}

export class FilerProducerIds implements ProducerIds {
  readonly #filer: Filer;
  readonly #operations: OperationSource;
  readonly #random: Random;
  #nextId = 0n;
  /** First id past the block; equal to nextId where the block is used up. */
  #blockEnd = 0n;
  #taking: Promise<void> | undefined;

  constructor(filer: Filer, operations: OperationSource, random: Random = systemRandom) {
    this.#filer = filer;
    this.#operations = operations;
    this.#random = random;
  }

  async next(context: CallContext): Promise<bigint> {
    while (this.#nextId === this.#blockEnd) {
      this.#taking ??= this.#takeBlock().finally(() => (this.#taking = undefined));
      await untilAborted(this.#taking, context.signal);
    }
    const id = this.#nextId;
    this.#nextId += 1n;
    return id;
  }

  /** One for all who wait, so it belongs to none of their requests: a client that leaves must not fail the others. */
  async #takeBlock(): Promise<void> {
    const operation = this.#operations.root('filer.call', { spanName: 'take producer ids' });
    const context: CallContext = { operation, signal: new AbortController().signal };
    try {
      const entry = await this.#filer.get(DIRECTORY, NAME, context);
      let first = entry === undefined ? 0n : decodeNext(entry.content);
      while (!(await this.#claims(first, context))) first += BLOCK * BigInt(this.#random.integer(1, SKIPPED_MAX + 1));
      const next = { type: 'producer_ids', next: (first + BLOCK).toString() };
      await this.#filer.put(DIRECTORY, NAME, new TextEncoder().encode(JSON.stringify(next)), context);
      this.#nextId = first;
      this.#blockEnd = first + BLOCK;
      operation.end();
    } catch (error) {
      endFailed(operation, error);
      throw error;
    }
  }

  /** Whether the block is this gateway's alone. Of two who claim it at once each sees the other, or the later one does. */
  async #claims(first: bigint, context: CallContext): Promise<boolean> {
    if (first > ID_MAX - BLOCK) throw new EngineError('storage_error', `the producer ids are used up at ${first}`);
    const directory = `${BLOCKS}/${first}`;
    const claim = this.#random.uuid();
    await this.#filer.put(directory, claim, new Uint8Array(0), context);
    for await (const { name } of this.#filer.list(directory, context)) {
      if (name === claim) continue;
      await this.#filer.delete(directory, claim, { recursive: false }, context);
      return false;
    }
    return true;
  }
}

/** An entry that cannot be read is an error: starting over would give out ids that are in use. */
function decodeNext(content: Uint8Array): bigint {
  const text = new TextDecoder().decode(content);
  const digits = /"next"\s*:\s*"([0-9]{1,19})"/.exec(text)?.[1];
  const next = digits === undefined ? undefined : BigInt(digits);
  if (next === undefined || next > ID_MAX - BLOCK) {
    throw new EngineError(
      'storage_error',
      `expected the next producer id in ${DIRECTORY}/${NAME}, got ${content.length} other bytes`,
    );
  }
  return next;
}

function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new EngineError('cancelled', 'the wait for a producer id was given up'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    const settle = (): void => signal.removeEventListener('abort', giveUp);
    promise.then(
      () => {
        settle();
        resolve();
      },
      (error: unknown) => {
        settle();
        reject(error instanceof Error ? error : new EngineError('internal', String(error)));
      },
    );
  });
}
