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
import type { CallContext } from '../../telemetry/operation';
import { ZERO_TOPIC_ID } from '../../types';
import { AdminError, refusalOf } from '../admin/admin-error';
import { withDeadline } from '../admin/deadline';
import { codesOf } from '../admin/error-codes';
import { duplicatesOf } from '../admin/duplicates';
import { mapBounded } from '../group/map-bounded';
import type { Services } from '../services';
import { defineApi } from './define-api';

/** Topics that are deleted at the same time for one request. */
const DELETIONS_MAX = 8;

export const deleteTopics = defineApi<DeleteTopicsRequest, DeleteTopicsResponse>({
  facts: deleteTopicsApi,
  read: readDeleteTopicsRequest,
  write: writeDeleteTopicsResponse,
  handle: (request, context, services) =>
    withDeadline(context, { clock: services.clock, timeoutMs: request.timeoutMs }, async (within) => {
      const states = statesOf(request);
      const names = duplicatesOf(states.flatMap((each) => each.name ?? []));
      const ids = duplicatesOf(states.map((each) => each.topicId).filter((id) => id !== ZERO_TOPIC_ID));
      const duplicates: Duplicates = { names, ids };
      const found = new Set<string>();
      const responses = await mapBounded(states, DELETIONS_MAX, (state) =>
        deleteOne(state, { duplicates, found }, services, within),
      );
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

async function deleteOne(
  state: DeleteTopicState,
  seen: { readonly duplicates: Duplicates; readonly found: Set<string> },
  services: Services,
  context: CallContext,
): Promise<DeletableTopicResult> {
  let { name, topicId } = state;
  try {
    checkState(state, seen.duplicates);
    const topic = await findTopic(state, services, context);
    ({ name, id: topicId } = topic);
    if (seen.found.has(name)) {
      const message = 'The provided topic name maps to an ID that was already supplied.';
      throw new AdminError(ErrorCode.INVALID_REQUEST, message);
    }
    seen.found.add(name);
    await services.engine.deleteTopic(name, context);
  } catch (error) {
    return createDeletableTopicResult({ name, topicId, ...refusalOf(error) });
  }
  await forgetOffsets(name, services, context);
  return createDeletableTopicResult({ name, topicId });
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

async function findTopic(
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
