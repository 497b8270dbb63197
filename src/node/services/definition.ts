/** The record log's service as the node serves it: generated, except for the two answers that carry records (records-codec.ts). */
import { RecordLogService, ReadResponse, SubscribeResponse } from '../../rpc/record_log';
import { PREFIX_BYTES } from '../../grpc/framed-writer';

/** A subscriber's frame: records, written already and with gRPC's prefix, or any other message of the protocol. */
export type OutgoingFrame = { readonly framed: Buffer } | { readonly message: SubscribeResponse['message'] };
/** A read's answer: records, written already, or why there are none. */
export type OutgoingRead = { readonly written: Buffer } | { readonly error: NonNullable<ReadResponse['error']> };

export const nodeRecordLogService = {
  ...RecordLogService,
  subscribe: {
    ...RecordLogService.subscribe,
    responseSerialize: (frame: OutgoingFrame): Buffer =>
      'framed' in frame ? frame.framed.subarray(PREFIX_BYTES) : asBuffer(SubscribeResponse.encode(frame).finish()),
  },
  read: {
    ...RecordLogService.read,
    responseSerialize: (answer: OutgoingRead): Buffer =>
      'written' in answer
        ? answer.written
        : asBuffer(ReadResponse.encode({ error: answer.error, records: undefined }).finish()),
  },
};

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
