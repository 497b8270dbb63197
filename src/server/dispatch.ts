/**
 * From a whole frame to the API that serves it: header, API, version, request span. It knows no sockets; the connection writes what
 * comes out, in the order of the requests. Bytes that are not Kafka's throw ProtocolError, which costs the peer its connection and
 * nobody else theirs, as Kafka does it.
 */
import type { Clock } from '../clock';
import { readRequestHeader } from '../protocol/header';
import { Reader } from '../protocol/reader';
import type { Telemetry } from '../telemetry/telemetry';
import { type Caller, type Exchange, RequestRun } from './request-run';
import type { ServedApi } from './served-api';

export class Dispatcher {
  readonly #apis: ReadonlyMap<number, ServedApi>;
  readonly #operations: Telemetry['operations'];
  readonly #clock: Clock;

  constructor(
    apis: readonly ServedApi[],
    { operations, clock }: { operations: Telemetry['operations']; clock: Clock },
  ) {
    this.#apis = new Map(apis.map((api) => [api.facts.key, api]));
    this.#operations = operations;
    this.#clock = clock;
  }

  /** Whether the frame's request may begin before an earlier one of the same API is answered; -1 where it must wait. */
  overlapKey(frame: Uint8Array): number {
    if (frame.byteLength < 2) return -1;
    const key = new DataView(frame.buffer, frame.byteOffset, 2).getInt16(0);
    return this.#apis.get(key)?.overlaps === true ? key : -1;
  }

  /** Begins the request: what its API does before it waits is done when this returns. Throws ProtocolError. */
  begin(frame: Uint8Array, caller: Caller, effectsTurn: Promise<void> | undefined): Exchange {
    const arrivedMs = this.#clock.monotonicMs();
    const reader = new Reader(frame);
    const header = readRequestHeader(reader);
    const api = this.#apis.get(header.apiKey);
    const { apiVersion } = header;
    if (api === undefined) throw reader.error('the key of an API that is served', String(header.apiKey));
    const { min, max } = api.facts.requestVersions;
    const served = apiVersion >= min && apiVersion <= max;
    const refuse = served ? undefined : api.refuseVersion;
    if (!served && refuse === undefined) {
      throw reader.error(`${api.facts.name} of version ${min} to ${max}`, String(apiVersion));
    }
    const { client } = caller.session;
    client.asked(header.clientId, header.apiKey, apiVersion);
    const operation = this.#operations.root('request', {
      spanName: api.facts.name,
      shared: client.attributes,
      attributes: {
        'kafka.api.key': header.apiKey,
        'kafka.api.version': apiVersion,
        'kafka.correlation_id': header.correlationId,
      },
    });
    const { overlaps } = api;
    const run = new RequestRun({
      ...{ header, caller, operation, arrivedMs, requestBytes: frame.byteLength, overlaps, effectsTurn },
    });
    run.answer = refuse === undefined ? api.serve(reader, run) : refuse(run);
    return run;
  }
}
