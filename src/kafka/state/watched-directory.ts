/**
 * Items of one kind, by name, as this gateway knows them: its own changes at once, those of others as soon as `StoredState` has seen
 * the marker move. Changes and reloads go one behind the other, so that a list begun before a change never undoes it.
 */
import { EngineError } from '../../engine-error';
import type { Filer } from '../../engine/engine';
import type { Logger } from '../../telemetry/log/log';
import type { CallContext } from '../../telemetry/trace/operation';
import { inTurn } from '../../waiting/in-turn';
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

export class WatchedDirectory<T> {
  readonly #options: WatchedDirectoryOptions<T>;
  readonly #watchers = new Set<() => void>();
  #entries: ReadonlyMap<string, T> = new Map();
  #contents: ReadonlyMap<string, Uint8Array> = new Map();
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

  /** Another map after every change. */
  entries(): ReadonlyMap<string, T> {
    return this.#entries;
  }

  /** Calls `action` after every change, own or another gateway's. Returns what ends it. */
  watch(action: () => void): () => void {
    this.#watchers.add(action);
    return () => this.#watchers.delete(action);
  }

  /** Stores the item. Throws EngineError where it was not stored, or other gateways may hear of it late: to put it again does no harm. */
  async put(name: string, value: T, context: CallContext): Promise<void> {
    const { path, codec, filer, changed } = this.#options;
    await inTurn(this, '', async () => {
      const content = codec.encode(value);
      await filer.put(path, escapeName(name), content, context);
      this.#become(new Map(this.#entries).set(name, value), new Map(this.#contents).set(name, content));
      await changed(context);
    });
  }

  /** An absent item is no error. */
  async delete(name: string, context: CallContext): Promise<void> {
    const { path, filer, changed } = this.#options;
    await inTurn(this, '', async () => {
      await filer.delete(path, escapeName(name), { recursive: false }, context);
      const entries = new Map(this.#entries);
      const contents = new Map(this.#contents);
      contents.delete(name);
      if (entries.delete(name)) this.#become(entries, contents);
      await changed(context);
    });
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
    if (first || !isSame(contents, this.#contents)) this.#become(entries, contents);
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

  #become(entries: ReadonlyMap<string, T>, contents: ReadonlyMap<string, Uint8Array>): void {
    this.#entries = entries;
    this.#contents = contents;
    for (const action of this.#watchers) action();
  }
}

function isSame(some: ReadonlyMap<string, Uint8Array>, others: ReadonlyMap<string, Uint8Array>): boolean {
  if (some.size !== others.size) return false;
  for (const [name, content] of some) {
    const other = others.get(name);
    if (other === undefined || Buffer.compare(content, other) !== 0) return false;
  }
  return true;
}
