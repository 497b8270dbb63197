/**
 * OffsetFetch: a group's place in its partitions. Versions up to 7 ask for one group, later ones for several (KIP-709), from version 10 on
 * with topic ids. No list of topics means all of them. A storage that cannot be read is an error, never "nothing committed".
 */
import { ErrorCode } from '../../protocol/error-code';
import {
  createOffsetFetchResponse,
  createOffsetFetchResponseGroup,
  createOffsetFetchResponsePartition,
  createOffsetFetchResponsePartitions,
  createOffsetFetchResponseTopic,
  createOffsetFetchResponseTopics,
  offsetFetchApi,
  readOffsetFetchRequest,
  writeOffsetFetchResponse,
} from '../../protocol/generated/offset-fetch';
import type { OffsetFetchRequest, OffsetFetchResponse } from '../../protocol/generated/offset-fetch';
import { codesOf } from '../admin/error-codes';
import { eachOnce } from '../groups/offsets/asked-offsets';
import { fetchGroupOffsets } from '../groups/offsets/fetch-group-offsets';
import type { AskedGroup, FetchedGroup, FetchedOffset, FetchedTopic } from '../groups/offsets/fetch-group-offsets';
import { mapBounded } from '../../waiting/map-bounded';
import { GROUPS_AT_ONCE } from '../groups/classic/group-settings';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import type { RequestContext } from './define-api';
import { defineApi } from './define-api';

const GROUPS_FROM = 8;
const TOPIC_IDS_FROM = 10;
/** Before it the answer has no code of its own: each partition carries it. */
const CODE_FROM = 2;

export const offsetFetch = defineApi<OffsetFetchRequest, OffsetFetchResponse>({
  facts: offsetFetchApi,
  activity: 'coordinator',
  read: readOffsetFetchRequest,
  write: writeOffsetFetchResponse,
  handle: async (request, context, services) => {
    const byId = context.apiVersion >= TOPIC_IDS_FROM;
    if (context.apiVersion >= GROUPS_FROM) {
      const groups = await mapBounded(eachOnce(request.groups), GROUPS_AT_ONCE, async ({ groupId, topics }) => {
        const fetched = await fetchAllowed({ groupId, topics, byId }, services, context);
        return createOffsetFetchResponseGroup({
          groupId,
          errorCode: fetched.errorCode,
          topics: fetched.topics.map(({ name, topicId, partitions }) =>
            createOffsetFetchResponseTopics({
              name,
              topicId,
              partitions: partitions.map((each) => createOffsetFetchResponsePartitions(each)),
            }),
          ),
        });
      });
      return createOffsetFetchResponse({ groups });
    }
    const { groupId } = request;
    const [asked = { groupId, topics: null }] = eachOnce([{ groupId, topics: request.topics }]);
    const fetched = await fetchAllowed({ ...asked, byId }, services, context);
    if (fetched.errorCode !== ErrorCode.NONE) return failed(request, fetched.errorCode, context);
    return createOffsetFetchResponse({ topics: fetched.topics.map(topicOfOne) });
  },
  failure: failed,
  errors: function* (response) {
    yield* codesOf([response, ...response.groups]);
    for (const topic of response.topics) yield* codesOf(topic.partitions);
    for (const group of response.groups) for (const topic of group.topics) yield* codesOf(topic.partitions);
  },
});

const RULES = AUTHORIZATION.offsetFetch;

/** Without the right to describe the group it is refused; of topics without it nothing is told. */
function fetchAllowed(asked: AskedGroup, services: Services, context: RequestContext): Promise<FetchedGroup> {
  const access = accessOf(context, services);
  if (!access.allows(RULES.group, asked.groupId)) {
    return Promise.resolve({ errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED, topics: [] });
  }
  const rule = asked.topics === null ? RULES.listed : RULES.topic;
  return fetchGroupOffsets(asked, { services, allows: (topic) => access.allows(rule, topic) }, context);
}

const topicOfOne = ({ name, partitions }: Pick<FetchedTopic, 'name' | 'partitions'>) =>
  createOffsetFetchResponseTopic({
    name,
    partitions: partitions.map((each: FetchedOffset) => createOffsetFetchResponsePartition(each)),
  });

function failed(request: OffsetFetchRequest, errorCode: ErrorCode, context: RequestContext): OffsetFetchResponse {
  if (context.apiVersion >= GROUPS_FROM) {
    const groups = request.groups.map(({ groupId }) => createOffsetFetchResponseGroup({ groupId, errorCode }));
    return createOffsetFetchResponse({ groups });
  }
  if (context.apiVersion >= CODE_FROM) return createOffsetFetchResponse({ errorCode });
  return createOffsetFetchResponse({
    topics: (request.topics ?? []).map(({ name, partitionIndexes }) =>
      createOffsetFetchResponseTopic({
        name,
        partitions: partitionIndexes.map((partitionIndex) =>
          createOffsetFetchResponsePartition({ partitionIndex, errorCode, metadata: '' }),
        ),
      }),
    ),
  });
}
