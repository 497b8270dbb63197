/**
 * Who may ask the console what. Metrics and health are open to whoever reaches the port, and so are the page's own files, which tell
 * nothing. All else needs the token where one is set, and is closed where the address is no loopback one and none is set.
 *
 * A browser gives the token once and is given a session: a random id in a cookie that no script reads and no other site sends.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock';
import type { Random } from '../random';

export interface AccessOptions {
  readonly token: string | undefined;
  /** Whether the console listens on a loopback address. */
  readonly loopback: boolean;
  readonly clock: Clock;
  readonly random: Random;
}

export type Verdict = 'allowed' | 'token_needed' | 'closed' | 'too_many_tries';

export const SESSION_COOKIE = 'seaglass_console';
const SESSION_MS = 12 * 3_600_000;
const SESSIONS_MAX = 64;
/** Wrong tokens of one address within the window; then it waits. */
const TRIES_MAX = 10;
const TRIES_WINDOW_MS = 60_000;
const ADDRESSES_MAX = 1_024;
const ID_BYTES = 32;

interface Tries {
  readonly sinceMs: number;
  wrong: number;
}

export class Access {
  readonly #options: AccessOptions;
  /** Session ids and when they end, on the monotonic clock; the oldest first. */
  readonly #sessions = new Map<string, number>();
  readonly #tries = new Map<string, Tries>();

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  judge(request: IncomingMessage): Verdict {
    const { token, loopback } = this.#options;
    if (token === undefined) return loopback ? 'allowed' : 'closed';
    if (this.#hasSession(request.headers.cookie)) return 'allowed';
    const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    return given === undefined ? 'token_needed' : this.tryToken(given, addressOf(request));
  }

  /** Compares in a time that does not tell how much of it is right; counts what is wrong. */
  tryToken(given: string, address: string): Verdict {
    const { token } = this.#options;
    if (token === undefined) return 'closed';
    const tries = this.#triesOf(address);
    if (tries.wrong >= TRIES_MAX) return 'too_many_tries';
    if (timingSafeEqual(digest(given), digest(token))) return 'allowed';
    tries.wrong += 1;
    return 'token_needed';
  }

  /** The cookie of a new session. The oldest session goes where there are too many. */
  openSession(): string {
    const { clock, random } = this.#options;
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size < SESSIONS_MAX) break;
      this.#sessions.delete(oldest);
    }
    const id = random.bytes(ID_BYTES).toString('base64url');
    this.#sessions.set(id, clock.monotonicMs() + SESSION_MS);
    return cookie(id, SESSION_MS / 1_000);
  }

  /** Ends the session and answers the cookie that takes it from the browser. */
  closeSession(request: IncomingMessage): string {
    const id = sessionIdOf(request.headers.cookie);
    if (id !== undefined) this.#sessions.delete(id);
    return cookie('', 0);
  }

  #hasSession(header: string | undefined): boolean {
    const id = sessionIdOf(header);
    const endsMs = id === undefined ? undefined : this.#sessions.get(id);
    return endsMs !== undefined && endsMs > this.#options.clock.monotonicMs();
  }

  #triesOf(address: string): Tries {
    const nowMs = this.#options.clock.monotonicMs();
    const known = this.#tries.get(address);
    if (known !== undefined && nowMs - known.sinceMs < TRIES_WINDOW_MS) return known;
    this.#tries.delete(address);
    for (const oldest of this.#tries.keys()) {
      if (this.#tries.size < ADDRESSES_MAX) break;
      this.#tries.delete(oldest);
    }
    const fresh = { sinceMs: nowMs, wrong: 0 };
    this.#tries.set(address, fresh);
    return fresh;
  }
}

/** False where a browser says that a page of another site asks. */
export function isSameOrigin({ origin, host, 'sec-fetch-site': site }: IncomingMessage['headers']): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

export const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? '';

/** Of one length whatever is given. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const sessionIdOf = (header: string | undefined): string | undefined =>
  new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([\\w-]+)`).exec(header ?? '')?.[1];

const cookie = (id: string, seconds: number): string =>
  `${SESSION_COOKIE}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}`;
