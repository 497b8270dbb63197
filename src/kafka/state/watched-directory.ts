/**
 * Items of one kind, by name, as this gateway knows them: its own changes at once, those of others as soon as `StoredState` has seen
 * the marker move. Changes and reloads go one behind the other, so that a list begun before a change never undoes it; of one change with
 * many items some are under way at a time, and others are told once.
 */
import { EngineError } from '../../engine-error';
import type { Filer } from '../../engine/engine';
import type { Logger } from '../../telemetry/log/log';
import type { CallContext } from '../../telemetry/trace/operation';
import { inTurn } from '../../waiting/in-turn';
import { mapBounded } from '../../waiting/map-bounded';
import { escapeName, unescapeName } from '../groups/filer-names';

export interface Codec<T> {
  encode(value: T): Uint8Array;
  /** Throws EngineError('storage_error') for what it did not make. */
  decode(content: Uint8Array): T;
}

export interface WatchedDirectoryOptions<T> {
  /** Absolute. */
  readonly path: string;
  readonly codec: Codec<T>;
  readonly filer: Filer;
  readonly log: Logger;
  /** Resolves when all was read once. */
  readonly loaded: Promise<void>;
  /** Tells other gateways that something was changed. */
  readonly changed: (context: CallContext) => Promise<void>;
}

/** An item of a change: as it shall be, or undefined where it shall go. */
export type Change<T> = readonly [name: string, value: T | undefined];

/** Items that were, and that are instead: the same objects as `get` gives. */
export interface Difference<T> {
  readonly gone: readonly T[];
  readonly come: readonly T[];
}

/** Calls to the filer for one change. */
const WRITES_MAX = 32;

export class WatchedDirectory<T> {
  readonly #options: WatchedDirectoryOptions<T>;
  readonly #watchers = new Set<(difference: Difference<T>) => void>();
  #entries = new Map<string, T>();
  #contents = new Map<string, Uint8Array>();
  #unreadable: ReadonlySet<string> = new Set();
  #isLoaded = false;

  constructor(options: WatchedDirectoryOptions<T>) {
    this.#options = options;
  }

  /** Whether all was read once since the start: before that, what is absent may only be unknown. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Resolves once `isLoaded` is true; pending while the filer cannot be read. */
  get loaded(): Promise<void> {
    return this.#options.loaded;
  }

  /** Names whose content is no item of this kind; each is told of in the log. */
  get unreadable(): ReadonlySet<string> {
    return this.#unreadable;
  }

  get(name: string): T | undefined {
    return this.#entries.get(name);
  }

  /** As they are at the moment; it changes with them. */
  entries(): ReadonlyMap<string, T> {
    return this.#entries;
  }

  /** Calls `action` after every change, own or another gateway's. Returns what ends it. */
  watch(action: (difference: Difference<T>) => void): () => void {
    this.#watchers.add(action);
    return () => this.#watchers.delete(action);
  }

  /** Stores the item. Throws EngineError where it was not stored, or other gateways may hear of it late: to put it again does no harm. */
  async put(name: string, value: T, context: CallContext): Promise<void> {
    for (const failure of await this.change([[name, value]], context)) if (failure !== undefined) throw failure;
  }

  /** An absent item is no error. */
  async delete(name: string, context: CallContext): Promise<void> {
    for (const failure of await this.change([[name, undefined]], context)) if (failure !== undefined) throw failure;
  }

  /** Each name once. What became of each in their order: undefined where it was done, else as `put` throws. */
  change(changes: readonly Change<T>[], context: CallContext): Promise<readonly (EngineError | undefined)[]> {
    return inTurn(this, '', async () => {
      const [gone, come]: [T[], T[]] = [[], []];
      const failures = await mapBounded(changes, WRITES_MAX, (each) =>
        failureOf(async () => {
          const before = this.#entries.get(each[0]);
          await this.#write(each, context);
          if (before !== undefined) gone.push(before);
          if (each[1] !== undefined) come.push(each[1]);
        }),
      );
      if (gone.length + come.length > 0) this.#tell({ gone, come });
      if (failures.every((failure) => failure !== undefined)) return failures;
      const unmarked = await failureOf(() => this.#options.changed(context));
      return failures.map((failure) => failure ?? unmarked);
    });
  }

  async #write([name, value]: Change<T>, context: CallContext): Promise<void> {
    const { path, codec, filer } = this.#options;
    if (value === undefined) {
      await filer.delete(path, escapeName(name), { recursive: false }, context);
      this.#entries.delete(name);
      this.#contents.delete(name);
    } else {
      const content = codec.encode(value);
      await filer.put(path, escapeName(name), content, context);
      this.#entries.set(name, value);
      this.#contents.set(name, content);
    }
  }

  /** Reads all of it anew; for `StoredState`. Throws EngineError, and what was known stays. */
  reload(context: CallContext): Promise<void> {
    return inTurn(this, '', () => this.#reload(context));
  }

  async #reload(context: CallContext): Promise<void> {
    const { path, filer } = this.#options;
    const entries = new Map<string, T>();
    const contents = new Map<string, Uint8Array>();
    const unreadable = new Set<string>();
    for await (const entry of filer.list(path, context)) {
      if (entry.isDirectory) continue;
      const name = unescapeName(entry.name);
      const value = name === undefined ? undefined : this.#read(name, entry.content);
      if (name === undefined || value === undefined) {
        unreadable.add(entry.name);
        continue;
      }
      entries.set(name, value);
      contents.set(name, entry.content);
    }
    this.#tellOf(unreadable);
    const first = !this.#isLoaded;
    this.#isLoaded = true;
    const difference = differenceOf(this.#entries, entries);
    [this.#entries, this.#contents] = [entries, contents];
    if (first || difference.gone.length + difference.come.length > 0) this.#tell(difference);
  }

  /** The item, the same object where its content is what it was; undefined where it is none. */
  #read(name: string, content: Uint8Array): T | undefined {
    const known = this.#contents.get(name);
    if (known !== undefined && Buffer.compare(known, content) === 0) return this.#entries.get(name);
    try {
      return this.#options.codec.decode(content);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return undefined;
    }
  }

  #tellOf(unreadable: ReadonlySet<string>): void {
    const { path, log } = this.#options;
    for (const name of unreadable) {
      if (this.#unreadable.has(name)) continue;
      const message = `${path}/${name} holds what this version cannot read, and counts as absent; delete it, or start the version that wrote it`;
      log.write('error', 'state.unreadable', message);
    }
    this.#unreadable = unreadable;
  }

  #tell(difference: Difference<T>): void {
    for (const action of this.#watchers) action(difference);
  }
}

/** Undefined where it did not fail. */
async function failureOf(work: () => Promise<void>): Promise<EngineError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}

function differenceOf<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Difference<T> {
  const gone = [...before].filter(([name, value]) => after.get(name) !== value).map(([, value]) => value);
  const come = [...after].filter(([name, value]) => before.get(name) !== value).map(([, value]) => value);
  return { gone, come };
}
