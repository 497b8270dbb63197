/**
 * What stands before a message in its frame. A request's header has the API's key and version at fixed places; the rest depends on both:
 *
 *     0  int16  API key
 *     2  int16  API version
 *     4  int32  correlation id
 *     8  int16  client id's length, -1 for null, then its bytes     header v1 and v2; never compact
 *     .  tagged fields                                               header v2 (flexible versions, KIP-482)
 *
 * A response's header is the correlation id, in v1 followed by tagged fields. ApiVersions answers with v0 always, as its client does not
 * know yet what the server speaks (KIP-511).
 */
import { apiVersionsApi } from './generated/api-versions';
import { apis } from './generated/index';
import type { Reader } from './reader';
import { Writer } from './writer';

const CONTROLLED_SHUTDOWN_KEY = 7;
const FLEXIBLE_FROM: ReadonlyMap<number, number> = new Map(apis.map((api) => [api.key, api.flexibleFrom]));

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

/** 0, 1 or 2. An API that has no codecs is taken for one that is not flexible: its header can be read, its body cannot. */
export function requestHeaderVersion(apiKey: number, apiVersion: number): 0 | 1 | 2 {
  if (isFlexible(apiKey, apiVersion)) return 2;
  return apiKey === CONTROLLED_SHUTDOWN_KEY && apiVersion === 0 ? 0 : 1;
}

export function responseHeaderVersion(apiKey: number, apiVersion: number): 0 | 1 {
  return apiKey !== apiVersionsApi.key && isFlexible(apiKey, apiVersion) ? 1 : 0;
}

const isFlexible = (apiKey: number, apiVersion: number): boolean =>
  apiVersion >= (FLEXIBLE_FROM.get(apiKey) ?? Number.POSITIVE_INFINITY);

/** Leaves the reader at the body. Throws ProtocolError. */
export function readRequestHeader(reader: Reader): RequestHeader {
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  const version = requestHeaderVersion(apiKey, apiVersion);
  const clientId = version === 0 ? null : reader.nullableString();
  if (version === 2) reader.skipTaggedFields();
  return { apiKey, apiVersion, correlationId, clientId };
}

/** A frame that is begun with an answer's header; write the body, then call `finishFrame`. */
export function responseFrame(header: Pick<RequestHeader, 'apiKey' | 'apiVersion' | 'correlationId'>): Writer {
  const writer = Writer.frame();
  writer.int32(header.correlationId);
  if (responseHeaderVersion(header.apiKey, header.apiVersion) === 1) writer.uvarint(0);
  return writer;
}
