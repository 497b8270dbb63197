/**
 * Entries made together: while one call is under way those that arrive wait, and go with the next. A call costs both ends more than the
 * entry in it, and a group may commit a thousand partitions at once.
 */
import type { CreateEntryRequest } from '../../rpc/filer';
import { FilerBatchService } from '../../rpc/filer_batch';
import type { CallContext } from '../../telemetry/trace/operation';
import type { EngineChannel } from '../channel/channel';
import { EngineError } from '../../engine-error';
import { cancelled } from '../../waiting/deadline';

const ENTRIES_MAX = 1_000;
/** Of contents; one entry may have more. */
const BATCH_BYTES_MAX = 1024 * 1024;

interface Waiting {
  readonly request: CreateEntryRequest;
  readonly context: CallContext;
  readonly resolve: (error: string) => void;
  readonly reject: (error: unknown) => void;
}

export class FilerBatches {
  readonly #channel: EngineChannel;
  #waiting: Waiting[] = [];
  #sending = false;

  constructor(channel: EngineChannel) {
    this.#channel = channel;
  }

  /** Resolves with the filer's error text, empty where it was done. One whose caller leaves before its call begins is not made. */
  create(request: CreateEntryRequest, context: CallContext): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      this.#waiting.push({ request, context, resolve, reject });
      if (!this.#sending) void this.#send();
    });
  }

  async #send(): Promise<void> {
    this.#sending = true;
    for (let batch = this.#next(); batch.length > 0; batch = this.#next()) {
      try {
        const errors = await this.#call(batch);
        for (const [index, { resolve }] of batch.entries()) resolve(errors[index] ?? '');
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#sending = false;
  }

  #next(): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    let taken = 0;
    for (const each of this.#waiting) {
      bytes += each.request.entry?.content.byteLength ?? 0;
      if (batch.length >= ENTRIES_MAX || (batch.length > 0 && bytes > BATCH_BYTES_MAX)) break;
      taken += 1;
      if (each.context.signal.aborted) each.reject(cancelled('making an entry of the filer'));
      else batch.push(each);
    }
    this.#waiting = this.#waiting.slice(taken);
    return batch;
  }

  /** The call goes on while anybody waits for it; then it ends as the last one's wait did, so that a silent node is known by it. */
  async #call(batch: readonly Waiting[]): Promise<readonly string[]> {
    const controller = new AbortController();
    let left = 0;
    const leave = ({ target }: Event): void => {
      left += 1;
      if (left === batch.length) controller.abort(target instanceof AbortSignal ? target.reason : undefined);
    };
    for (const { context } of batch) context.signal.addEventListener('abort', leave, { once: true });
    try {
      const operation = batch[0]?.context.operation;
      if (operation === undefined) return [];
      const request = { requests: batch.map((each) => each.request) };
      const context = { operation, signal: controller.signal };
      const { errors } = await this.#channel.unary(FilerBatchService.createEntries, request, context);
      if (errors.length === batch.length) return errors;
      throw new EngineError('internal', `expected ${batch.length} answers of CreateEntries, got ${errors.length}`);
    } finally {
      for (const { context } of batch) context.signal.removeEventListener('abort', leave);
    }
  }
}
