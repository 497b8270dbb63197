/**
 * One resource of AlterConfigs and IncrementalAlterConfigs. Topics have settings that can be changed; the settings of the broker, its
 * loggers, groups and client metrics cannot, and say so.
 */
import { ErrorCode } from '../../protocol/error-code';
import type { CallContext } from '../../telemetry/trace/operation';
import { shortened } from '../../topic-settings/refusal';
import { validateTopicConfigs } from '../../topic-settings/validate';
import type { Services } from '../services';
import { brokerTexts } from '../effective-topic-config';
import { AdminError, NO_ERROR, refusalOf } from './admin-error';
import type { Refusal } from './admin-error';
import { checkBrokerName, existingTopic, RESOURCE, resourceKey, unexpectedType } from './config-resource';
import type { ResourceName } from './config-resource';
import { duplicatesOf } from './duplicates';
import { tellWithoutEffect } from './tell-without-effect';
import { inTurn } from '../../waiting/in-turn';

export interface AlterOptions<R extends ResourceName> {
  readonly resources: readonly R[];
  readonly validateOnly: boolean;
  /** Why the client may not alter the resource; undefined where it may. */
  readonly refusalTo: (resource: R) => Refusal | undefined;
  /** Looks at what the request says of the resource, before any resource is changed. Throws AdminError. */
  readonly check: (resource: R) => void;
  /** The topic's settings after the change, not yet validated. Throws AdminError. */
  readonly change: (resource: R, before: ReadonlyMap<string, string>) => Iterable<readonly [string, string | null]>;
  /** Names of the settings that the resource's part of the request is about. */
  readonly namesOf: (resource: R) => readonly string[];
}

/**
 * One answer for each resource named, in order; a resource named twice is refused each time and not touched. Where one is refused with
 * UNKNOWN_SERVER_ERROR, so are all that are not refused for themselves, and nothing is changed.
 */
export async function alterResources<R extends ResourceName>(
  options: AlterOptions<R>,
  services: Services,
  context: CallContext,
): Promise<readonly (ResourceName & Refusal)[]> {
  const checked = checkResources(options);
  const spoilt = checked.find(({ refusal }) => refusal?.errorCode === ErrorCode.UNKNOWN_SERVER_ERROR)?.refusal;
  const answers: (ResourceName & Refusal)[] = [];
  // One behind the other: two changes of one topic must not overtake one another.
  for (const { resource, refusal = spoilt } of checked) {
    const { resourceType, resourceName } = resource;
    const outcome =
      refusal ??
      (await alterOne(resource, options, services, context).then(
        () => NO_ERROR,
        (error: unknown) => refusalOf(error),
      ));
    answers.push({ resourceType, resourceName, ...outcome });
  }
  return answers;
}

interface Checked<R extends ResourceName> {
  readonly resource: R;
  readonly refusal: Refusal | undefined;
}

/** In the order of the request, with what is wrong with the request's part of each. */
function checkResources<R extends ResourceName>({
  resources,
  check,
  refusalTo,
}: AlterOptions<R>): readonly Checked<R>[] {
  const twice = duplicatesOf(resources.map(resourceKey));
  return resources.map((resource) => {
    const refusal = twice.has(resourceKey(resource))
      ? NAMED_TWICE
      : (problemOf(resource, check) ?? refusalTo(resource));
    return { resource, refusal };
  });
}

function problemOf<R>(resource: R, check: (resource: R) => void): Refusal | undefined {
  try {
    check(resource);
    return undefined;
  } catch (error) {
    return refusalOf(error);
  }
}

const NAMED_TWICE: Refusal = {
  errorCode: ErrorCode.INVALID_REQUEST,
  errorMessage: 'Each resource must appear at most once.',
};

async function alterOne<R extends ResourceName>(
  resource: R,
  options: AlterOptions<R>,
  services: Services,
  context: CallContext,
): Promise<void> {
  const { resourceType, resourceName } = resource;
  if (resourceType !== RESOURCE.topic) throw notAlterable(resource, options.namesOf(resource), services);
  if (resourceName === '') throw new AdminError(ErrorCode.INVALID_REQUEST, 'Default topic resources are not allowed.');
  const missing = `The topic '${shortened(resourceName)}' does not exist.`;
  await inTurn(services.engine, resourceName, async () => {
    const topic = await existingTopic(resourceName, missing, services, context);
    const configs = validateTopicConfigs(options.change(resource, topic.configs), brokerTexts(services.settings));
    if (options.validateOnly) return;
    await services.engine.alterTopicConfigs(resourceName, configs, context);
    tellWithoutEffect(resourceName, options.namesOf(resource), services);
  });
}

function notAlterable(resource: ResourceName, names: readonly string[], services: Services): AdminError {
  const { resourceType, resourceName } = resource;
  const listed = `[${names.map(shortened).join(', ')}]`;
  switch (resourceType) {
    case RESOURCE.broker:
      if (resourceName !== '') checkBrokerName(resourceName, services.cluster.selfId);
      return new AdminError(
        ErrorCode.INVALID_REQUEST,
        `Cannot update these configs dynamically: ${listed}; broker settings come from the gateway's own configuration.`,
      );
    case RESOURCE.brokerLogger:
      return new AdminError(
        ErrorCode.INVALID_REQUEST,
        `Cannot update these loggers dynamically: ${listed}; the log level comes from the gateway's own configuration.`,
      );
    case RESOURCE.group:
      return new AdminError(ErrorCode.INVALID_REQUEST, `Settings of single groups are not supported: ${listed}.`);
    case RESOURCE.clientMetrics:
      return new AdminError(ErrorCode.INVALID_REQUEST, `Client metrics subscriptions are not supported: ${listed}.`);
    default:
      return unexpectedType(resource);
  }
}
