/** What is shown to the console to be let in: a token, or a user's name and password; and whose rights it brings. */
import { secretCheck } from '../../secret';
import { type Right, type Rights, rightsWith, type Visitor } from './rights';

export type Credentials = { readonly token: string } | { readonly user: string; readonly password: string };

export interface TokenGrant {
  readonly token: string;
  readonly rights: Rights;
  /** The setting that it is of. */
  readonly name: string;
}

/** The users of the gateway. */
export interface ConsoleUsers {
  /** Whether the password is the user's; takes as long where there is no such user. */
  verifyPassword(user: string, password: string): Promise<boolean>;
  /** Another one once the password was changed; undefined where there is no such user. */
  version(user: string): unknown;
}

export interface UserGrants {
  readonly users: ConsoleUsers;
  /** Names by right; `*` is everybody who has a password. */
  readonly named: Readonly<Partial<Record<Right, readonly string[]>>>;
}

const ANYBODY = '*';

export interface Recognised {
  readonly visitor: Visitor;
  /** False once what was shown lets in no more: another password or token, a session that is over. */
  readonly stands: () => boolean;
}

export class KnownCredentials {
  readonly #tokens: () => readonly TokenGrant[];
  readonly #users: UserGrants | undefined;

  /** `tokens` gives those that hold now. */
  constructor(tokens: () => readonly TokenGrant[], users: UserGrants | undefined) {
    this.#tokens = tokens;
    this.#users = users;
  }

  get takesTokens(): boolean {
    return this.#tokens().length > 0;
  }

  get takesPasswords(): boolean {
    return this.#users !== undefined;
  }

  /** Undefined where they are wrong, in a time that does not tell how much of them is right. */
  recognise(credentials: Credentials): Promise<Recognised | undefined> {
    return 'token' in credentials ? Promise.resolve(this.#byToken(credentials.token)) : this.#byPassword(credentials);
  }

  /** Every token is compared, whichever fits. */
  #byToken(given: string): Recognised | undefined {
    let found: TokenGrant | undefined;
    for (const grant of this.#tokens()) if (secretCheck(grant.token)(given)) found ??= grant;
    if (found === undefined) return undefined;
    const { token, name } = found;
    const stands = (): boolean => this.#tokens().some((grant) => grant.token === token && grant.name === name);
    return { visitor: found, stands };
  }

  async #byPassword({ user, password }: { user: string; password: string }): Promise<Recognised | undefined> {
    if (this.#users === undefined) return undefined;
    const { users, named } = this.#users;
    const version = users.version(user);
    if (!(await users.verifyPassword(user, password))) return undefined;
    const visitor = { name: user, rights: rightsOf(user, named) };
    return { visitor, stands: () => users.version(user) === version };
  }
}

function rightsOf(user: string, named: UserGrants['named']): Rights {
  const entries = Object.entries(named) as readonly (readonly [Right, readonly string[]])[];
  return rightsWith(
    entries.filter(([, names]) => names.includes(user) || names.includes(ANYBODY)).map(([right]) => right),
  );
}

/** Of a request's Authorization header; undefined where it holds none that are known here. */
export function credentialsIn(authorization: string | undefined): Credentials | undefined {
  const [, scheme = '', given = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return { token: given };
  if (scheme === '') return undefined;
  const text = Buffer.from(given, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
