/**
 * Which group a client reads for. A Fetch does not say its group, and mostly comes by another connection than the group's requests;
 * what the two have in common is the client's address and its client id. A group is known as long as a connection that spoke for it lives.
 */

/** What those who share an address and a client id have said. */
export interface ClientNamed {
  /** Group → connections that speak for it. */
  readonly groups: Map<string, number>;
  /** Connections that use it. */
  users: number;
}

/**
 * How sure it is that a client reads for a group: its own connection said so, or the one group that was named from its address under its
 * client id. Where those are several it is nobody's.
 */
export type GroupKnownBy = 'connection' | 'client';

export interface KnownGroup {
  readonly name: string;
  readonly knownBy: GroupKnownBy;
}

export class ClientGroups {
  /** As many as connections at most. */
  readonly #named = new Map<string, ClientNamed>();

  /** To be given back by `leave`. */
  join(address: string, clientId: string): ClientNamed {
    const key = keyOf(address, clientId);
    let named = this.#named.get(key);
    if (named === undefined) this.#named.set(key, (named = { groups: new Map(), users: 0 }));
    named.users++;
    return named;
  }

  leave(address: string, clientId: string): void {
    const key = keyOf(address, clientId);
    const named = this.#named.get(key);
    if (named !== undefined && --named.users === 0) this.#named.delete(key);
  }
}

const keyOf = (address: string, clientId: string): string => `${address}\u0000${clientId}`;
