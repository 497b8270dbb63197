/** Tells the audit trail who read and wrote which topic, where it is to be told. */
import type { TopicUse } from '../../audit-trail/audit-trail';
import type { ApiFacts, RequestContext } from '../api/define-api';
import type { Services } from '../services';

const OPERATIONS = { topic_read: 'READ', topic_written: 'WRITE' } as const;

/** The rule is looked up anew for the first of many alone. */
export function tellUse(
  use: TopicUse,
  { api, topic }: { readonly api: ApiFacts; readonly topic: string },
  context: RequestContext,
  { auditTrail, authorizer }: Services,
): void {
  if (!auditTrail.audits(use)) return;
  auditTrail.used(use, { api: api.name, topic, request: context }, () => {
    if (authorizer === undefined) return undefined;
    const action = { operation: OPERATIONS[use], resourceType: 'TOPIC', resourceName: topic } as const;
    return authorizer.decide(authorizer.decisionsOf(context.session), action).rule;
  });
}
