/**
 * The quotas that a fetch is under: bytes of answers, and time (KIP-13, KIP-124). It is measured before it is answered; over either quota
 * the client gets an answer without records, whose bytes do not count.
 */
import { type FetchRequest, writeFetchResponse } from '../../protocol/generated/fetch';
import { Writer } from '../../protocol/writer';
import type { RequestContext } from '../api/define-api';
import type { QuotaUser } from '../quotas/quota-meters';
import type { Services } from '../services';
import { answerAsItWouldBe } from './answer';
import type { FetchContext } from './fetch-sessions';
import type { Slot } from './plan';

/** Kafka counts the length that goes before the answer. */
const LENGTH_BYTES = 4;

interface Fetch {
  readonly request: FetchRequest;
  readonly context: RequestContext;
  readonly services: Pick<Services, 'quotas'>;
}

/** Whether the answer must be held back; the request is told of its throttle then. */
export function isOverQuota(session: FetchContext, slots: readonly Slot[], fetch: Fetch): boolean {
  const { context, services } = fetch;
  const { quotas } = services;
  if (!quotas.fetch.isActive && !quotas.request.isActive) return false;
  const who = userOf(context);
  const bytes = quotas.fetch.isActive ? bytesOf(session, slots, fetch) : 0;
  const nowMs = quotas.nowMs();
  const timeMs = quotas.chargeTime(context);
  const bandwidthMs = quotas.fetch.record(who, bytes, nowMs);
  if (Math.max(timeMs, bandwidthMs) === 0) return false;
  quotas.fetch.recordQuietly(who, -bytes, nowMs);
  context.throttled(bandwidthMs > timeMs ? { quota: 'fetch', ms: bandwidthMs } : { quota: 'request', ms: timeMs });
  return true;
}

/** More would be held back for ever, whatever came before; Infinity without a quota. */
export function fetchBytesMax(context: RequestContext, { quotas }: Pick<Services, 'quotas'>): number {
  return quotas.fetch.isActive ? Math.floor(quotas.fetch.valueMax(userOf(context))) : Infinity;
}

const userOf = ({ session, clientId }: RequestContext): QuotaUser => ({
  user: session.principal,
  clientId: clientId ?? '',
});

/** Of the answer as Kafka counts it; records are not copied for it. */
function bytesOf(session: FetchContext, slots: readonly Slot[], { request, context }: Fetch): number {
  const writer = new Writer();
  writeFetchResponse(writer, answerAsItWouldBe(session, slots, request), context.apiVersion);
  return LENGTH_BYTES + writer.byteLength;
}
