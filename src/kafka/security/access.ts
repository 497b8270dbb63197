/** What the client of one request may do: handlers ask it rule by rule. Without an authorizer everything is allowed and nothing is looked up. */
import type { RequestContext } from '../api/define-api';
import type { Services } from '../services';
import { CLUSTER_NAME, type Operation, OPERATIONS, type ResourceType } from './acl';
import type { AccessRule } from './authorization-table';
import type { Authorizer } from './authorizer';

export interface Access {
  /** Whether the rule lets the client at the resource of this name; where it does not, whoever watches denials is told. */
  allows(rule: AccessRule, name?: string): boolean;
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

const OPEN: Access = {
  allows: () => true,
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
    return decision.allowed;
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
