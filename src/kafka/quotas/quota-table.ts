/**
 * Which quota of one kind holds for a user and a client id, by Kafka's precedence: the first of
 *
 *   user and client id · user, any client id · user · any user, client id · any user, any client id · any user · client id · any client id
 *
 * What shares the quota is told by the same steps: all clients of a user, a client id of whatever user, or this client id of this user.
 */
import type { QuotaEntity } from './quota-entity';

export interface FoundQuota {
  /** The same for all who share what the quota grants. */
  readonly sharedBy: string;
  readonly limit: number;
}

const ABSENT = '-';
const DEFAULT = '*';
const part = (name: string | null | undefined): string =>
  name === undefined ? ABSENT : name === null ? DEFAULT : `=${name}`;
const keyOf = (user: string | null | undefined, clientId: string | null | undefined): string =>
  `${part(user)}\u0000${part(clientId)}`;

/** Each step: what is looked up, and whether user and client id part those who share it. */
const STEPS = [
  { user: 'named', clientId: 'named', byUser: true, byClientId: true },
  { user: 'named', clientId: 'default', byUser: true, byClientId: true },
  { user: 'named', clientId: 'absent', byUser: true, byClientId: false },
  { user: 'default', clientId: 'named', byUser: true, byClientId: true },
  { user: 'default', clientId: 'default', byUser: true, byClientId: true },
  { user: 'default', clientId: 'absent', byUser: true, byClientId: false },
  { user: 'absent', clientId: 'named', byUser: false, byClientId: true },
  { user: 'absent', clientId: 'default', byUser: false, byClientId: true },
] as const;

export class QuotaTable {
  readonly #limits = new Map<string, number>();

  constructor(quotas: Iterable<readonly [QuotaEntity, number]>) {
    for (const [entity, limit] of quotas) this.#limits.set(keyOf(entity.get('user'), entity.get('client-id')), limit);
  }

  get isEmpty(): boolean {
    return this.#limits.size === 0;
  }

  /** Undefined where none holds. A client without an id has none of client ids. */
  find(user: string, clientId: string): FoundQuota | undefined {
    for (const step of STEPS) {
      if (step.clientId !== 'absent' && clientId === '') continue;
      const limit = this.#limits.get(keyOf(named(step.user, user), named(step.clientId, clientId)));
      if (limit === undefined) continue;
      return { limit, sharedBy: keyOf(step.byUser ? user : undefined, step.byClientId ? clientId : undefined) };
    }
    return undefined;
  }
}

const named = (how: 'named' | 'default' | 'absent', name: string): string | null | undefined =>
  how === 'named' ? name : how === 'default' ? null : undefined;
