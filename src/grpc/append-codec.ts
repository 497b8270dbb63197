/**
 * The body of an append, written once into a buffer of its exact size. The generated encoder writes the batch into one buffer and copies
 * that into another, before gRPC copies it once more.
 */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { uvarlongBytes, writeUvarlong } from '../protocol/varint';
import { Census } from '../rpc/record_log';
import type { Append } from '../rpc/record_log';

const TAG_APPEND = 0x12;
const TAG_BATCH = 0x0a;
const TAG_CENSUS = 0x12;
const TAG_HANDED_OVER = 0x18;

/** PublishRequest { append { batch, census, handed over bytes } }, written once into a buffer of its exact size. */
export function serializeAppend(append: Append): Buffer {
  const rest = encodeRest(append);
  const { batch } = append;
  const bodyBytes =
    (batch.byteLength === 0 ? 0 : 1 + uvarlongBytes(batch.byteLength) + batch.byteLength) + rest.byteLength;
  const buffer = Buffer.allocUnsafe(1 + uvarlongBytes(bodyBytes) + bodyBytes);
  let position = 0;
  buffer[position++] = TAG_APPEND;
  position = writeUvarlong(buffer, position, bodyBytes);
  if (batch.byteLength > 0) {
    buffer[position++] = TAG_BATCH;
    position = writeUvarlong(buffer, position, batch.byteLength);
    buffer.set(batch, position);
    position += batch.byteLength;
  }
  buffer.set(rest, position);
  return buffer;
}

/** What stands behind the batch. */
function encodeRest(append: Append): Uint8Array {
  const writer = new BinaryWriter();
  if (append.census !== undefined) Census.encode(append.census, writer.uint32(TAG_CENSUS).fork()).join();
  if (append.handedOverBytes !== undefined) writer.uint32(TAG_HANDED_OVER).int32(append.handedOverBytes);
  return writer.finish();
}
