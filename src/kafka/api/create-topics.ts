/** CreateTopics: each topic is checked first, all of them in the order asked, and then made. KIP-525 (answers with settings), KIP-516 (ids). */
import type { CreateTopicRequest, Topic } from '../../engine/engine';
import { ErrorCode } from '../../protocol/error-code';
import {
  createCreatableTopicConfigs,
  createCreatableTopicResult,
  createCreateTopicsResponse,
  createTopicsApi,
  readCreateTopicsRequest,
  writeCreateTopicsResponse,
} from '../../protocol/generated/create-topics';
import type {
  CreatableTopicResult,
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../protocol/generated/create-topics';
import type { CallContext } from '../../telemetry/trace/operation';
import { ZERO_TOPIC_ID } from '../../types';
import { AdminError, refusalOf } from '../admin/admin-error';
import type { Refusal } from '../admin/admin-error';
import { withinClientTimeout } from '../../waiting/give-up';
import { duplicatesOf } from '../admin/duplicates';
import { describeTopicConfigs } from '../admin/describe-topic';
import { codesOf } from '../admin/error-codes';
import { checkNewTopic, PARTITIONS_PER_REQUEST_MAX } from '../admin/new-topic';
import { tellWithoutEffect } from '../admin/tell-without-effect';
import { mapBounded } from '../../waiting/map-bounded';
import { permitsOf, type TakePermits } from '../quotas/permits';
import { type Access, accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { brokerTexts } from '../effective-topic-config';
import { CLUSTER_METADATA_TOPIC } from '../topic-names';
import { defineApi } from './define-api';

/** From this version on clients know THROTTLING_QUOTA_EXCEEDED (KIP-599). */
const STRICT_SINCE = 6;
/** Topics that are made at the same time for one request. */
const CREATIONS_MAX = 8;

export const createTopics = defineApi<CreateTopicsRequest, CreateTopicsResponse>({
  facts: createTopicsApi,
  read: readCreateTopicsRequest,
  write: writeCreateTopicsResponse,
  handle: (request, context, services) =>
    withinClientTimeout(context, { clock: services.clock, timeoutMs: request.timeoutMs }, async (within) => {
      const existing = new Set((await services.engine.topics(within)).map((topic) => topic.name));
      const access = accessOf(context, services);
      const permits = permitsOf(context, services, STRICT_SINCE);
      const plans = planAll(request, existing, { ...services, denied: deniedOf(request, access), permits });
      const topics = await mapBounded(plans, CREATIONS_MAX, (plan) =>
        carryOut(plan, request.validateOnly, { services, access }, within),
      );
      return createCreateTopicsResponse({ topics });
    }),
  failure: (request, errorCode) =>
    createCreateTopicsResponse({
      topics: request.topics.map(({ name }) => createCreatableTopicResult({ name, errorCode })),
    }),
  errors: (response) => codesOf(response.topics),
});

type Plan =
  { readonly name: string; readonly create: CreateTopicRequest } | { readonly name: string; readonly refusal: Refusal };

const RULES = AUTHORIZATION.createTopics;

/** Whoever may create on the cluster may create every topic. What nobody may make is refused for itself. */
function deniedOf({ topics }: CreateTopicsRequest, access: Access): ReadonlySet<string> {
  if (access.allows(RULES.all)) return new Set();
  const names = topics.map(({ name }) => name);
  return access.denied(
    RULES.topic,
    names.filter((name) => name !== CLUSTER_METADATA_TOPIC),
  );
}

const NOT_ALLOWED: Refusal = {
  errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  errorMessage: 'Authorization failed.',
};

function planAll(
  request: CreateTopicsRequest,
  existing: Set<string>,
  services: Services & { readonly denied: ReadonlySet<string>; readonly permits: TakePermits },
): readonly Plan[] {
  const twice = duplicatesOf(request.topics.map((topic) => topic.name));
  const plans: Plan[] = [...twice].map((name) => ({
    name,
    refusal: { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Duplicate topic name.' },
  }));
  let partitions = 0;
  for (const topic of request.topics) {
    if (twice.has(topic.name)) continue;
    if (services.denied.has(topic.name)) {
      plans.push({ name: topic.name, refusal: NOT_ALLOWED });
      continue;
    }
    try {
      const create = checkNewTopic(topic, existing, services);
      partitions += create.partitionCount;
      if (partitions > PARTITIONS_PER_REQUEST_MAX) {
        throw new AdminError(ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.');
      }
      services.permits(create.partitionCount);
      existing.add(topic.name);
      plans.push({ name: topic.name, create });
    } catch (error) {
      plans.push({ name: topic.name, refusal: refusalOf(error) });
    }
  }
  return plans;
}

async function carryOut(
  plan: Plan,
  validateOnly: boolean,
  { services, access }: { readonly services: Services; readonly access: Access },
  context: CallContext,
): Promise<CreatableTopicResult> {
  if ('refusal' in plan) return createCreatableTopicResult({ name: plan.name, ...plan.refusal });
  try {
    const made = validateOnly ? undefined : await services.engine.createTopic(plan.create, context);
    if (made !== undefined) tellWithoutEffect(made.name, plan.create.configs.keys(), services);
    if (access.allows(RULES.configs, plan.name)) return answer(plan.create, made, services);
    return answerWithoutConfigs(plan.create, made);
  } catch (error) {
    return createCreatableTopicResult({ name: plan.name, ...refusalOf(error) });
  }
}

/** To whoever may create the topic and not describe its settings. */
const answerWithoutConfigs = ({ name }: CreateTopicRequest, made: Topic | undefined): CreatableTopicResult =>
  createCreatableTopicResult({
    name,
    topicId: made?.id ?? ZERO_TOPIC_ID,
    errorMessage: null,
    topicConfigErrorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  });

function answer(create: CreateTopicRequest, made: Topic | undefined, services: Services): CreatableTopicResult {
  const configs = made?.configs ?? create.configs;
  return createCreatableTopicResult({
    name: create.name,
    topicId: made?.id ?? ZERO_TOPIC_ID,
    errorMessage: null,
    numPartitions: made?.partitionCount ?? create.partitionCount,
    replicationFactor: 1,
    configs: describeTopicConfigs(configs, brokerTexts(services.settings), null).map((each) =>
      createCreatableTopicConfigs({ name: each.name, value: each.value, configSource: each.source }),
    ),
  });
}
