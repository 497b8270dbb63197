/** Fetch (KIP-74 sizes and order, KIP-227 sessions, KIP-516 topic ids, KIP-320 leader epochs): plan, read, wait, read again. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createFetchableTopicResponse,
  createFetchResponse,
  createPartitionData,
  fetchApi,
  readFetchRequest,
  writeFetchResponse,
  type FetchRequest,
  type FetchResponse,
} from '../../protocol/generated/fetch';
import { clientName } from '../../telemetry/trace/client-name';
import { toOffset } from '../../types';
import { type Delivery, deliveryOf, tellDelivered } from '../application-trace';
import { tellUse } from '../audited/tell-use';
import { answerOf, ISOLATION_LEVEL } from '../fetch/answer';
import { isOverQuota } from '../fetch/fetch-quota';
import type { FetchContext } from '../fetch/fetch-sessions';
import { FetchRun } from '../fetch/fetch-run';
import type { Slot } from '../fetch/plan';
import { closePoll, closeUnusedPoll } from '../fetch/read';
import { tellReads } from '../fetch/told-reads';
import type { Services } from '../services';
import { defineApi, type RequestContext } from './define-api';

export const fetch = defineApi<FetchRequest, FetchResponse>({
  facts: fetchApi,
  read: readFetchRequest,
  write: writeFetchResponse,
  handle,
  failure,
  errors: errorsOf,
  asksRequestQuota: true,
});

/** Kafka fails over any other. */
const ISOLATION_LEVELS: ReadonlySet<number> = new Set(Object.values(ISOLATION_LEVEL));

async function handle(request: FetchRequest, context: RequestContext, services: Services): Promise<FetchResponse> {
  if (!ISOLATION_LEVELS.has(request.isolationLevel)) return failure(request, ErrorCode.UNKNOWN_SERVER_ERROR, context);
  const session = services.fetchSessions.begin(request, context.apiVersion, services.clock.monotonicMs());
  if (session.errorCode !== ErrorCode.NONE) return createFetchResponse({ errorCode: session.errorCode });
  describeGroup(context);
  const run = new FetchRun(request, context, services);
  await run.run(session.targets);
  if (isOverQuota(session, run.slots, { request, context, services })) return heldBack(session, run.slots, context);
  const response = answerOf(session, run.slots, request);
  account(run.slots, context, services);
  tellReads(run.slots, context, services);
  return response;
}

/** As Kafka: a client that is over a quota is answered without records, and its session told it nothing. */
function heldBack(session: FetchContext, slots: readonly Slot[], { operation }: RequestContext): FetchResponse {
  for (const slot of slots) closeUnusedPoll(slot);
  operation.set('messaging.batch.message_count', 0).set('seaglass.bytes', 0);
  return createFetchResponse({ sessionId: session.hold() });
}

/** A Fetch does not say for which group it reads; its client may have. */
function describeGroup({ operation, session }: RequestContext): void {
  const { group } = session.client;
  if (group === undefined) return;
  operation.set('messaging.consumer.group.name', group.name).set('seaglass.group.known_by', group.knownBy);
}

/** Tells telemetry what the answer holds; ends the operations that read it. */
function account(slots: readonly Slot[], context: RequestContext, services: Services): void {
  const { session, signal } = context;
  const { telemetry } = services;
  const { connectionId, clientAddress } = session;
  const deliveries: Delivery[] = [];
  const consumer = clientName(context.clientId);
  const client = consumer === '' ? clientAddress : consumer;
  let records = 0;
  let bytes = 0;
  for (const slot of slots) {
    const { topic, target, result, fits, faults } = slot;
    if (topic === undefined) continue;
    const fetched = { topic, partition: target.partition, offset: target.fetchOffset };
    const operation = slot.poll ?? context.operation;
    if (faults.length > 0) services.valueWatch.refused(fetched, faults, { operation, consumer });
    if (result === undefined) continue;
    // A partition that the answer had no room for was given nothing, whatever was read of it: it will be asked again, rightly.
    if (fits) {
      services.valueWatch.asked(fetched, result.bytes > 0, { operation, connectionId, client, signal });
      if (result.bytes > 0) {
        records += result.deliveredCensus.records;
        bytes += result.bytes;
        services.valueWatch.delivered(fetched, result, { operation, consumer });
        const lastOffset = toOffset(result.nextOffset - 1);
        const read = { topic: topic.name, partition: target.partition, baseOffset: target.fetchOffset, lastOffset };
        const delivery = deliveryOf(read, result.chunks, operation, services);
        if (delivery !== undefined) deliveries.push(delivery);
        telemetry.instruments.add('seaglass_fetched_bytes_total', { topic: topic.name }, result.bytes);
        tellUse('topic_read', { api: fetchApi, topic: topic.name }, context, services);
      }
    }
    if (fits) closePoll(slot);
    else closeUnusedPoll(slot);
  }
  context.operation.set('messaging.batch.message_count', records).set('seaglass.bytes', bytes);
  if (bytes === 0) context.operation.idle();
  else if (session.client.group !== undefined) services.uncommittedReads.read(session.client.group.name, records);
  if (deliveries.length === 0) return;
  context.afterResponse((written) => written && tellDelivered(telemetry.applicationSpans, deliveries, context));
}

/** As Kafka: before version 13 the partitions carry the error, from 7 on the answer itself does. */
function failure(request: FetchRequest, errorCode: ErrorCode, { apiVersion }: RequestContext): FetchResponse {
  const responses =
    apiVersion >= 13
      ? []
      : request.topics.map((topic) =>
          createFetchableTopicResponse({
            topic: topic.topic,
            partitions: topic.partitions.map(({ partition }) =>
              createPartitionData({ partitionIndex: partition, errorCode, highWatermark: toOffset(-1), records: [] }),
            ),
          }),
        );
  return createFetchResponse({ errorCode, responses });
}

function* errorsOf(response: FetchResponse): Iterable<number> {
  yield response.errorCode;
  for (const topic of response.responses) for (const partition of topic.partitions) yield partition.errorCode;
}
