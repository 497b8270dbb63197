/** Which quotas DescribeClientQuotas asks for: what may be wrong with its filter, in Kafka's codes and words, and what fits it. */
import { ErrorCode } from '../../protocol/error-code';
import type { ComponentData } from '../../protocol/generated/describe-client-quotas';
import { shortened } from '../../topic-settings/refusal';
import type { Refusal } from '../admin/admin-error';
import { isEntityType, type EntityType, type StoredQuota } from './quota-entity';

const MATCH = { exact: 0, default: 1, any: 2 } as const;
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
    if (!isEntityType(entityType)) {
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

/** Those that have every component; a strict filter wants no other parts in the entity. Without components all fit, and strictly none. */
export function fittingQuotas(
  quotas: readonly StoredQuota[],
  components: readonly ComponentData[],
  strict: boolean,
): readonly StoredQuota[] {
  if (components.length === 0) return strict ? [] : quotas;
  return quotas.filter(
    ({ entity }) =>
      (!strict || entity.size === components.length) &&
      components.every(({ entityType, matchType, match }) => {
        const name = entity.get(entityType as EntityType);
        return name !== undefined && (matchType === MATCH.any || name === match);
      }),
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
