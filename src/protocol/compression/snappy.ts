/**
 * Snappy in both forms that Kafka's clients use: bare blocks (librdkafka) and the framing of xerial's snappy-java (Java, sarama,
 * kafka-go, aiokafka), which is also what is written here:
 *
 *      0  82 53 4E 41 50 50 59 00   magic, "\x82SNAPPY\0"
 *      8  int32 version, int32 lowest compatible version, both 1
 *     16  blocks: int32 length, one snappy block
 *
 * A block begins with its decompressed size, so the sum is known and checked before anything is allocated.
 */
import { compressSync, uncompressSync } from 'snappy';
import { BatchError } from '../batch-error';
import { int32At, joined, setInt32At } from '../bytes';

const XERIAL_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
const XERIAL_MAGIC = XERIAL_HEADER.subarray(0, 8);
const BLOCK_BYTES = 32 * 1024;
/** A copy of 64 bytes takes 3: no block can grow more than this. */
const GROWTH_MAX = 22;

export function compressSnappy(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [XERIAL_HEADER];
  for (let start = 0; start < bytes.byteLength; start += BLOCK_BYTES) {
    const block = compressSync(bytes.subarray(start, start + BLOCK_BYTES));
    const length = Buffer.allocUnsafe(4);
    setInt32At(length, 0, block.byteLength);
    parts.push(length, block);
  }
  return joined(parts);
}

export function decompressSnappy(input: Uint8Array, bytesMax: number): Uint8Array {
  if (!isXerial(input)) {
    checkBound(blockBytes(input), bytesMax);
    return decompressBlock(input);
  }
  const blocks = xerialBlocks(input, bytesMax);
  const only = blocks.length === 1 ? blocks[0] : undefined;
  return only === undefined ? joined(blocks.map(decompressBlock)) : decompressBlock(only);
}

const isXerial = (input: Uint8Array): boolean =>
  input.byteLength >= XERIAL_HEADER.byteLength && XERIAL_MAGIC.every((byte, i) => input[i] === byte);

function xerialBlocks(input: Uint8Array, bytesMax: number): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  let position = XERIAL_HEADER.byteLength;
  while (position < input.byteLength) {
    const length = position + 4 > input.byteLength ? -1 : int32At(input, position);
    position += 4;
    if (length < 0 || position + length > input.byteLength) throw invalid('a whole snappy block');
    const block = input.subarray(position, position + length);
    bytes += blockBytes(block);
    checkBound(bytes, bytesMax);
    blocks.push(block);
    position += length;
  }
  return blocks;
}

/** The decompressed size that a block declares in its first one to five bytes. */
function blockBytes(block: Uint8Array): number {
  let bytes = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    bytes += (byte & 0x7f) * 2 ** (7 * i);
    if (byte >= 0x80) continue;
    if (bytes > block.byteLength * GROWTH_MAX) throw invalid('a snappy block of a possible size');
    return bytes;
  }
  throw invalid('a snappy block');
}

function decompressBlock(block: Uint8Array): Uint8Array {
  try {
    return uncompressSync(block) as Buffer;
  } catch (cause) {
    throw new BatchError('invalid_record', 'expected a snappy block, got something else', { cause });
  }
}

function checkBound(bytes: number, bytesMax: number): void {
  if (bytes > bytesMax)
    throw new BatchError('record_too_large', `expected at most ${bytesMax} bytes decompressed, got ${bytes}`);
}

const invalid = (expected: string): BatchError =>
  new BatchError('invalid_record', `expected ${expected}, got something else`);
