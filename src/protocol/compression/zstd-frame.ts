/**
 * The outside of Zstandard frames (RFC 8878): where each ends, and how large it can become, without decompressing anything.
 * Java's clients write no content size, and a frame of 16 KB may declare 512 MB: the bound comes from the blocks, of which
 * each regenerates at most 128 KiB, or fewer with a smaller window.
 *
 *     0  uint32 LE 0xFD2FB528
 *     4  descriptor: content size's width · single segment · 0 · 0 · checksum · dictionary id's width
 *     .  [window descriptor] [dictionary id] [content size]
 *     .  blocks: 3 bytes LE (1 bit last, 2 bits type, 21 bits size), then `size` bytes, or one that repeats `size` times
 *     .  [uint32 checksum]
 */
import { BatchError } from '../batch-error';

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_BYTES_MAX = 128 * 1024;

export interface ZstdFrame {
  readonly start: number;
  readonly end: number;
  /** As the frame declares it; undefined where it does not. */
  readonly contentBytes: number | undefined;
  /** What its blocks can regenerate at most. */
  readonly contentBytesMax: number;
}

/** The frames that hold content, in order. Throws BatchError('invalid_record') where the structure is wrong. */
export function zstdFrames(input: Uint8Array): ZstdFrame[] {
  const frames: ZstdFrame[] = [];
  let position = 0;
  while (position < input.byteLength) {
    const magic = littleEndian(input, position, 4);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      position += 8 + littleEndian(input, position + 4, 4);
      if (position > input.byteLength) throw invalid();
      continue;
    }
    if (magic !== MAGIC) throw invalid();
    const frame = readFrame(input, position);
    frames.push(frame);
    position = frame.end;
  }
  return frames;
}

function readFrame(input: Uint8Array, start: number): ZstdFrame {
  const descriptor = littleEndian(input, start + 4, 1);
  const singleSegment = (descriptor & 0x20) !== 0;
  let position = start + 5;
  let windowBytes = Infinity;
  if (!singleSegment) {
    const window = littleEndian(input, position++, 1);
    const base = 2 ** (10 + (window >> 3));
    windowBytes = base + (base / 8) * (window & 7);
  }
  if ((descriptor & 3) !== 0) throw invalid();
  const sizeWidth = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const contentBytes =
    sizeWidth === 0 ? undefined : littleEndian(input, position, sizeWidth) + (sizeWidth === 2 ? 256 : 0);
  position += sizeWidth;
  const blockMax = Math.min(BLOCK_BYTES_MAX, singleSegment ? (contentBytes ?? BLOCK_BYTES_MAX) : windowBytes);
  const blocks = readBlocks(input, position, blockMax);
  const end = blocks.end + ((descriptor & 4) === 0 ? 0 : 4);
  if (end > input.byteLength) throw invalid();
  if (contentBytes !== undefined && contentBytes > blocks.bytesMax) throw invalid();
  return { start, end, contentBytes, contentBytesMax: blocks.bytesMax };
}

function readBlocks(input: Uint8Array, start: number, blockMax: number): { end: number; bytesMax: number } {
  let position = start;
  let bytesMax = 0;
  for (;;) {
    const header = littleEndian(input, position, 3);
    position += 3;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === 3) throw invalid();
    bytesMax += type === 2 ? blockMax : size;
    position += type === 1 ? 1 : size;
    if (position > input.byteLength) throw invalid();
    if ((header & 1) !== 0) return { end: position, bytesMax };
  }
}

function littleEndian(input: Uint8Array, position: number, width: number): number {
  if (position + width > input.byteLength) throw invalid();
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (input[position + i] ?? 0);
  return value;
}

const invalid = (): BatchError =>
  new BatchError('invalid_record', 'expected whole zstd frames without dictionary, got something else');
