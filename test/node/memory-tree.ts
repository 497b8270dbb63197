/**
 * Files and directories in memory, each as it is and as it was last synced. A loss of power leaves what was synced: the contents of
 * files, and the names in directories, of which a file's own sync keeps none.
 */
export interface MemoryFile {
  readonly kind: 'file';
  bytes: Buffer;
  size: number;
  synced: Buffer;
  /** A sync failed for what lies here: unless it is written again, no later one brings it to the disk. */
  lost: { readonly from: number; readonly to: number };
}

export interface MemoryDirectory {
  readonly kind: 'directory';
  entries: Map<string, MemoryNode>;
  synced: Map<string, MemoryNode>;
}

export type MemoryNode = MemoryFile | MemoryDirectory;

/** A number from 0 on, below a bound. */
export type Random = (below: number) => number;

export function newFile(bytes = Buffer.alloc(0)): MemoryFile {
  return { kind: 'file', bytes, size: bytes.length, synced: Buffer.alloc(0), lost: { from: 0, to: 0 } };
}

export function newDirectory(): MemoryDirectory {
  return { kind: 'directory', entries: new Map(), synced: new Map() };
}

export function contentOf({ bytes, size }: MemoryFile): Buffer {
  return bytes.subarray(0, size);
}

export function nodeAt(root: MemoryDirectory, file: string): MemoryNode | undefined {
  let node: MemoryNode | undefined = root;
  for (const name of file.split('/').filter((part) => part !== '')) {
    node = node?.kind === 'directory' ? node.entries.get(name) : undefined;
  }
  return node;
}

/** As a sync leaves it on the disk. */
export function storedOf(file: MemoryFile): Buffer {
  const { from, to } = file.lost;
  return Buffer.from(contentOf(file)).fill(0, Math.min(from, file.size), Math.min(to, file.size));
}

/** All files, by their paths. */
export function* filesBelow(directory: MemoryDirectory, at = ''): Iterable<readonly [string, MemoryFile]> {
  for (const [name, node] of directory.entries) {
    if (node.kind === 'file') yield [`${at}/${name}`, node];
    else yield* filesBelow(node, `${at}/${name}`);
  }
}

/** Of everything, what was synced and what was not. */
export function copyTree(root: MemoryDirectory): MemoryDirectory {
  const copies = new Map<MemoryNode, MemoryNode>();
  const copyAll = (entries: ReadonlyMap<string, MemoryNode>): Map<string, MemoryNode> =>
    new Map([...entries].map(([name, node]) => [name, copyNode(node)]));
  const copyNode = (node: MemoryNode): MemoryNode => {
    const known = copies.get(node);
    if (known !== undefined) return known;
    if (node.kind === 'file') {
      const file = { ...newFile(Buffer.from(contentOf(node))), synced: Buffer.from(node.synced) };
      copies.set(node, file);
      return file;
    }
    const directory = newDirectory();
    copies.set(node, directory);
    directory.entries = copyAll(node.entries);
    directory.synced = copyAll(node.synced);
    return directory;
  };
  const copy = newDirectory();
  copy.entries = copyAll(root.entries);
  copy.synced = copyAll(root.synced);
  return copy;
}

/** Names as they were synced; of a file's unsynced bytes none, all, or those up to some place, zeros or the end behind it. */
export function afterPowerLoss(directory: MemoryDirectory, random: Random): MemoryDirectory {
  const left = newDirectory();
  for (const [name, node] of directory.synced) {
    left.entries.set(name, node.kind === 'file' ? fileAfterPowerLoss(node, random) : afterPowerLoss(node, random));
  }
  left.synced = new Map(left.entries);
  return left;
}

function fileAfterPowerLoss(file: MemoryFile, random: Random): MemoryFile {
  const bytes = Buffer.from(bytesAfterPowerLoss(file, random));
  return { ...newFile(bytes), synced: Buffer.from(bytes) };
}

function bytesAfterPowerLoss(file: MemoryFile, random: Random): Buffer {
  const written = contentOf(file);
  if (written.equals(file.synced)) return written;
  let same = 0;
  while (same < written.length && written[same] === file.synced[same]) same += 1;
  const stored = written.subarray(0, same + random(written.length - same + 1));
  switch (random(4)) {
    case 0:
      return file.synced;
    case 1:
      return written;
    case 2:
      return stored;
    default:
      return Buffer.concat([stored, Buffer.alloc(written.length - stored.length)]);
  }
}
