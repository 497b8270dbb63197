/**
 * From a whole frame to the answer's bytes: header, API, request span, decode, handle, encode. It knows no sockets; the connection
 * writes what comes out, in the order of the requests. What a handler throws becomes an answer here; bytes that are not Kafka's
 * throw ProtocolError, which costs the peer its connection and nobody else theirs, as Kafka does it.
 */
import { setMaxListeners } from 'node:events';
import type { AnyApi, RequestContext } from '../kafka/api/define-api';
import { errorCodeOf, outcomeOfCode } from '../kafka/error-mapping';
import type { Services } from '../kafka/services';
import { EngineError } from '../engine/engine-error';
import { outcomeOf } from '../engine/error-outcome';
import { ErrorCode, errorNameOf } from '../protocol/error-code';
import { apiVersionsApi } from '../protocol/generated/api-versions';
import { readRequestHeader, responseFrame, type RequestHeader } from '../protocol/header';
import { ProtocolError } from '../protocol/protocol-error';
import { Reader } from '../protocol/reader';
import { clientName } from '../telemetry/client-name';
import { traceIds } from '../telemetry/log';
import type { Operation, Outcome } from '../telemetry/operation';
import { describeRequest } from './request-attributes';

/** The connection as requests see it. */
export interface Caller {
  readonly connectionId: string;
  readonly clientAddress: string;
  /** Aborts when the connection closes. */
  readonly signal: AbortSignal;
  /** Aborts when the gateway stops. */
  readonly stopping: AbortSignal;
}

/** One request from its frame to its answer's last byte; owned by the connection, which ends it exactly once. */
export interface Exchange {
  readonly operation: Operation;
  /** The answer's frame in chunks; undefined where none is sent. Rejects with ProtocolError where the connection must close. */
  readonly answer: Promise<Uint8Array[] | undefined>;
  /** What went wrong, once `answer` has resolved. */
  readonly error: { readonly type: string; readonly message: string } | undefined;
  /** Resolves when the request has begun its effects, or has none; undefined where its API does not overlap. */
  readonly begun: Promise<void> | undefined;
  /** The answer has left, or never will. */
  end(outcome: 'written' | 'cancelled' | 'deadline'): void;
}

export class Dispatcher {
  private readonly apis: ReadonlyMap<number, AnyApi>;
  private readonly services: Services;

  constructor(apis: readonly AnyApi[], services: Services) {
    this.apis = new Map(apis.map((api) => [api.facts.key, api]));
    this.services = services;
  }

  /** Whether the frame's request may begin before an earlier one of the same API is answered; -1 where it must wait. */
  overlapKey(frame: Uint8Array): number {
    if (frame.byteLength < 2) return -1;
    const key = new DataView(frame.buffer, frame.byteOffset, 2).getInt16(0);
    return this.apis.get(key)?.overlaps === true ? key : -1;
  }

  /** Begins the request: decodes it and starts its handler before it returns. Throws ProtocolError. */
  begin(frame: Uint8Array, caller: Caller, effectsTurn: Promise<void> | undefined): Exchange {
    const arrivedMs = this.services.clock.monotonicMs();
    const reader = new Reader(frame);
    const header = readRequestHeader(reader);
    const api = this.apis.get(header.apiKey);
    const { apiVersion } = header;
    if (api === undefined) throw reader.error('the key of an API that is served', String(header.apiKey));
    const { min, max } = api.facts.requestVersions;
    const served = apiVersion >= min && apiVersion <= max;
    if (!served && header.apiKey !== apiVersionsApi.key) {
      throw reader.error(`${api.facts.name} of version ${min} to ${max}`, String(apiVersion));
    }
    const operation = this.services.telemetry.operations.root('request', {
      spanName: api.facts.name,
      attributes: {
        'kafka.api.key': header.apiKey,
        'kafka.api.version': apiVersion,
        'kafka.correlation_id': header.correlationId,
        'messaging.system.name': 'kafka',
        'messaging.client.id': clientName(header.clientId),
        'client.address': caller.clientAddress,
      },
    });
    const run = new RequestRun({ api, header, caller, operation, arrivedMs, effectsTurn, services: this.services });
    return served ? run.start(reader) : run.refuseVersion();
  }
}

/** For requests that outlive their connection; their own deadlines bound them. */
const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);

interface RunOptions {
  readonly api: AnyApi;
  readonly header: RequestHeader;
  readonly caller: Caller;
  readonly operation: Operation;
  readonly arrivedMs: number;
  readonly effectsTurn: Promise<void> | undefined;
  readonly services: Services;
}

/** One request under way: its context, its exchange and its outcome. */
class RequestRun implements Exchange, RequestContext {
  readonly operation: Operation;
  readonly signal: AbortSignal;
  readonly stopping: AbortSignal;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly connectionId: string;
  readonly clientAddress: string;
  readonly arrivedMs: number;
  readonly effectsTurn: Promise<void> | undefined;
  readonly begun: Promise<void> | undefined;
  answer: Promise<Uint8Array[] | undefined> = Promise.resolve(undefined);
  error: { readonly type: string; readonly message: string } | undefined;
  private readonly api: AnyApi;
  private readonly header: RequestHeader;
  private readonly services: Services;
  private outcome: Outcome = 'ok';
  private afterwards: (() => void)[] | undefined;
  private resolveBegun: (() => void) | undefined;

  constructor(options: RunOptions) {
    const { header, caller } = options;
    this.operation = options.operation;
    // What was produced is appended although its producer has left: with acks=0 it leaves as soon as it has sent.
    this.signal = options.api.overlaps === true ? NEVER : caller.signal;
    this.stopping = caller.stopping;
    this.apiVersion = header.apiVersion;
    this.correlationId = header.correlationId;
    this.clientId = header.clientId;
    this.connectionId = caller.connectionId;
    this.clientAddress = caller.clientAddress;
    this.arrivedMs = options.arrivedMs;
    this.effectsTurn = options.effectsTurn;
    this.begun = options.api.overlaps === true ? new Promise((resolve) => (this.resolveBegun = resolve)) : undefined;
    this.api = options.api;
    this.header = header;
    this.services = options.services;
  }

  afterResponse(action: () => void): void {
    (this.afterwards ??= []).push(action);
  }

  effectsBegun(): void {
    this.resolveBegun?.();
  }

  start(reader: Reader): this {
    this.answer = this.run(this.decode(reader));
    return this;
  }

  /** KIP-511: a client that knows a newer ApiVersions is told in the oldest form, which every client can read. */
  refuseVersion(): this {
    this.failed('client_error', 'UNSUPPORTED_VERSION', `ApiVersions version ${this.apiVersion} is not served`);
    const writer = responseFrame({ ...this.header, apiVersion: 0 });
    this.api.write(writer, this.api.failure(undefined, ErrorCode.UNSUPPORTED_VERSION, this), 0);
    this.answer = Promise.resolve(writer.finishFrame());
    return this;
  }

  end(outcome: 'written' | 'cancelled' | 'deadline'): void {
    if (this.operation.ended) return;
    if (outcome !== 'written') this.outcome = outcome;
    this.operation.end(this.outcome, this.error);
    if (this.afterwards !== undefined) for (const action of this.afterwards) action();
  }

  private decode(reader: Reader): unknown {
    const decode = this.operation.child('decode');
    try {
      // Bytes past the end are let pass, as Kafka does: librdkafka 2.16 ends its Metadata v13 for all topics with three too many.
      const request = this.api.read(reader, this.apiVersion);
      decode.end();
      describeRequest(this.operation, request);
      return request;
    } catch (error) {
      decode.end('client_error', { type: 'PROTOCOL_ERROR', message: messageOf(error) });
      if (error instanceof ProtocolError) this.failed('client_error', 'PROTOCOL_ERROR', error.message);
      this.end('written');
      throw error;
    }
  }

  private async run(request: unknown): Promise<Uint8Array[] | undefined> {
    const response = await this.handled(request);
    this.effectsBegun();
    if (this.api.unanswered?.(request) === true) return undefined;
    const encode = this.operation.child('encode');
    const writer = responseFrame(this.header);
    this.api.write(writer, response, this.apiVersion);
    const chunks = writer.finishFrame();
    encode.end();
    return chunks;
  }

  private async handled(request: unknown): Promise<unknown> {
    try {
      const response = await this.api.handle(request, this, this.services);
      this.describe(response);
      return response;
    } catch (error) {
      const code = errorCodeOf(error, this.api.activity ?? 'admin');
      const type = error instanceof EngineError ? error.code : (errorNameOf(code) ?? 'UNKNOWN_SERVER_ERROR');
      this.failed(outcomeOf(error), type, messageOf(error));
      if (code === ErrorCode.UNKNOWN_SERVER_ERROR) this.logFailure(error);
      return this.api.failure(request, code, this);
    }
  }

  /** The first error of an answer names it; an answer that holds errors is not a success. */
  private describe(response: unknown): void {
    const { errors } = this.api;
    if (errors === undefined) return;
    for (const code of errors(response)) {
      if (code === ErrorCode.NONE) continue;
      const name = errorNameOf(code) ?? String(code);
      this.operation.set('kafka.error.name', name);
      this.failed(outcomeOfCode(code), name, `answered with ${name}`);
      return;
    }
  }

  private failed(outcome: Outcome, type: string, message: string): void {
    this.outcome = outcome;
    this.error = { type, message };
  }

  private logFailure(error: unknown): void {
    this.services.telemetry.log.write('error', 'request.failed', `${this.api.facts.name} failed: ${messageOf(error)}`, {
      api: this.api.facts.name,
      version: this.apiVersion,
      client_id: clientName(this.clientId),
      ...traceIds(this.operation),
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
