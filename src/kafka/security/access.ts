/** What the client of one request may do: handlers ask it rule by rule. Without an authorizer everything is allowed and nothing is looked up. */
import type { RequestContext } from '../api/define-api';
import type { Services } from '../services';
import { CLUSTER_NAME, type Operation, OPERATIONS, type ResourceType } from './acl';
import type { AccessRule } from './authorization-table';
import type { Authorizer } from './authorizer';

export interface Access {
  /** Whether the rule lets the client at the resource of this name; where it does not, whoever watches denials is told. */
  allows(rule: AccessRule, name?: string): boolean;
  /** Those of the names that the rule does not let the client at; each is looked at once. */
  denied(rule: AccessRule, names: Iterable<string>): ReadonlySet<string>;
  /** Whether it lets it at one resource of the rule's type at least. */
  allowsSome(rule: AccessRule): boolean;
  /** Which operations the client may do with the resource, as the bit field of Kafka's answers (KIP-430). */
  operations(type: ResourceType, name?: string): number;
}

/** The operations that a resource of each type has in `authorizedOperations`. */
const SUPPORTED: Readonly<Record<ResourceType, readonly Operation[]>> = {
  TOPIC: ['READ', 'WRITE', 'CREATE', 'DESCRIBE', 'DELETE', 'ALTER', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  GROUP: ['READ', 'DESCRIBE', 'DELETE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  CLUSTER: ['CREATE', 'CLUSTER_ACTION', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'IDEMPOTENT_WRITE', 'ALTER', 'DESCRIBE'],
  TRANSACTIONAL_ID: ['DESCRIBE', 'WRITE', 'TWO_PHASE_COMMIT'],
  DELEGATION_TOKEN: ['DESCRIBE'],
  USER: ['CREATE_TOKENS', 'DESCRIBE_TOKENS'],
};

const bitsOf = (operations: readonly Operation[]): number =>
  operations.reduce((bits, operation) => bits | (1 << OPERATIONS[operation]), 0);

/** The value that says "not asked for". */
export const OPERATIONS_NOT_ASKED = -2_147_483_648;

const NONE: ReadonlySet<string> = new Set();
const OPEN: Access = {
  allows: () => true,
  denied: () => NONE,
  allowsSome: () => true,
  operations: (type) => bitsOf(SUPPORTED[type]),
};

export const accessOf = (context: RequestContext, { authorizer }: Pick<Services, 'authorizer'>): Access =>
  authorizer === undefined ? OPEN : new RequestAccess(authorizer, context);

class RequestAccess implements Access {
  readonly #authorizer: Authorizer;
  readonly #context: RequestContext;
  readonly #decisions: ReturnType<Authorizer['decisionsOf']>;

  constructor(authorizer: Authorizer, context: RequestContext) {
    this.#authorizer = authorizer;
    this.#context = context;
    this.#decisions = authorizer.decisionsOf(context.session);
  }

  allows(rule: AccessRule, resourceName = CLUSTER_NAME): boolean {
    const { operation, resource: resourceType } = rule;
    const decision = this.#authorizer.decide(this.#decisions, { operation, resourceType, resourceName });
    if (!decision.allowed) this.#authorizer.denials.denied(rule, { ...decision, resourceName }, this.#context);
    else this.#context.allowances?.set(`${resourceType} ${resourceName}`, decision.rule);
    return decision.allowed;
  }

  denied(rule: AccessRule, names: Iterable<string>): ReadonlySet<string> {
    return new Set([...new Set(names)].filter((name) => !this.allows(rule, name)));
  }

  allowsSome(rule: AccessRule): boolean {
    const decision = this.#authorizer.decideSome(this.#decisions, rule.operation, rule.resource);
    if (!decision.allowed) this.#authorizer.denials.denied(rule, { ...decision, resourceName: '*' }, this.#context);
    return decision.allowed;
  }

  operations(resourceType: ResourceType, resourceName = CLUSTER_NAME): number {
    return bitsOf(
      SUPPORTED[resourceType].filter(
        (operation) => this.#authorizer.decide(this.#decisions, { operation, resourceType, resourceName }).allowed,
      ),
    );
  }
}
