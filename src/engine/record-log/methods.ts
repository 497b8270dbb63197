/** The record log's streams as gRPC methods: generated, but for the body of an append (grpc/append-codec.ts). */
import { serializeAppend } from '../../grpc/append-codec';
import { PublishRequest, RecordLogService, SubscribeRequest } from '../../rpc/record_log';
import type { PublishResponse, SubscribeResponse } from '../../rpc/record_log';
import type { RpcMethod } from '../channel/channel';

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

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
