/** Tells the audit trail what a request changed, once its answer is known. */
import { actorOf } from '../../audit-trail/audit-trail';
import { ErrorCode, errorNameOf } from '../../protocol/error-code';
import { traceIds } from '../../telemetry/log/log';
import type { AnyApi, RequestContext } from '../api/define-api';
import { CLUSTER_NAME } from '../security/acl';
import type { Services } from '../services';
import type { AuditedChange } from './audited-change';
import { AUDITED_APIS } from './audited-apis';

/** What allowed it: an entry for the resource itself, or for the cluster. */
function ruleOf({ allowances }: RequestContext, { type, name }: AuditedChange): string | undefined {
  return allowances?.get(`${type.toUpperCase()} ${name}`) ?? allowances?.get(`CLUSTER ${CLUSTER_NAME}`);
}

/** `request` and `response` are those of the API. */
export type TellChanges = (request: unknown, response: unknown, context: RequestContext) => void;

/** The authorizer has told these, with the right that was wanting. */
const DENIALS: ReadonlySet<number> = new Set([
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ErrorCode.GROUP_AUTHORIZATION_FAILED,
  ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  ErrorCode.DELEGATION_TOKEN_AUTHORIZATION_FAILED,
]);

/** Undefined for an API that changes nothing; looked up once, not for each request. */
export function tellsChanges({ facts }: AnyApi, { auditTrail }: Services): TellChanges | undefined {
  const row = AUDITED_APIS.find((each) => each.facts.key === facts.key);
  if (row === undefined) return undefined;
  return (request, response, context) => {
    for (const change of row.changes(request, response)) {
      const { kind, type, name, errorCode, detail, repeats } = change;
      if (DENIALS.has(errorCode)) continue;
      const error = errorCode === 0 ? undefined : (errorNameOf(errorCode) ?? String(errorCode));
      const verdict = errorCode === 0 ? 'allowed' : 'failed';
      const rule = ruleOf(context, change);
      auditTrail.record({
        ...{ kind, actor: actorOf(context), api: facts.name, resource: { type, name } },
        ...{ verdict, rule, error, detail, repeats, trace: traceIds(context.operation) },
      });
    }
  };
}
