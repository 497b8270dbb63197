/** The client's side of headers: requests are begun with one, answers read behind one. */
import { requestHeaderVersion, responseHeaderVersion, type RequestHeader } from './header';
import type { Reader } from './reader';
import { Writer } from './writer';

/** A frame that is begun with a request's header. */
export function requestFrame(header: RequestHeader): Writer {
  const writer = Writer.frame();
  const version = requestHeaderVersion(header.apiKey, header.apiVersion);
  writer.int16(header.apiKey);
  writer.int16(header.apiVersion);
  writer.int32(header.correlationId);
  if (version >= 1) writer.nullableString(header.clientId);
  if (version === 2) writer.uvarint(0);
  return writer;
}

/** Leaves the reader at the answer's body; returns the correlation id. Throws ProtocolError. */
export function readResponseHeader(reader: Reader, apiKey: number, apiVersion: number): number {
  const correlationId = reader.int32();
  if (responseHeaderVersion(apiKey, apiVersion) === 1) reader.skipTaggedFields();
  return correlationId;
}
