/**
 * What a stream brought and nobody has read yet: units in the order of their offsets, from the one that is taken next up to where the
 * stream is. Nothing is ever put in that lies before what came already.
 */
import { toOffset } from '../../types';
import type { Offset } from '../../types';
import type { LogUnit } from '../dialect';

export class UnitQueue<U extends LogUnit> {
  #units: (U | undefined)[] = [];
  #head = 0;
  #nextOffset: Offset;
  #position: Offset;

  constructor(offset: Offset) {
    this.#nextOffset = offset;
    this.#position = offset;
  }

  /** The offset that is taken next. */
  get nextOffset(): Offset {
    return this.#nextOffset;
  }

  /** The offset that is to be put in next. */
  get position(): Offset {
    return this.#position;
  }

  get isEmpty(): boolean {
    return this.#head === this.#units.length;
  }

  /** False where its offsets contradict what came before; it is then not put in. */
  put(unit: U): boolean {
    if (unit.lastOffset < this.#position || unit.lastOffset < unit.baseOffset) return false;
    this.#position = toOffset(unit.lastOffset + 1);
    this.#units.push(unit);
    return true;
  }

  /** Takes up to `bytesMax` but, where `into` is empty, at least one unit; whoever takes holds their leases. Returns their bytes. */
  take(bytesMax: number, into: U[]): number {
    let bytes = 0;
    while (this.#head < this.#units.length) {
      const unit = this.#units[this.#head];
      if (unit === undefined || (into.length > 0 && bytes + unit.bytes > bytesMax)) break;
      this.#units[this.#head] = undefined;
      this.#head += 1;
      into.push(unit);
      bytes += unit.bytes;
      this.#nextOffset = toOffset(unit.lastOffset + 1);
    }
    if (this.isEmpty) this.clear();
    return bytes;
  }

  /** Drops what is there; the offsets stay. */
  clear(): void {
    for (let index = this.#head; index < this.#units.length; index += 1) this.#units[index]?.lease?.release();
    this.#units = [];
    this.#head = 0;
  }
}
