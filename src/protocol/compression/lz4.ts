/**
 * LZ4 frames (LZ4 Frame Format 1.6), as Kafka's clients write them: blocks may depend on the ones before. A frame is walked once
 * without writing anything, which checks its structure and tells its exact size: only then is that much allocated. Checksums
 * inside the frame are not looked at, because the batch's CRC-32C covers the same bytes.
 *
 *     0  uint32 LE  0x184D2204
 *     4  FLG        version 01 · independent blocks · block checksums · content size · content checksum · 0 · dictionary id
 *     5  BD         block size
 *     .  [uint64 LE content size] [uint32 LE dictionary id] header checksum
 *     .  blocks: uint32 LE size (highest bit: stored as is), bytes, [uint32 checksum]; a size of 0 ends them
 *     .  [uint32 content checksum]
 */
import { compressFrameSync } from 'lz4-napi';
import { BatchError } from '../batch-error';

const MAGIC = 0x184d2204;
const STORED = 0x80000000;
/** Below this a loop beats a call. */
const LOOP_BYTES_MAX = 24;

interface Frame {
  readonly blocksStart: number;
  readonly blockChecksumBytes: number;
}

/** One frame of independent blocks, which Java's reader insists on. */
export const compressLz4 = (bytes: Uint8Array): Uint8Array => compressFrameSync(asBuffer(bytes));

export function decompressLz4(input: Uint8Array, bytesMax: number): Uint8Array {
  const frame = readFrameHeader(input);
  const output = Buffer.allocUnsafe(frameBytes(input, frame, bytesMax));
  let written = 0;
  let position = frame.blocksStart;
  for (;;) {
    const size = uint32LittleEndianAt(input, position);
    position += 4;
    if (size === 0) break;
    const end = position + (size & ~STORED);
    written =
      (size & STORED) === 0
        ? decodeBlock(input, position, end, output, written)
        : store(input, position, end, output, written);
    position = end + frame.blockChecksumBytes;
  }
  return output;
}

function readFrameHeader(input: Uint8Array): Frame {
  if (input.length < 7 || uint32LittleEndianAt(input, 0) !== MAGIC) throw invalid('an lz4 frame');
  const flags = input[4] ?? 0;
  if (flags >> 6 !== 1) throw invalid('an lz4 frame of version 1');
  const contentSizeBytes = (flags & 0x08) === 0 ? 0 : 8;
  if ((flags & 0x01) !== 0) throw invalid('an lz4 frame without dictionary');
  return { blocksStart: 7 + contentSizeBytes, blockChecksumBytes: (flags & 0x10) === 0 ? 0 : 4 };
}

/** The frame's decompressed size; throws where its structure is wrong or the size passes the bound. */
function frameBytes(input: Uint8Array, frame: Frame, bytesMax: number): number {
  let bytes = 0;
  let position = frame.blocksStart;
  for (;;) {
    if (position + 4 > input.length) throw invalid('the end mark of the lz4 frame');
    const size = uint32LittleEndianAt(input, position);
    position += 4;
    if (size === 0) return bytes;
    const end = position + (size & ~STORED);
    if (end < position || end + frame.blockChecksumBytes > input.length) throw invalid('a whole lz4 block');
    bytes += (size & STORED) === 0 ? blockBytes(input, position, end) : end - position;
    if (bytes > bytesMax)
      throw new BatchError('record_too_large', `expected at most ${bytesMax} bytes decompressed, got more`);
    position = end + frame.blockChecksumBytes;
  }
}

/** A block is a row of sequences: literals, then a match; the last one has literals only. */
function blockBytes(input: Uint8Array, start: number, end: number): number {
  let bytes = 0;
  let position = start;
  while (position < end) {
    const token = input[position++] ?? 0;
    let literals = token >> 4;
    if (literals === 15) {
      let byte = 255;
      while (byte === 255 && position < end) literals += byte = input[position++] ?? 0;
    }
    position += literals;
    bytes += literals;
    if (position === end) return bytes;
    if (position + 2 > end) throw invalid('a whole lz4 sequence');
    position += 2;
    let match = token & 15;
    if (match === 15) {
      let byte = 255;
      while (byte === 255 && position < end) match += byte = input[position++] ?? 0;
    }
    bytes += match + 4;
  }
  throw invalid('an lz4 block that ends with literals');
}

/** Decodes a block that `blockBytes` has accepted, so only the match distances are left to check. Returns where it ends. */
function decodeBlock(input: Uint8Array, start: number, end: number, output: Buffer, written: number): number {
  let position = start;
  for (;;) {
    const token = input[position++] ?? 0;
    let literals = token >> 4;
    if (literals === 15) {
      let byte = 255;
      while (byte === 255) literals += byte = input[position++] ?? 0;
    }
    if (literals > LOOP_BYTES_MAX) output.set(input.subarray(position, position + literals), written);
    else for (let i = 0; i < literals; i++) output[written + i] = input[position + i] ?? 0;
    written += literals;
    position += literals;
    if (position >= end) return written;
    const distance = (input[position] ?? 0) | ((input[position + 1] ?? 0) << 8);
    position += 2;
    let match = (token & 15) + 4;
    if (match === 19) {
      let byte = 255;
      while (byte === 255) match += byte = input[position++] ?? 0;
    }
    if (distance === 0 || distance > written) throw invalid('an lz4 match inside what was decompressed');
    copyMatch(output, written, distance, match);
    written += match;
  }
}

/** A match may reach into itself: then it repeats. */
function copyMatch(output: Buffer, written: number, distance: number, length: number): void {
  const from = written - distance;
  if (length > LOOP_BYTES_MAX && distance >= length) output.copyWithin(written, from, from + length);
  else if (length > LOOP_BYTES_MAX && distance === 1) output.fill(output[from] ?? 0, written, written + length);
  else for (let i = 0; i < length; i++) output[written + i] = output[from + i] ?? 0;
}

function store(input: Uint8Array, start: number, end: number, output: Buffer, written: number): number {
  output.set(input.subarray(start, end), written);
  return written + end - start;
}

const uint32LittleEndianAt = (bytes: Uint8Array, position: number): number =>
  ((bytes[position] ?? 0) |
    ((bytes[position + 1] ?? 0) << 8) |
    ((bytes[position + 2] ?? 0) << 16) |
    ((bytes[position + 3] ?? 0) << 24)) >>>
  0;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const invalid = (expected: string): BatchError =>
  new BatchError('invalid_record', `expected ${expected}, got something else`);
