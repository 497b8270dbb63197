/**
 * Credentials that were tried, by address, for a minute: past ten wrong ones an address waits. A try counts from its beginning, so that many at
 * once are no way around it. Memory is bounded: addresses past the bound share one count, and cannot push others out.
 */
import { isIPv6 } from 'node:net';
import type { Clock } from '../../clock';

const WRONG_MAX = 10;
const WINDOW_MS = 60_000;
const ADDRESSES_MAX = 1_024;
const OTHERS = 'others';
/** Groups of a v6 address that its owner is given whole: 64 bits. */
const NETWORK_GROUPS = 4;
const GROUPS = 8;

interface Counted {
  readonly sinceMs: number;
  wrong: number;
  told: boolean;
}

export interface Try {
  /** False where the address has to wait; nothing may be compared then. */
  readonly allowed: boolean;
  /** True once for each time that an address has to wait. */
  readonly firstRefusal: boolean;
  /** It was right: it counts no more. */
  succeeded(): void;
}

export class Tries {
  readonly #clock: Clock;
  /** By network, the oldest first. */
  readonly #counted = new Map<string, Counted>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(address: string): Try {
    const counted = this.#of(networkOf(address));
    if (counted.wrong >= WRONG_MAX) {
      const firstRefusal = !counted.told;
      counted.told = true;
      return { allowed: false, firstRefusal, succeeded: () => undefined };
    }
    counted.wrong += 1;
    return { allowed: true, firstRefusal: false, succeeded: () => void (counted.wrong -= 1) };
  }

  #of(network: string): Counted {
    const nowMs = this.#clock.monotonicMs();
    for (const [each, { sinceMs }] of this.#counted) {
      if (nowMs - sinceMs < WINDOW_MS) break;
      this.#counted.delete(each);
    }
    const isRoom = this.#counted.has(network) || this.#counted.size < ADDRESSES_MAX;
    const key = isRoom ? network : OTHERS;
    const known = this.#counted.get(key);
    if (known !== undefined) return known;
    const fresh = { sinceMs: nowMs, wrong: 0, told: false };
    this.#counted.set(key, fresh);
    return fresh;
  }
}

/** A v4 address; of a v6 one the 64 bits of its network, of which one machine has every address. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [plain = ''] = address.split('%', 1);
  if (!isIPv6(plain)) return plain;
  const [left = '', right = ''] = plain.toLowerCase().split('::', 2);
  const head = left === '' ? [] : left.split(':');
  const tail = right === '' ? [] : right.split(':');
  const missing = plain.includes('::') ? Math.max(0, GROUPS - head.length - tail.length) : 0;
  return [...head, ...Array<string>(missing).fill('0'), ...tail].slice(0, NETWORK_GROUPS).join(':');
}
