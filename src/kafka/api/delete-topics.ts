/** DeleteTopics, by name or by id (KIP-516). A topic's name can be used again once its answer is there. */
import type { Topic } from '../../engine/engine';
import { ErrorCode } from '../../protocol/error-code';
import {
  createDeletableTopicResult,
  createDeleteTopicsResponse,
  createDeleteTopicState,
  deleteTopicsApi,
  readDeleteTopicsRequest,
  writeDeleteTopicsResponse,
} from '../../protocol/generated/delete-topics';
import type {
  DeletableTopicResult,
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  DeleteTopicState,
} from '../../protocol/generated/delete-topics';
import type { CallContext } from '../../telemetry/trace/operation';
import { ZERO_TOPIC_ID } from '../../types';
import { AdminError, NO_ERROR, refusalOf, type Refusal } from '../admin/admin-error';
import { withinClientTimeout } from '../../waiting/give-up';
import { codesOf } from '../admin/error-codes';
import { duplicatesOf } from '../admin/duplicates';
import { mapBounded } from '../../waiting/map-bounded';
import { permitsOf, type TakePermits } from '../quotas/permits';
import { type Access, accessOf } from '../security/access';
import { ACCESS_WORDS } from '../security/access-words';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { defineApi } from './define-api';

/** From this version on clients know THROTTLING_QUOTA_EXCEEDED (KIP-599). */
const STRICT_SINCE = 5;
/** Topics that are looked up or deleted at the same time for one request. */
const TOPICS_AT_ONCE = 8;

export const deleteTopics = defineApi<DeleteTopicsRequest, DeleteTopicsResponse>({
  facts: deleteTopicsApi,
  read: readDeleteTopicsRequest,
  write: writeDeleteTopicsResponse,
  handle: (request, context, services) =>
    withinClientTimeout(context, { clock: services.clock, timeoutMs: request.timeoutMs }, async (within) => {
      const states = statesOf(request);
      const duplicates = duplicatesIn(states);
      const permits = permitsOf(context, services, STRICT_SINCE);
      const rights = rightsOf(accessOf(context, services));
      const named = await mapBounded(states, TOPICS_AT_ONCE, (state) =>
        topicOf(state, { duplicates, rights }, services, within),
      );
      const twice = duplicatesOf(named.flatMap((each) => each.topic?.id ?? []));
      const responses = await mapBounded(named, TOPICS_AT_ONCE, async ({ topic, refusal }) => {
        if (topic === undefined) return refusal;
        const isSuppliedTwice = twice.has(topic.id) || duplicates.ids.has(topic.id);
        return isSuppliedTwice ? answer(topic, SUPPLIED_TWICE) : deleteOne(topic, { ...services, permits }, within);
      });
      return createDeleteTopicsResponse({ responses: withoutRepeats(responses) });
    }),
  failure: (request, errorCode) =>
    createDeleteTopicsResponse({
      responses: statesOf(request).map((state) => createDeletableTopicResult({ ...state, errorCode })),
    }),
  errors: (response) => codesOf(response.responses),
});

interface Duplicates {
  readonly names: ReadonlySet<string>;
  readonly ids: ReadonlySet<string>;
}

function statesOf(request: DeleteTopicsRequest): readonly DeleteTopicState[] {
  return [...request.topics, ...request.topicNames.map((name) => createDeleteTopicState({ name }))];
}

function duplicatesIn(states: readonly DeleteTopicState[]): Duplicates {
  const names = duplicatesOf(states.flatMap((each) => each.name ?? []));
  const ids = duplicatesOf(states.map((each) => each.topicId).filter((id) => id !== ZERO_TOPIC_ID));
  return { names, ids };
}

/** The topic, or why there is none to delete. */
type Named =
  | { readonly topic: Topic; readonly refusal?: undefined }
  | { readonly topic?: undefined; readonly refusal: DeletableTopicResult };

/** What the client may do with the topic of a name. */
interface Rights {
  describes(name: string): boolean;
  deletes(name: string): boolean;
}

/** Whoever may delete on the cluster may delete every topic. */
function rightsOf(access: Access): Rights {
  const { all, describe, topic } = AUTHORIZATION.deleteTopics;
  const any = access.allows(all);
  return {
    describes: (name) => any || access.allows(describe, name),
    deletes: (name) => any || access.allows(topic, name),
  };
}

const NOT_ALLOWED: Refusal = {
  errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  errorMessage: ACCESS_WORDS.TOPIC_AUTHORIZATION_FAILED,
};

async function topicOf(
  state: DeleteTopicState,
  { duplicates, rights }: { readonly duplicates: Duplicates; readonly rights: Rights },
  services: Services,
  context: CallContext,
): Promise<Named> {
  try {
    checkState(state, duplicates);
    if (state.name !== null && !rights.describes(state.name)) return refusedTo(state);
    const topic = await topicToDelete(state, services, context);
    if (rights.deletes(topic.name)) return { topic };
    // Who named an id hears the name only where it may describe the topic; the id is no secret.
    return refusedTo(state.name === null && rights.describes(topic.name) ? { ...state, name: topic.name } : state);
  } catch (error) {
    return { refusal: createDeletableTopicResult({ ...state, ...refusalOf(error) }) };
  }
}

const refusedTo = (state: DeleteTopicState): Named => ({
  refusal: createDeletableTopicResult({ ...state, ...NOT_ALLOWED }),
});

const SUPPLIED_TWICE: Refusal = {
  errorCode: ErrorCode.INVALID_REQUEST,
  errorMessage: 'The provided topic name maps to an ID that was already supplied.',
};

const answer = ({ name, id }: Topic, refusal: Refusal): DeletableTopicResult =>
  createDeletableTopicResult({ name, topicId: id, ...refusal });

async function deleteOne(
  topic: Topic,
  services: Services & { readonly permits: TakePermits },
  context: CallContext,
): Promise<DeletableTopicResult> {
  try {
    services.permits(topic.partitionCount);
    await services.engine.deleteTopic(topic.name, context);
  } catch (error) {
    return answer(topic, refusalOf(error));
  }
  await forgetOffsets(topic.name, services, context);
  return answer(topic, NO_ERROR);
}

/** As in Kafka: who makes a topic of this name again begins without a place in it, and a failure of it leaves the topic deleted. */
async function forgetOffsets(name: string, { groups }: Services, context: CallContext): Promise<void> {
  try {
    await groups.offsets.deleteTopic(name, context);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.operation.event(`committed offsets of a deleted topic stay until they expire: ${why}`);
  }
}

function checkState({ name, topicId }: DeleteTopicState, duplicates: Duplicates): void {
  const refused = (message: string): AdminError => new AdminError(ErrorCode.INVALID_REQUEST, message);
  if (name === null && topicId === ZERO_TOPIC_ID) throw refused('Neither topic name nor id were specified.');
  if (name !== null && topicId !== ZERO_TOPIC_ID) throw refused('You may not specify both topic name and topic id.');
  if (name !== null && duplicates.names.has(name)) throw refused('Duplicate topic name.');
  if (name === null && duplicates.ids.has(topicId)) throw refused('Duplicate topic id.');
}

async function topicToDelete(
  { name, topicId }: DeleteTopicState,
  services: Services,
  context: CallContext,
): Promise<Topic> {
  const topic = await (name === null
    ? services.engine.topicById(topicId, context)
    : services.engine.topic(name, context));
  if (topic !== undefined) return topic;
  throw name === null
    ? new AdminError(ErrorCode.UNKNOWN_TOPIC_ID, 'This server does not host this topic ID.')
    : new AdminError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.');
}

/** A name or id that was given several times is answered once. */
function withoutRepeats(results: readonly DeletableTopicResult[]): readonly DeletableTopicResult[] {
  const seen = new Set<string>();
  return results.filter((each) => {
    const key = `${each.name ?? ''}/${each.topicId}/${each.errorMessage ?? ''}`;
    return seen.has(key) ? false : seen.add(key);
  });
}
