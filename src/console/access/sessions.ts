/**
 * Sessions of browsers: a random id in a cookie that no script reads and no other site sends. Few, in memory, and over after twelve hours or
 * when the token or the password that began it is another one.
 */
import type { Clock } from '../../clock';
import type { Random } from '../../random';
import type { Visitor } from './rights';

export interface SessionsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the console speaks TLS: then the cookie goes nowhere else. */
  readonly secure: boolean;
}

interface Session {
  readonly visitor: Visitor;
  /** On the monotonic clock. */
  readonly endsMs: number;
  readonly stands: () => boolean;
}

const SESSION_MS = 12 * 3_600_000;
const SESSIONS_MAX = 64;
const ID_BYTES = 32;
const NAME = 'seaglass_console';

export class Sessions {
  readonly #options: SessionsOptions;
  /** Browsers take a cookie of this prefix only over TLS, from this very host and for all of it. */
  readonly #cookie: string;
  /** The oldest first. */
  readonly #sessions = new Map<string, Session>();

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#cookie = options.secure ? `__Host-${NAME}` : NAME;
  }

  /** The cookie of a new session. The oldest session goes where there are too many. `stands` is asked at each use. */
  open(visitor: Visitor, stands: () => boolean): string {
    const { clock, random } = this.#options;
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size < SESSIONS_MAX) break;
      this.#sessions.delete(oldest);
    }
    const id = random.bytes(ID_BYTES).toString('base64url');
    this.#sessions.set(id, { visitor, endsMs: clock.monotonicMs() + SESSION_MS, stands });
    return this.#header(id, SESSION_MS / 1_000);
  }

  /** Ends the session and answers the cookie that takes it from the browser. */
  close(cookies: string | undefined): string {
    const id = this.#idIn(cookies);
    if (id !== undefined) this.#sessions.delete(id);
    return this.#header('', 0);
  }

  /** Undefined where there is none, or it is over. */
  visitor(cookies: string | undefined): Visitor | undefined {
    const id = this.#idIn(cookies);
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (id === undefined || session === undefined) return undefined;
    if (session.endsMs > this.#options.clock.monotonicMs() && session.stands()) return session.visitor;
    this.#sessions.delete(id);
    return undefined;
  }

  #idIn(cookies: string | undefined): string | undefined {
    return new RegExp(`(?:^|;\\s*)${this.#cookie}=([\\w-]+)`).exec(cookies ?? '')?.[1];
  }

  #header(id: string, seconds: number): string {
    const secure = this.#options.secure ? '; Secure' : '';
    return `${this.#cookie}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
  }
}
