/** The record log's service as the node serves it: generated, except for the two answers that carry records (records-codec.ts). */
import { RecordLogService, ReadResponse, SubscribeResponse } from '../../rpc/record_log';
import { PREFIX_BYTES } from './framed-writer';
import { encodeRecordsField } from './records-codec';
import type { OutgoingRecords } from './records-codec';

/** A subscriber's frame: records, written already and with gRPC's prefix, or any other message of the protocol. */
export type OutgoingFrame = { readonly framed: Buffer } | { readonly message: SubscribeResponse['message'] };
export type OutgoingRead =
  { readonly records: OutgoingRecords } | { readonly error: NonNullable<ReadResponse['error']> };

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
      'records' in answer
        ? encodeRecordsField(answer.records)
        : asBuffer(ReadResponse.encode({ error: answer.error, records: undefined }).finish()),
  },
};

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
