/** How many connections each address has open over all listeners, and how many it may have: Kafka's max.connections.per.ip and its overrides. */
import { plainAddress } from '../kafka/quotas/host-address';

export class ConnectionsOfAddresses {
  readonly #max: number;
  readonly #overrides: ReadonlyMap<string, number>;
  readonly #open = new Map<string, number>();

  /** Overrides are by address. */
  constructor(max: number, overrides: ReadonlyMap<string, number>) {
    this.#max = max;
    this.#overrides = overrides;
  }

  isFull(address: string): boolean {
    const max = this.#overrides.get(plainAddress(address)) ?? this.#max;
    return (this.#open.get(plainAddress(address)) ?? 0) >= max;
  }

  entered(address: string): void {
    const plain = plainAddress(address);
    this.#open.set(plain, (this.#open.get(plain) ?? 0) + 1);
  }

  left(address: string): void {
    const plain = plainAddress(address);
    const open = (this.#open.get(plain) ?? 1) - 1;
    if (open === 0) this.#open.delete(plain);
    else this.#open.set(plain, open);
  }
}
