/**
 * Who may ask the console what. Where neither tokens nor users are set, a console on loopback is everybody's and any other is closed. Else
 * each request brings credentials, or the session that a browser was given for them; both bring rights.
 */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../clock';
import type { Random } from '../../random';
import type { Instruments } from '../../telemetry/metrics/instruments';
import type { Logger } from '../../telemetry/log/log';
import type { ConsoleAudit } from '../console-audit';
import { Slots } from '../../waiting/slots';
import {
  type Credentials,
  credentialsIn,
  KnownCredentials,
  type Recognised,
  type TokenGrant,
  type UserGrants,
} from './credentials';
import { ALL_RIGHTS, type Visitor } from './rights';
import { Sessions } from './sessions';
import { Tries } from './tries';

export interface AccessOptions {
  /** Those that hold now. */
  readonly tokens: () => readonly TokenGrant[];
  /** Undefined where no user may sign in. */
  readonly users?: UserGrants | undefined;
  /** Whether the console listens on a loopback address. */
  readonly loopback: boolean;
  /** Whether it speaks TLS. */
  readonly secure: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly instruments: Instruments;
  readonly audit: ConsoleAudit;
}

/** Why nobody is known: nothing or something wrong was shown, nothing can be shown, or it was tried too often. */
export type Unknown = 'credentials_needed' | 'closed' | 'too_many_tries';
export type Judgement = Recognised | Unknown;

/** Each check of a password costs some ms of a thread. */
const CHECKS_MAX = 2;
const EVERYBODY: Visitor = { name: 'everybody on loopback', rights: ALL_RIGHTS };

export class Access {
  readonly #options: AccessOptions;
  readonly #known: KnownCredentials;
  readonly #sessions: Sessions;
  readonly #tries: Tries;
  readonly #checks = new Slots(CHECKS_MAX);

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#known = new KnownCredentials(options.tokens, options.users);
    this.#sessions = new Sessions(options);
    this.#tries = new Tries(options.clock);
  }

  /** What a page may ask for. */
  get asks(): { readonly token: boolean; readonly password: boolean } {
    return { token: this.#known.takesTokens, password: this.#known.takesPasswords };
  }

  async judge(request: IncomingMessage): Promise<Judgement> {
    if (this.#asksNothing)
      return this.#options.loopback ? { visitor: EVERYBODY, stands: () => this.#asksNothing } : 'closed';
    const visitor = this.#sessions.visitor(request.headers.cookie);
    if (visitor !== undefined) return { visitor, stands: () => this.hasSession(request) };
    const credentials = credentialsIn(request.headers.authorization);
    return credentials === undefined ? 'credentials_needed' : this.#recognise(credentials, addressOf(request));
  }

  hasSession(request: IncomingMessage): boolean {
    return this.#sessions.visitor(request.headers.cookie) !== undefined;
  }

  /** The visitor with the cookie of a new session. */
  async signIn(
    credentials: Credentials,
    request: IncomingMessage,
  ): Promise<{ readonly visitor: Visitor; readonly cookie: string } | Unknown> {
    if (this.#asksNothing) return 'closed';
    const address = addressOf(request);
    const recognised = await this.#recognise(credentials, address);
    if (typeof recognised === 'string') return recognised;
    const { visitor, stands } = recognised;
    this.#count('accepted');
    this.#options.audit.signedIn(visitor, address);
    this.#tell('info', 'console.sign_in', `${visitor.name} signed in`, address);
    return { visitor, cookie: this.#sessions.open(visitor, stands) };
  }

  /** The cookie that ends the session of the request. */
  signOut(request: IncomingMessage): string {
    return this.#sessions.close(request.headers.cookie);
  }

  get #asksNothing(): boolean {
    return !this.#known.takesTokens && !this.#known.takesPasswords;
  }

  async #recognise(credentials: Credentials, address: string): Promise<Recognised | Unknown> {
    await this.#checks.take();
    try {
      return await this.#try(credentials, address);
    } finally {
      this.#checks.giveBack();
    }
  }

  async #try(credentials: Credentials, address: string): Promise<Recognised | Unknown> {
    const attempt = this.#tries.begin(address);
    if (!attempt.allowed) {
      this.#count('limited');
      if (attempt.firstRefusal) {
        this.#options.audit.refused(address, 'too many wrong credentials');
        this.#tell('warn', 'console.refused', 'too many wrong credentials: the address waits for a minute', address);
      }
      return 'too_many_tries';
    }
    const recognised = await this.#known.recognise(credentials);
    if (recognised === undefined) {
      this.#count('refused');
      this.#options.audit.refused(address, 'wrong credentials');
    } else attempt.succeeded();
    return recognised ?? 'credentials_needed';
  }

  #count(outcome: 'accepted' | 'refused' | 'limited'): void {
    this.#options.instruments.add('seaglass_console_sign_ins_total', { outcome }, 1);
  }

  #tell(level: 'info' | 'warn', event: string, message: string, address: string): void {
    this.#options.log.write(level, event, message, { 'client.address': address });
  }
}

/** False where a browser says that a page of another site asks. */
export function isSameOrigin({ origin, host, 'sec-fetch-site': site }: IncomingMessage['headers']): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

export const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? '';
