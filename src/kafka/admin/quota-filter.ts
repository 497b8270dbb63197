/** What may be wrong with a filter of client quotas, in Kafka's codes and words. */
import { ErrorCode } from '../../protocol/error-code';
import type { ComponentData } from '../../protocol/generated/describe-client-quotas';
import { shortened } from '../../topic-settings/refusal';
import type { Refusal } from './admin-error';

const MATCH = { exact: 0, default: 1, any: 2 } as const;
const USERS: ReadonlySet<string> = new Set(['user', 'client-id']);
const ADDRESSES = 'ip';

/** Undefined where nothing is. */
export function quotaFilterProblem(components: readonly ComponentData[]): Refusal | undefined {
  const seen = new Set<string>();
  for (const component of components) {
    const { entityType } = component;
    if (entityType === '') return invalid('Invalid empty entity type.');
    if (seen.has(entityType)) {
      return invalid(`Entity type ${shortened(entityType)} cannot appear more than once in the filter.`);
    }
    seen.add(entityType);
    if (!USERS.has(entityType) && entityType !== ADDRESSES) {
      const errorMessage = `Unsupported entity type ${shortened(entityType)}`;
      return { errorCode: ErrorCode.UNSUPPORTED_VERSION, errorMessage };
    }
    const problem = matchProblem(component);
    if (problem !== undefined) return invalid(problem);
  }
  if (!seen.has(ADDRESSES) || seen.size === 1) return undefined;
  return invalid(
    'Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.',
  );
}

function matchProblem({ matchType, match }: ComponentData): string | undefined {
  switch (matchType) {
    case MATCH.exact:
      return match === null ? 'Request specified MATCH_TYPE_EXACT, but set match string to null.' : undefined;
    case MATCH.default:
      return match === null ? undefined : 'Request specified MATCH_TYPE_DEFAULT, but also specified a match string.';
    case MATCH.any:
      return match === null ? undefined : 'Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.';
    default:
      return `Unknown match type ${matchType}`;
  }
}

const invalid = (errorMessage: string): Refusal => ({ errorCode: ErrorCode.INVALID_REQUEST, errorMessage });
