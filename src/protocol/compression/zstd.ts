/**
 * Zstandard by node:zlib where it has it (Node 22.15 and later), by a WebAssembly build elsewhere. The latter loads once and
 * asynchronously, so a program awaits `initZstd` before it reads its first batch; from then on everything is synchronous.
 */
import * as zlib from 'node:zlib';
import { assert } from '../../assert';
import { BatchError } from '../batch-error';
import { joined } from '../bytes';
import { zstdFrames } from './zstd-frame';
import type { ZstdFrame } from './zstd-frame';

interface ZstdImplementation {
  compress(bytes: Uint8Array): Uint8Array;
  /** One frame. `capacity` bounds what comes out; throws where it is not enough. */
  decompress(frame: Uint8Array, capacity: number): Uint8Array;
}

/** @types/node of the oldest supported release do not have these. */
interface ZlibWithZstd {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Buffer;
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Buffer;
}

let implementation: ZstdImplementation | undefined = native(zlib as ZlibWithZstd);
let loading: Promise<void> | undefined;

/** Resolves when zstd can be used; at once where node:zlib brings it. Harmless to call again. */
export function initZstd(): Promise<void> {
  if (implementation !== undefined) return Promise.resolve();
  loading ??= loadWebAssembly().then((loaded) => {
    implementation = loaded;
  });
  return loading;
}

export const compressZstd = (bytes: Uint8Array): Uint8Array => ready().compress(bytes);

export function decompressZstd(input: Uint8Array, bytesMax: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let left = bytesMax;
  for (const frame of zstdFrames(input)) {
    const part = decompressFrame(input, frame, left);
    left -= part.byteLength;
    parts.push(part);
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : joined(parts);
}

function decompressFrame(input: Uint8Array, frame: ZstdFrame, bytesMax: number): Uint8Array {
  if (frame.contentBytes !== undefined && frame.contentBytes > bytesMax) throw tooLarge(bytesMax);
  const capacity = Math.min(frame.contentBytes ?? frame.contentBytesMax, bytesMax);
  try {
    return ready().decompress(input.subarray(frame.start, frame.end), capacity);
  } catch (cause) {
    if (frame.contentBytes === undefined && frame.contentBytesMax > bytesMax) throw tooLarge(bytesMax, cause);
    throw new BatchError('invalid_record', 'expected a zstd frame, got something else', { cause });
  }
}

const tooLarge = (bytesMax: number, cause?: unknown): BatchError =>
  new BatchError('record_too_large', `expected at most ${bytesMax} bytes decompressed, got more`, { cause });

function ready(): ZstdImplementation {
  assert(implementation !== undefined, 'initCompression to have resolved before zstd is used');
  return implementation;
}

function native(library: ZlibWithZstd): ZstdImplementation | undefined {
  const { zstdCompressSync, zstdDecompressSync } = library;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined;
  return {
    compress: (bytes) => zstdCompressSync(bytes),
    decompress: (frame, capacity) =>
      zstdDecompressSync(frame, { maxOutputLength: Math.max(capacity, 1), chunkSize: Math.max(capacity, 64) }),
  };
}

async function loadWebAssembly(): Promise<ZstdImplementation> {
  const wasm = await import('@bokuweb/zstd-wasm');
  await wasm.init();
  return {
    compress: (bytes) => wasm.compress(bytes, 3),
    decompress: (frame, capacity) => {
      const { buffer, byteOffset, byteLength } = wasm.decompress(frame, { defaultHeapSize: capacity });
      return Buffer.from(buffer, byteOffset, byteLength);
    },
  };
}
