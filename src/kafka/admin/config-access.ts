/** Whether a client may describe or alter the settings of a resource: each kind of resource has a right of its own. */
import { ErrorCode } from '../../protocol/error-code';
import type { Access } from '../security/access';
import { ACCESS_WORDS } from '../security/access-words';
import type { AccessError, AccessRule } from '../security/authorization-table';
import type { Refusal } from './admin-error';
import { RESOURCE, type ResourceName } from './config-resource';

interface ConfigRules {
  readonly topic: AccessRule;
  readonly group: AccessRule;
  /** Of brokers, their loggers and client metrics. */
  readonly cluster: AccessRule;
}

/** Undefined where the client may; kinds that do not exist are refused for themselves. */
export function configAccess(rules: ConfigRules, access: Access): (resource: ResourceName) => Refusal | undefined {
  return ({ resourceType, resourceName }) => {
    switch (resourceType) {
      case RESOURCE.topic:
        return access.allows(rules.topic, resourceName) ? undefined : TOPIC;
      case RESOURCE.group:
        return access.allows(rules.group, resourceName) ? undefined : GROUP;
      case RESOURCE.broker:
      case RESOURCE.brokerLogger:
      case RESOURCE.clientMetrics:
        return access.allows(rules.cluster) ? undefined : CLUSTER;
      default:
        return undefined;
    }
  };
}

const refused = (error: AccessError): Refusal => ({ errorCode: ErrorCode[error], errorMessage: ACCESS_WORDS[error] });

const TOPIC = refused('TOPIC_AUTHORIZATION_FAILED');
const GROUP = refused('GROUP_AUTHORIZATION_FAILED');
const CLUSTER = refused('CLUSTER_AUTHORIZATION_FAILED');
