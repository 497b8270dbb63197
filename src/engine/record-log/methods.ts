/**
 * The streams' methods with their bodies handled without needless copies: a generated encoder writes the batch of an append into one
 * buffer and copies that into another before gRPC copies it once more.
 */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { uvarlongBytes, writeUvarlong } from '../../protocol/varint';
import { Census, PublishRequest, RecordLogService, SubscribeRequest } from '../../rpc/record_log';
import type { Append, PublishResponse, SubscribeResponse } from '../../rpc/record_log';
import type { RpcMethod } from '../channel/channel';

const TAG_APPEND = 0x12;
const TAG_BATCH = 0x0a;
const TAG_CENSUS = 0x12;
const TAG_HANDED_OVER = 0x18;

export const publishMethod: RpcMethod<PublishRequest, PublishResponse> = {
  path: RecordLogService.publish.path,
  requestSerialize: serializePublish,
  responseDeserialize: RecordLogService.publish.responseDeserialize,
};

export const subscribeMethod: RpcMethod<SubscribeRequest, SubscribeResponse> = {
  path: RecordLogService.subscribe.path,
  requestSerialize: (request) => view(SubscribeRequest.encode(request).finish()),
  responseDeserialize: RecordLogService.subscribe.responseDeserialize,
};

function serializePublish(request: PublishRequest): Buffer {
  if (request.message?.$case !== 'append') return view(PublishRequest.encode(request).finish());
  return serializeAppend(request.message.append);
}

/** PublishRequest { append { batch, census, handed over bytes } }, written once into a buffer of its exact size. */
function serializeAppend(append: Append): Buffer {
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

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
