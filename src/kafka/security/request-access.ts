/** The checks that are about a request as a whole; dispatch makes them before the handler runs. */
import { ErrorCode } from '../../protocol/error-code';
import type { RequestContext } from '../api/define-api';
import type { Services } from '../services';
import { accessOf } from './access';
import { CLUSTER_NAME } from './acl';
import { ACCESS_RULES, type AccessRule, OPEN_APIS } from './authorization-table';

const WHOLE_REQUEST: ReadonlyMap<string, AccessRule> = new Map(
  ACCESS_RULES.filter(({ request }) => request !== undefined).map((rule) => [rule.api, rule]),
);

interface Asked {
  /** Kafka's name of the API. */
  readonly api: string;
  readonly request: unknown;
}

/** The error that the whole request is answered; NONE where its handler may run. Throws EngineError where nothing can be decided yet. */
export async function refusalOfRequest(
  { api, request }: Asked,
  context: RequestContext,
  services: Services,
): Promise<ErrorCode> {
  const { authorizer } = services;
  if (authorizer === undefined || api in OPEN_APIS) return ErrorCode.NONE;
  if (!authorizer.isReady(context.session)) await authorizer.whenReady(context);
  const rule = WHOLE_REQUEST.get(api);
  if (rule?.error === undefined) return ErrorCode.NONE;
  return accessOf(context, services).allows(rule, nameIn(rule, request)) ? ErrorCode.NONE : ErrorCode[rule.error];
}

function nameIn({ request: field }: AccessRule, request: unknown): string {
  if (field === 'cluster' || field === undefined) return CLUSTER_NAME;
  const name = (request as Readonly<Record<string, unknown>>)[field];
  return typeof name === 'string' ? name : '';
}
