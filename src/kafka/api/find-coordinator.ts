/**
 * FindCoordinator: where groups are coordinated, which is here (KIP-699 asks for several at once). Transactions have no coordinator: the
 * code is one that clients report at once together with the words, rather than asking again until their time is over. Java's producer
 * (batched versions) does so with any code it has no rule for; librdkafka 2.16 (version 2) only with a refused authorization.
 */
import { ErrorCode } from '../../protocol/error-code';
import {
  createCoordinator,
  createFindCoordinatorResponse,
  findCoordinatorApi,
  readFindCoordinatorRequest,
  writeFindCoordinatorResponse,
} from '../../protocol/generated/find-coordinator';
import type {
  Coordinator,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from '../../protocol/generated/find-coordinator';
import { codesOf } from '../admin/error-codes';
import type { Broker } from '../cluster/cluster';
import { type Access, accessOf } from '../security/access';
import { ACCESS_WORDS } from '../security/access-words';
import { type AccessError, AUTHORIZATION } from '../security/authorization-table';
import { defineApi, type RequestContext } from './define-api';

const KEY_TYPE = { group: 0, transaction: 1, share: 2 } as const;
/** From this version on the answer has a list. */
const BATCHED_FROM = 4;
const NOWHERE = { nodeId: -1, host: '', port: -1 } as const;

export const findCoordinator = defineApi<FindCoordinatorRequest, FindCoordinatorResponse>({
  facts: findCoordinatorApi,
  activity: 'coordinator',
  read: readFindCoordinatorRequest,
  write: writeFindCoordinatorResponse,
  handle: async (request, context, services) => {
    const { cluster, groups } = services;
    const groupCoordinator = (groupId: string): Broker => cluster.coordinator(groupId, context.session.listener);
    const access = accessOf(context, services);
    const find = (key: string): Coordinator => {
      const { keyType } = request;
      const refusal = refusalOf(key, keyType, access, context);
      return refusal === undefined
        ? coordinatorOf(key, keyType, groupCoordinator)
        : refused(key, ErrorCode[refusal], wordsOf(refusal, context));
    };
    // As in Kafka, whose coordinators are the leaders of its partitions.
    if (request.keyType === KEY_TYPE.group) groups.offsetsLog?.list();
    if (context.apiVersion < BATCHED_FROM) {
      return createFindCoordinatorResponse(forOne(find(request.key), request.keyType));
    }
    return createFindCoordinatorResponse({ coordinators: request.coordinatorKeys.map(find) });
  },
  failure: (request, errorCode, context) =>
    context.apiVersion < BATCHED_FROM
      ? createFindCoordinatorResponse({ errorCode, ...NOWHERE })
      : createFindCoordinatorResponse({
          coordinators: request.coordinatorKeys.map((key) => createCoordinator({ key, errorCode, ...NOWHERE })),
        }),
  errors: (response) => codesOf([response, ...response.coordinators]),
});

const RULES = AUTHORIZATION.findCoordinator;
/** Older brokers know no such coordinators, whoever asks. */
const SHARE_FROM = 6;

/** The batched answer has none for groups and transactional ids; lack of a right on the cluster fails the whole of it, in words. */
const wordsOf = (refusal: AccessError, { apiVersion }: RequestContext): string =>
  apiVersion < BATCHED_FROM || refusal === RULES.share.error ? ACCESS_WORDS[refusal] : '';

function refusalOf(key: string, keyType: number, access: Access, { apiVersion }: RequestContext) {
  switch (keyType) {
    case KEY_TYPE.group:
      return access.allows(RULES.group, key) ? undefined : RULES.group.error;
    case KEY_TYPE.transaction:
      return access.allows(RULES.transactionalId, key) ? undefined : RULES.transactionalId.error;
    case KEY_TYPE.share:
      return apiVersion < SHARE_FROM || access.allows(RULES.share) ? undefined : RULES.share.error;
    default:
      return undefined;
  }
}

function coordinatorOf(key: string, keyType: number, groupCoordinator: (groupId: string) => Broker): Coordinator {
  switch (keyType) {
    case KEY_TYPE.group: {
      const { id, host, port } = groupCoordinator(key);
      return createCoordinator({ key, nodeId: id, host, port });
    }
    case KEY_TYPE.transaction:
      return refused(
        key,
        ErrorCode.UNSUPPORTED_VERSION,
        'This broker has no transaction coordinator: transactions are not supported.',
      );
    case KEY_TYPE.share:
      return refused(
        key,
        ErrorCode.UNSUPPORTED_VERSION,
        'This broker has no share coordinator: share groups are not supported.',
      );
    default:
      return refused(key, ErrorCode.INVALID_REQUEST, `Unknown coordinator type ${keyType}`);
  }
}

/** As clients of the unbatched versions understand it; without an error Kafka says the name of that. */
function forOne(coordinator: Coordinator, keyType: number): Coordinator {
  if (coordinator.errorCode === ErrorCode.NONE) return { ...coordinator, errorMessage: 'NONE' };
  if (keyType !== KEY_TYPE.transaction) return coordinator;
  return { ...coordinator, errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED };
}

const refused = (key: string, errorCode: ErrorCode, errorMessage: string): Coordinator =>
  createCoordinator({ key, errorCode, errorMessage, ...NOWHERE });
