/**
 * From a whole frame to the API that serves it: header, API, version, request span. It knows no sockets; the connection writes what
 * comes out, in the order of the requests. Bytes that are not Kafka's throw ProtocolError, which costs the peer its connection and
 * nobody else theirs, as Kafka does it.
 */
import type { Clock } from '../clock';
import type { ErrorCode } from '../protocol/error-code';
import { readRequestHeader } from '../protocol/header';
import { Reader } from '../protocol/reader';
import type { Telemetry } from '../telemetry/telemetry';
import { apiKeyOf, shownBytesOf } from './frame-key';
import type { FrameServer } from './frame-server';
import type { RefusedVersions } from './refused-versions';
import { type Caller, RequestRun } from './request-run';
import type { ServedApi } from './served-api';

export class Dispatcher implements FrameServer {
  readonly signIn = undefined;
  readonly #apis: ReadonlyMap<number, ServedApi>;
  readonly #operations: Telemetry['operations'];
  readonly #clock: Clock;
  readonly #refusedVersions: RefusedVersions;

  constructor(
    apis: readonly ServedApi[],
    options: {
      readonly operations: Telemetry['operations'];
      readonly clock: Clock;
      readonly refusedVersions: RefusedVersions;
    },
  ) {
    const { operations, clock, refusedVersions } = options;
    this.#apis = new Map(apis.map((api) => [api.facts.key, api]));
    this.#operations = operations;
    this.#clock = clock;
    this.#refusedVersions = refusedVersions;
  }

  overlapKey(frame: Uint8Array): number {
    const key = apiKeyOf(frame);
    return key !== undefined && this.#apis.get(key)?.overlaps === true ? key : -1;
  }

  shownBytes(frame: Uint8Array): number {
    return shownBytesOf(apiKeyOf(frame));
  }

  closed(): void {
    // Nothing is kept of a connection.
  }

  /** Begins the request: what its API does before it waits is done when this returns. Throws ProtocolError. */
  begin(frame: Uint8Array, caller: Caller, effectsTurn: Promise<void> | undefined): RequestRun {
    const { run, api, reader, isServed } = this.#open(frame, caller, effectsTurn);
    run.answer = isServed ? api.serve(reader, run) : (api.refuseVersion?.(run) ?? run.answer);
    return run;
  }

  /** Answers the request with one error, whatever it asks. Throws ProtocolError where it is none. */
  refuse(frame: Uint8Array, caller: Caller, error: ErrorCode): RequestRun {
    const { run, api, reader, isServed } = this.#open(frame, caller, undefined);
    if (!isServed || api.refuse === undefined)
      throw reader.error('a request that can be refused', `${api.facts.name} of version ${run.apiVersion}`);
    run.answer = api.refuse(reader, run, error);
    return run;
  }

  #open(frame: Uint8Array, caller: Caller, effectsTurn: Promise<void> | undefined): OpenedRun {
    const arrivedMs = this.#clock.monotonicMs();
    const reader = new Reader(frame);
    const header = readRequestHeader(reader);
    const api = this.#apis.get(header.apiKey);
    const { apiVersion } = header;
    if (api === undefined) throw reader.error('the key of an API that is served', String(header.apiKey));
    const { min, max } = api.facts.requestVersions;
    const isServed = apiVersion >= min && apiVersion <= max;
    if (!isServed && api.refuseVersion === undefined) {
      this.#refusedVersions.refused({
        ...{ clientId: header.clientId, session: caller.session },
        ...{ api: api.facts.name, version: apiVersion, served: { min, max } },
      });
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
    return { run, api, reader, isServed };
  }
}

interface OpenedRun {
  readonly run: RequestRun;
  readonly api: ServedApi;
  /** At the body. */
  readonly reader: Reader;
  /** Whether its version is. */
  readonly isServed: boolean;
}
