/**
 * A tar archive of files, as POSIX ustar has it: for each file a header of 512 bytes, then its bytes filled up to a multiple of 512;
 * two empty blocks end it. Names are at most 100 bytes.
 *
 *       0  name, 100 bytes          124  size, 12 octal digits        156  type, '0' for a file
 *     100  mode, 8 octal digits     136  time, 12 octal digits        257  "ustar\0", then version "00"
 *     108  owner, 116 group, 8      148  checksum, 8 octal digits
 */
import { assert } from '../../assert';

export interface TarFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

const BLOCK = 512;
const NAME_BYTES_MAX = 100;

/** `nowMs`: the time that every file gets. */
export function tarOf(files: readonly TarFile[], nowMs: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (const { name, content } of files) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    chunks.push(header(name, bytes.byteLength, Math.floor(nowMs / 1_000)), bytes);
    const rest = bytes.byteLength % BLOCK;
    if (rest > 0) chunks.push(new Uint8Array(BLOCK - rest));
  }
  chunks.push(new Uint8Array(2 * BLOCK));
  return chunks;
}

function header(name: string, bytes: number, seconds: number): Uint8Array {
  assert(Buffer.byteLength(name) <= NAME_BYTES_MAX, 'a name that fits');
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  block.write(name, 0);
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(seconds, 136, 12);
  block.write('        ', 148, 'latin1');
  block.write('0', 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
