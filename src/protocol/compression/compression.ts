/**
 * The codecs of record batches. Everything is synchronous once `initCompression` has resolved, and what comes out is bounded: a
 * batch that would become larger than allowed is refused before, or at latest while, that much would be allocated.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { BatchError } from '../batch-error';
import { compressLz4, decompressLz4 } from './lz4';
import { compressSnappy, decompressSnappy } from './snappy';
import { compressZstd, decompressZstd, initZstd } from './zstd';

/** The lowest three bits of a batch's attributes, in order. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];

/** What one batch may become when it is decompressed, where nothing else is said. */
export const DECOMPRESSED_BYTES_MAX = 64 * 1024 * 1024;

const GZIP_CHUNK_BYTES_MIN = 16 * 1024;
const GZIP_CHUNK_BYTES_MAX = 1024 * 1024;

/** Resolves when every codec can be used. Await it once, at start. */
export const initCompression = (): Promise<void> => initZstd();

export const codecId = (codec: Codec): number => CODECS.indexOf(codec);

/** Throws BatchError('unsupported_compression') for an id that is no codec. */
export function codecOf(id: number): Codec {
  const codec = CODECS[id];
  if (codec === undefined)
    throw new BatchError('unsupported_compression', `expected codec 0 to ${CODECS.length - 1}, got ${id}`);
  return codec;
}

/** 'none' gives the bytes themselves. */
export function compress(codec: Codec, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return gzipSync(bytes);
    case 'snappy':
      return compressSnappy(bytes);
    case 'lz4':
      return compressLz4(bytes);
    case 'zstd':
      return compressZstd(bytes);
  }
}

/** 'none' gives the bytes themselves. Throws BatchError: record_too_large past `bytesMax`, invalid_record for bytes that are none of the codec's. */
export function decompress(codec: Codec, bytes: Uint8Array, bytesMax: number = DECOMPRESSED_BYTES_MAX): Uint8Array {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return decompressGzip(bytes, bytesMax);
    case 'snappy':
      return decompressSnappy(bytes, bytesMax);
    case 'lz4':
      return decompressLz4(bytes, bytesMax);
    case 'zstd':
      return decompressZstd(bytes, bytesMax);
  }
}

/** The size in a gzip's last four bytes is a hint for the first piece, and no more. */
function decompressGzip(bytes: Uint8Array, bytesMax: number): Uint8Array {
  const end = bytes.byteLength;
  const hint =
    (bytes[end - 4] ?? 0) +
    (bytes[end - 3] ?? 0) * 256 +
    (bytes[end - 2] ?? 0) * 65536 +
    (bytes[end - 1] ?? 0) * 16777216;
  const chunkSize = Math.min(Math.max(hint + 1, GZIP_CHUNK_BYTES_MIN), GZIP_CHUNK_BYTES_MAX);
  try {
    return gunzipSync(bytes, { maxOutputLength: bytesMax, chunkSize });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new BatchError('record_too_large', `expected at most ${bytesMax} bytes decompressed, got more`, { cause });
    }
    throw new BatchError('invalid_record', 'expected gzip, got something else', { cause });
  }
}
