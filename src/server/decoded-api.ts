/**
 * An API of the Kafka layer as dispatch serves it: decode, handle, encode. What its handler throws becomes an answer here; bytes that
 * are not Kafka's throw ProtocolError.
 */
import { EngineError } from '../engine-error';
import { outcomeOf } from '../waiting/error-outcome';
import type { AnyApi } from '../kafka/api/define-api';
import { type TellChanges, tellsChanges } from '../kafka/audited/tell-changes';
import { errorCodeOf, outcomeOfCode } from '../kafka/error-mapping';
import type { Throttle } from '../kafka/quotas/throttling';
import { refusalOfRequest } from '../kafka/security/request-access';
import type { Services } from '../kafka/services';
import { ErrorCode, errorNameOf } from '../protocol/error-code';
import { apiVersionsApi } from '../protocol/generated/api-versions';
import { responseFrame } from '../protocol/header';
import { ProtocolError } from '../protocol/protocol-error';
import type { Reader } from '../protocol/reader';
import { clientName } from '../telemetry/trace/client-name';
import { traceIds } from '../telemetry/log/log';
import { describeRequest } from './request-attributes';
import type { RequestRun } from './request-run';
import type { ServedApi } from './served-api';

export const decodedApis = (apis: readonly AnyApi[], services: Services): readonly ServedApi[] =>
  apis.map((api) => decodedApi(api, services));

function decodedApi(api: AnyApi, services: Services): ServedApi {
  const tell = tellsChanges(api, services);
  const served: ServedApi = {
    facts: api.facts,
    overlaps: api.overlaps === true,
    serve: (body, run) => answer(api, decode(api, body, run), { run, services, tell }),
    refuse: (body, run, error) => refuse(api, decode(api, body, run), { run, error }),
  };
  return api.facts.key === apiVersionsApi.key ? { ...served, refuseVersion: (run) => refuseVersion(api, run) } : served;
}

interface Surroundings {
  readonly run: RequestRun;
  readonly services: Services;
  /** Of an API that changes something. */
  readonly tell: TellChanges | undefined;
}

function decode(api: AnyApi, body: Reader, run: RequestRun): unknown {
  const decoding = run.operation.child('decode');
  try {
    // Bytes past the end are let pass, as Kafka does: librdkafka 2.16 ends its Metadata v13 for all topics with three too many.
    const request = api.read(body, run.apiVersion);
    decoding.end();
    describeRequest(run, request);
    return request;
  } catch (error) {
    decoding.end('client_error', { type: 'PROTOCOL_ERROR', message: messageOf(error) });
    if (error instanceof ProtocolError) run.failed('client_error', 'PROTOCOL_ERROR', error.message);
    run.end('written');
    throw error;
  }
}

async function answer(api: AnyApi, request: unknown, surroundings: Surroundings): Promise<Uint8Array[] | undefined> {
  const { run, services, tell } = surroundings;
  if (tell !== undefined && services.authorizer !== undefined) run.allowances = new Map();
  const response = await handle(api, request, surroundings);
  tell?.(request, response, run);
  run.effectsBegun();
  const isUnanswered = api.unanswered?.(request) === true;
  if (services.quotas.request.isActive && !isUnanswered) chargeTime(api, run, services);
  if (run.throttle !== undefined) mute(api, run.throttle, surroundings);
  if (isUnanswered) return undefined;
  const encoding = run.operation.child('encode');
  const writer = responseFrame(run.header);
  api.write(writer, run.throttle === undefined ? response : told(response, run.throttle), run.apiVersion);
  const chunks = writer.finishFrame();
  encoding.end();
  return chunks;
}

/** KIP-124: the gateway's own time, not that of waits. */
function chargeTime(api: AnyApi, run: RequestRun, { quotas }: Services): void {
  if (api.asksRequestQuota === true) return;
  const ms = quotas.chargeTime(run);
  if (ms > 0) run.throttled({ quota: 'request', ms });
}

/** KIP-219: the answer goes first, and then the connection is not read. */
function mute({ facts }: AnyApi, throttle: Throttle, { run, services }: Surroundings): void {
  const { operation, session } = run;
  const client = session.client.attributes;
  const { principal } = session;
  run.muted = services.throttling.begin({ throttle, api: facts.name, principal, operation, client });
}

/** The answers of nearly all APIs can say for how long their client is throttled. */
function told(response: unknown, { ms }: Throttle): unknown {
  const isAble = typeof response === 'object' && response !== null && 'throttleTimeMs' in response;
  return isAble ? { ...response, throttleTimeMs: ms } : response;
}

async function handle(api: AnyApi, request: unknown, { run, services }: Surroundings): Promise<unknown> {
  try {
    const response = await checkedAnswer(api, request, { run, services });
    describeErrors(api, { request, response }, run);
    return response;
  } catch (error) {
    const code = errorCodeOf(error, api.activity ?? 'admin');
    const type = error instanceof EngineError ? error.code : (errorNameOf(code) ?? 'UNKNOWN_SERVER_ERROR');
    run.operation.set('kafka.error.name', errorNameOf(code) ?? String(code));
    run.failed(outcomeOf(error), type, messageOf(error));
    if (code === ErrorCode.UNKNOWN_SERVER_ERROR) logFailure(api, error, { run, services });
    return api.failure(request, code, run);
  }
}

/** Without an authorizer the handler runs at once. */
async function checkedAnswer(
  api: AnyApi,
  request: unknown,
  { run, services }: Omit<Surroundings, 'tell'>,
): Promise<unknown> {
  if (services.authorizer === undefined) return api.handle(request, run, services);
  const refusal = await refusalOfRequest({ api: api.facts.name, request }, run, services);
  return refusal === ErrorCode.NONE ? api.handle(request, run, services) : api.failure(request, refusal, run);
}

/** The first error of an answer names it; an answer that holds errors is not a success. */
function describeErrors(
  { errors, isWrong }: AnyApi,
  { request, response }: { readonly request: unknown; readonly response: unknown },
  run: RequestRun,
): void {
  if (errors === undefined) return;
  for (const code of errors(response)) {
    if (code === ErrorCode.NONE) continue;
    const name = errorNameOf(code) ?? String(code);
    run.operation.set('kafka.error.name', name);
    const outcome = isWrong?.(request) === true ? 'client_error' : outcomeOfCode(code);
    run.failed(outcome, name, `answered with ${name}`);
    return;
  }
}

async function refuse(
  api: AnyApi,
  request: unknown,
  { run, error }: { readonly run: RequestRun; readonly error: ErrorCode },
): Promise<Uint8Array[] | undefined> {
  const name = errorNameOf(error) ?? String(error);
  run.operation.set('kafka.error.name', name);
  run.failed(outcomeOfCode(error), name, `answered with ${name}`);
  if (api.unanswered?.(request) === true) return undefined;
  const writer = responseFrame(run.header);
  api.write(writer, api.failure(request, error, run), run.apiVersion);
  return writer.finishFrame();
}

/** KIP-511: a client that knows a newer ApiVersions is told in the oldest form, which every client can read. */
async function refuseVersion(api: AnyApi, run: RequestRun): Promise<Uint8Array[]> {
  run.failed('client_error', 'UNSUPPORTED_VERSION', `ApiVersions version ${run.apiVersion} is not served`);
  const writer = responseFrame({ ...run.header, apiVersion: 0 });
  api.write(writer, api.failure(undefined, ErrorCode.UNSUPPORTED_VERSION, run), 0);
  return writer.finishFrame();
}

function logFailure({ facts }: AnyApi, error: unknown, { run, services }: Omit<Surroundings, 'tell'>): void {
  services.telemetry.log.write('error', 'request.failed', `${facts.name} failed: ${messageOf(error)}`, {
    api: facts.name,
    version: run.apiVersion,
    client_id: clientName(run.clientId),
    ...traceIds(run.operation),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
