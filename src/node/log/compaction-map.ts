/** The newest offset of each key in the part of a log that was not compacted yet. Bounded: what does not fit waits for the next run. */
import { createHash } from 'node:crypto';

/** A key longer than this is known by its hash, so that long keys take no more room than short ones. */
const KEY_BYTES_MAX = 24;

export class CompactionMap {
  readonly #offsets = new Map<string, number>();
  readonly #keysMax: number;

  constructor(keysMax: number) {
    this.#keysMax = keysMax;
  }

  get isFull(): boolean {
    return this.#offsets.size >= this.#keysMax;
  }

  set(key: Uint8Array, offset: number): void {
    this.#offsets.set(identityOf(key), offset);
  }

  /** Whether no newer record of the key is known. */
  isNewest(key: Uint8Array, offset: number): boolean {
    return offset >= (this.#offsets.get(identityOf(key)) ?? -1);
  }
}

function identityOf(key: Uint8Array): string {
  if (key.length > KEY_BYTES_MAX) return `#${createHash('sha256').update(key).digest().toString('latin1')}`;
  return `=${Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')}`;
}
