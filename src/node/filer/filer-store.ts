/**
 * The filer's entries: names in directories, all in memory, every change in the journal first. Directories above a new entry
 * come to be with it, as in SeaweedFS. A name is a key and may be any text; it is never a path on the disk. `ttl_sec` is kept
 * and not obeyed.
 */
import { reasonOf } from '../node-error';
import { Entry } from '../../rpc/filer';
import type { FsyncPolicy } from '../append/appender';
import { FilerJournal } from './filer-journal';
import type { FilerChange } from './filer-journal';
import type { NodeContext } from '../node-settings';

/** The journal is written anew when it is larger than this and more than twice what lives in it. */
const REWRITE_BYTES_MIN = 4 * 1024 * 1024;
const CHANGE_OVERHEAD_BYTES = 17;
const DIRECTORY_MODE = 0o40770;

interface StoredEntry {
  readonly bytes: Uint8Array;
  readonly isDirectory: boolean;
}

interface Directory {
  readonly entries: Map<string, StoredEntry>;
  /** Made when asked for, dropped at each change of names. */
  sortedNames: string[] | undefined;
}

export interface EntryPut {
  readonly directory: string;
  readonly entry: Entry;
  /** Refused where the name is taken. */
  readonly exclusive: boolean;
}

type Kind = 'directory' | 'file';

/** Changes that are not done yet, and what they make. */
interface Planned {
  readonly changes: FilerChange[];
  readonly kinds: Map<string, Kind>;
}

export class FilerStore {
  unsyncedWrites = false;
  readonly #fsync: FsyncPolicy;
  readonly #context: NodeContext;
  readonly #journal: FilerJournal;
  readonly #directories = new Map<string, Directory>();
  #liveBytes = 0;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
    this.#fsync = context.fsync;
    this.#journal = new FilerJournal(context.disk, context.dataDirectory);
  }

  /** Answers how many torn bytes were cut. Throws STORAGE_ERROR. */
  open(): number {
    return this.#journal.open((change) => this.#apply(change));
  }

  find(directory: string, name: string): Entry | undefined {
    const stored = this.#directories.get(normalized(directory))?.entries.get(name);
    return stored === undefined ? undefined : Entry.decode(stored.bytes);
  }

  /** Names in ascending order of their UTF-16 code units; at most `limit`, 0: all. */
  list(query: { directory: string; prefix: string; startFrom: string; inclusive: boolean; limit: number }): Entry[] {
    const directory = this.#directories.get(normalized(query.directory));
    if (directory === undefined) return [];
    const limit = query.limit === 0 ? Infinity : query.limit;
    const found: Entry[] = [];
    for (const name of sortedNamesOf(directory)) {
      if (found.length >= limit) break;
      if (name < query.startFrom || (name === query.startFrom && !query.inclusive && name !== '')) continue;
      const stored = name.startsWith(query.prefix) ? directory.entries.get(name) : undefined;
      if (stored !== undefined) found.push(Entry.decode(stored.bytes));
    }
    return found;
  }

  /** The directory itself and all below it, level by level, names in ascending order. What changes meanwhile is seen or not. */
  *walk(from: string): Iterable<{ readonly directory: string; readonly entry: Entry }> {
    const top = normalized(from);
    const self = this.find(parentOf(top), nameOf(top));
    if (self !== undefined) yield { directory: parentOf(top), entry: self };
    for (let level = [top]; level.length > 0;) {
      const below: string[] = [];
      for (const path of level) {
        const directory = this.#directories.get(path);
        if (directory === undefined) continue;
        for (const name of sortedNamesOf(directory)) {
          const stored = directory.entries.get(name);
          if (stored === undefined) continue;
          if (stored.isDirectory) below.push(joined(path, name));
          yield { directory: path, entry: Entry.decode(stored.bytes) };
        }
      }
      level = below;
    }
  }

  /**
   * Makes or replaces entries in their order, in one write. Resolves with one error text each, empty where it was done, the others as SeaweedFS
   * has them; throws STORAGE_ERROR.
   */
  async put(puts: readonly EntryPut[]): Promise<string[]> {
    const planned: Planned = { changes: [], kinds: new Map() };
    const errors = puts.map((put) => this.#plan(put, planned));
    if (planned.changes.length > 0) await this.#write(planned.changes);
    return errors;
  }

  /** Removes an entry; one that is missing is fine. Resolves with an error text as SeaweedFS; throws STORAGE_ERROR. */
  async remove(directory: string, name: string, recursive: boolean): Promise<string> {
    const parent = normalized(directory);
    const stored = this.#directories.get(parent)?.entries.get(name);
    if (stored === undefined) return '';
    const full = joined(parent, name);
    const below = stored.isDirectory ? this.#below(full) : [];
    if (below.length > 0 && !recursive) return `fail to delete non-empty folder: ${full}`;
    await this.#write([...below, { kind: 'remove', directory: parent, name }]);
    return '';
  }

  /** What was written until now survives a loss of power once this resolves. */
  async syncNow(): Promise<void> {
    this.unsyncedWrites = false;
    try {
      if (this.#journal.doubtful) this.#journal.rewrite(this.#all());
      else await this.#journal.sync();
    } catch (error) {
      this.unsyncedWrites = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#syncing;
    if (this.unsyncedWrites) await this.syncNow();
    this.#journal.close();
  }

  async #write(changes: readonly FilerChange[]): Promise<void> {
    if (this.#journal.doubtful) this.#journal.rewrite(this.#all());
    this.#journal.append(changes);
    this.unsyncedWrites = true;
    for (const change of changes) this.#apply(change);
    this.#rewriteWhenLarge();
    if (this.#fsync === 'always') await this.#synced();
  }

  /** Resolves after a sync that began now or later; all who wait for the same one share it. */
  #synced(): Promise<void> {
    if (this.#syncing === undefined) {
      this.#syncing = this.syncNow().finally(() => {
        this.#syncing = undefined;
      });
      return this.#syncing;
    }
    this.#nextSync ??= this.#syncing
      .catch(() => undefined)
      .then(() => {
        this.#nextSync = undefined;
        return this.#synced();
      });
    return this.#nextSync;
  }

  #rewriteWhenLarge(): void {
    if (this.#journal.size < REWRITE_BYTES_MIN || this.#journal.size < this.#liveBytes * 2) return;
    try {
      this.#journal.rewrite(this.#all());
    } catch (error) {
      const reason = reasonOf(error);
      this.#context.logger.write('warn', 'node.filer.rewrite_failed', reason);
    }
  }

  *#all(): Iterable<FilerChange> {
    for (const [directory, { entries }] of this.#directories) {
      for (const [name, { bytes }] of entries) yield { kind: 'put', directory, name, entry: bytes };
    }
  }

  #apply(change: FilerChange): void {
    const directory = this.#directories.get(change.directory);
    const old = directory?.entries.get(change.name);
    const overhead = CHANGE_OVERHEAD_BYTES + Buffer.byteLength(change.directory) + Buffer.byteLength(change.name);
    if (old !== undefined) this.#liveBytes -= overhead + old.bytes.length;
    if (change.kind === 'remove') {
      if (directory === undefined) return;
      directory.entries.delete(change.name);
      directory.sortedNames = undefined;
      if (directory.entries.size === 0) this.#directories.delete(change.directory);
      return;
    }
    const target = directory ?? { entries: new Map<string, StoredEntry>(), sortedNames: undefined };
    if (directory === undefined) this.#directories.set(change.directory, target);
    if (old === undefined) target.sortedNames = undefined;
    const { isDirectory } = Entry.decode(change.entry);
    target.entries.set(change.name, { bytes: change.entry, isDirectory });
    this.#liveBytes += overhead + change.entry.length;
  }

  /** Adds what the put changes, or answers why it cannot be. */
  #plan({ directory, entry, exclusive }: EntryPut, planned: Planned): string {
    const parent = normalized(directory);
    const { name, isDirectory } = entry;
    if (name === '') return 'the entry has no name';
    const full = joined(parent, name);
    const existing = this.#kindOf(parent, name, planned);
    if (existing !== undefined && exclusive) return `EEXIST: entry ${full} already exists`;
    if (existing !== undefined && existing !== kind(isDirectory)) return `existing ${full} is a ${existing}`;
    const missing: string[] = [];
    for (let path = parent; path !== '/'; path = parentOf(path)) {
      const above = this.#kindOf(parentOf(path), nameOf(path), planned);
      if (above === 'directory') break;
      if (above === 'file') return `${path} is a file`;
      missing.push(path);
    }
    for (const path of missing.reverse()) {
      const bytes = directoryEntry(nameOf(path), this.#context);
      planned.changes.push({ kind: 'put', directory: parentOf(path), name: nameOf(path), entry: bytes });
      planned.kinds.set(path, 'directory');
    }
    planned.changes.push({ kind: 'put', directory: parent, name, entry: Entry.encode(entry).finish() });
    planned.kinds.set(full, kind(isDirectory));
    return '';
  }

  /** What the entry will be once the planned changes are done. */
  #kindOf(directory: string, name: string, { kinds }: Planned): Kind | undefined {
    const stored = this.#directories.get(directory)?.entries.get(name);
    return stored === undefined ? kinds.get(joined(directory, name)) : kind(stored.isDirectory);
  }

  /** Removals of everything in a directory, innermost first. */
  #below(directory: string): FilerChange[] {
    const removals: FilerChange[] = [];
    for (const [name, stored] of this.#directories.get(directory)?.entries ?? []) {
      if (stored.isDirectory) removals.push(...this.#below(joined(directory, name)));
      removals.push({ kind: 'remove', directory, name });
    }
    return removals;
  }
}

function directoryEntry(name: string, { clock }: NodeContext): Uint8Array {
  const seconds = BigInt(Math.floor(clock.nowMs() / 1000));
  const attributes = {
    fileSize: 0n,
    mtime: seconds,
    fileMode: DIRECTORY_MODE,
    uid: 0,
    gid: 0,
    crtime: seconds,
    mime: '',
    ttlSec: 0,
  };
  return Entry.encode({
    name,
    isDirectory: true,
    chunks: [],
    attributes,
    extended: {},
    content: new Uint8Array(0),
  }).finish();
}

function normalized(directory: string): string {
  const trimmed = directory.replace(/\/+$/, '');
  if (trimmed === '') return '/';
  return trimmed.startsWith('/') ? trimmed : `/${trimmed}`;
}

const kind = (isDirectory: boolean): Kind => (isDirectory ? 'directory' : 'file');

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function sortedNamesOf(directory: Directory): readonly string[] {
  return (directory.sortedNames ??= [...directory.entries.keys()].sort());
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function joined(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}
