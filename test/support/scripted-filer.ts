/** The filer subset of the scripted SeaweedMQ: directories of entries with inline content, in memory. */
import type { Entry, ListEntriesRequest } from '../../src/rpc/filer';
import type { LogFileOffsets } from './scripted-partition';

const LIST_LIMIT_DEFAULT = 1024;

export class ScriptedFiler {
  readonly #directories = new Map<string, Map<string, Entry>>();
  readonly #removed: (directory: string, name: string) => void;

  /** `removed` is called for every deletion asked for. */
  constructor(removed: (directory: string, name: string) => void) {
    this.#removed = removed;
  }

  put(directory: string, name: string, content: Uint8Array, entry?: Entry): void {
    this.#directory(directory).set(name, {
      ...(entry ?? emptyEntry(name)),
      name,
      content: Buffer.from(content),
      attributes: { ...EMPTY_ATTRIBUTES, ...entry?.attributes, fileSize: BigInt(content.length) },
    });
  }

  /** A log file of the engine, which notes its offsets on it, but not where it holds offset 0. */
  putLogFile(directory: string, name: string, content: Uint8Array, { min, max }: LogFileOffsets): void {
    const extended = min === 0 ? {} : { offset_min: int64(min), offset_max: int64(max) };
    this.put(directory, name, content, { ...emptyEntry(name), extended });
  }

  get(directory: string, name: string): Entry | undefined {
    return this.#directories.get(directory)?.get(name);
  }

  list(request: ListEntriesRequest): Entry[] {
    const names = [...(this.#directories.get(request.directory)?.entries() ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    const after = ([name]: [string, Entry]): boolean =>
      name.startsWith(request.prefix) &&
      (request.startFromFileName === '' ||
        name > request.startFromFileName ||
        (request.inclusiveStartFrom && name === request.startFromFileName));
    return names
      .filter(after)
      .slice(0, request.limit || LIST_LIMIT_DEFAULT)
      .map(([, entry]) => entry);
  }

  /** Level by level, the directory itself first; undefined where it is not there. */
  walk(directory: string): { directory: string; entry: Entry }[] | undefined {
    const slash = directory.lastIndexOf('/');
    const parent = directory.slice(0, slash) || '/';
    const self = this.get(parent, directory.slice(slash + 1));
    if (self === undefined) return undefined;
    const walked = [{ directory: parent, entry: self }];
    for (const { directory: above, entry } of walked) {
      if (!entry.isDirectory) continue;
      const path = `${above === '/' ? '' : above}/${entry.name}`;
      const all = { directory: path, prefix: '', startFromFileName: '', inclusiveStartFrom: false, limit: 0xffff_ffff };
      for (const below of this.list(all)) walked.push({ directory: path, entry: below });
    }
    return walked;
  }

  delete(directory: string, name: string): void {
    const path = `${directory}/${name}`;
    for (const each of [...this.#directories.keys()]) {
      if (each === path || each.startsWith(`${path}/`)) this.#directories.delete(each);
    }
    this.#directories.get(directory)?.delete(name);
    this.#removed(directory, name);
  }

  /** Parents exist as entries too, as in the filer. */
  #directory(path: string): Map<string, Entry> {
    const existing = this.#directories.get(path);
    if (existing !== undefined) return existing;
    const made = new Map<string, Entry>();
    this.#directories.set(path, made);
    const slash = path.lastIndexOf('/');
    if (slash >= 0 && path !== '/') {
      const name = path.slice(slash + 1);
      this.#directory(slash === 0 ? '/' : path.slice(0, slash)).set(name, { ...emptyEntry(name), isDirectory: true });
    }
    return made;
  }
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

const EMPTY_ATTRIBUTES = {
  fileSize: 0n,
  mtime: 0n,
  fileMode: 0o644,
  uid: 0,
  gid: 0,
  crtime: 0n,
  mime: '',
  ttlSec: 0,
};

const emptyEntry = (name: string): Entry => ({
  name,
  isDirectory: false,
  chunks: [],
  attributes: EMPTY_ATTRIBUTES,
  extended: {},
  content: Buffer.alloc(0),
});
