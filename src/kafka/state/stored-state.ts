/**
 * What gateways of one filer share and must outlive them: a directory of small entries for each kind, and beside them one marker that
 * changes with every change. A gateway looks at the marker alone, twice a second, and lists the directories when it is another one.
 *
 *   /topics/kafka/.meta/seaglass/<kind>/<item>       what `encode` made of the item; names are escaped (`filer-names.ts`)
 *   /topics/kafka/.meta/seaglass/state-marker        a random id
 *
 * An item is written before the marker, so who sees the marker finds the item. A writer that dies between the two is noticed by the list
 * that is made every half minute whatever the marker says.
 */
import type { Clock, Timer } from '../../clock';
import type { Filer } from '../../engine/engine';
import { systemRandom, type Random } from '../../random';
import type { Logger } from '../../telemetry/log/log';
import type { CallContext, OperationSource } from '../../telemetry/trace/operation';
import { endFailed } from '../../waiting/phase';
import { type Codec, WatchedDirectory } from './watched-directory';

const ROOT = '/topics/kafka/.meta/seaglass';
const MARKER = 'state-marker';
const LOOK_MS = 400;
const LIST_MS = 30_000;

export interface StoredStateOptions {
  readonly filer: Filer;
  readonly clock: Clock;
  readonly operations: OperationSource;
  readonly log: Logger;
  readonly random?: Random;
}

export class StoredState {
  readonly #options: StoredStateOptions;
  readonly #random: Random;
  readonly #directories: Pick<WatchedDirectory<never>, 'reload'>[] = [];
  readonly #closing = new AbortController();
  readonly #loaded: Promise<void>;
  #resolveLoaded: () => void = () => undefined;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  /** The marker of what was listed last; undefined before the first list. */
  #seen: string | undefined;
  #listedMs = -Infinity;

  constructor(options: StoredStateOptions) {
    this.#options = options;
    this.#random = options.random ?? systemRandom;
    this.#loaded = new Promise((resolve) => (this.#resolveLoaded = resolve));
  }

  /** A kind of state, a word of a path; to be named before `start`. */
  directory<T>(kind: string, codec: Codec<T>): WatchedDirectory<T> {
    const { filer, log } = this.#options;
    const directory = new WatchedDirectory<T>({
      path: `${ROOT}/${kind}`,
      codec,
      filer,
      log,
      loaded: this.#loaded,
      changed: (context) => this.#mark(context),
    });
    this.#directories.push(directory);
    return directory;
  }

  /** Resolves when the first load has ended, well or not; after a failure it is tried again with every look. */
  async start(): Promise<void> {
    if (this.#directories.length === 0) return;
    this.#timer = this.#options.clock.every(LOOK_MS, () => void this.look());
    await this.look();
  }

  /** Looks now for what other gateways changed; who asks while a look is under way waits for that one. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#closing.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { clock, filer, operations } = this.#options;
    const operation = operations.root('filer.call', { spanName: 'look for changed state' });
    const context = { operation, signal: this.#closing.signal };
    try {
      const nowMs = clock.monotonicMs();
      const entry = await filer.get(ROOT, MARKER, context);
      const marker = entry === undefined ? '' : Buffer.from(entry.content).toString('latin1');
      if (marker !== this.#seen || nowMs - this.#listedMs >= LIST_MS) {
        for (const directory of this.#directories) await directory.reload(context);
        this.#seen = marker;
        this.#listedMs = nowMs;
        this.#resolveLoaded();
      }
      operation.end();
    } catch (error) {
      // What was known stays; the filer's outage is told by its incident.
      if (this.#closing.signal.aborted) operation.end('cancelled');
      else endFailed(operation, error);
    }
  }

  async #mark(context: CallContext): Promise<void> {
    const marker = this.#random.uuid();
    await this.#options.filer.put(ROOT, MARKER, Buffer.from(marker, 'latin1'), context);
  }
}
