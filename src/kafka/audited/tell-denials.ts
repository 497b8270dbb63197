/** Tells the audit trail what clients were denied, with the right that was wanting. */
import { actorOf, type AuditTrail } from '../../audit-trail/audit-trail';
import type { ResourceType } from '../../audit-trail/audit-kinds';
import { traceIds } from '../../telemetry/log/log';
import type { ResourceType as KafkaResourceType } from '../security/acl';
import type { DenialWatch } from '../security/denials';

/** Kafka's types of resources by their name in the trail. */
export const AUDITED_TYPES: Readonly<Record<KafkaResourceType, ResourceType>> = {
  TOPIC: 'topic',
  GROUP: 'group',
  CLUSTER: 'cluster',
  TRANSACTIONAL_ID: 'transactional_id',
  DELEGATION_TOKEN: 'delegation_token',
  USER: 'user',
};

export function tellDenials(denials: DenialWatch, auditTrail: AuditTrail): void {
  denials.watch(({ wanted, resourceName, rule, context }) =>
    auditTrail.record({
      kind: 'request_denied',
      actor: actorOf(context),
      api: wanted.api,
      resource: { type: AUDITED_TYPES[wanted.resource], name: resourceName },
      verdict: 'denied',
      rule,
      error: wanted.error,
      detail: `operation=${wanted.operation}`,
      repeats: `${rule} ${wanted.operation}`,
      trace: traceIds(context.operation),
    }),
  );
}
