/**
 * Users that every gateway of the cluster knows, and that outlive it: one entry for each, salted (`user-entry.ts`), and one secret that the
 * salts of names without a user are made of.
 *
 *   …/users/<name>            {"type":"user","credentials":{"SCRAM-SHA-512":{…}}}
 *   …/sign-in/decoy-secret    {"type":"secret","bytes":"<base64>"}
 */
import { EngineError } from '../../engine-error';
import type { Random } from '../../random';
import type { CallContext } from '../../telemetry/trace/operation';
import type { StoredState } from '../state/stored-state';
import type { Codec, WatchedDirectory } from '../state/watched-directory';
import type { ScramCredential, ScramMechanism } from './scram-credential';
import { credentialsFrom, entryOf, type UserCredentials } from './user-entry';

const DECOY = 'decoy-secret';
const SECRET_BYTES = 32;

export class StoredUsers {
  readonly #users: WatchedDirectory<UserCredentials>;
  readonly #secrets: WatchedDirectory<Uint8Array>;
  readonly #random: Random;

  /** To be made before the state is started. */
  constructor(state: StoredState, random: Random) {
    this.#users = state.directory('users', USER_CODEC);
    this.#secrets = state.directory('sign-in', SECRET_CODEC);
    this.#random = random;
  }

  get users(): ReadonlyMap<string, UserCredentials> {
    return this.#users.entries();
  }

  /** Whether all were read once: before that, who is absent may only be unknown. */
  get isLoaded(): boolean {
    return this.#users.isLoaded;
  }

  /** Undefined until a gateway has stored one. */
  get decoySecret(): Uint8Array | undefined {
    return this.#secrets.get(DECOY);
  }

  watch(action: () => void): () => void {
    return this.#users.watch(action);
  }

  /** Gives the user a credential, beside those that it has by other mechanisms. Throws EngineError. */
  async put(name: string, mechanism: ScramMechanism, credential: ScramCredential, context: CallContext): Promise<void> {
    await this.#keepSecret(context);
    await this.#users.put(name, { ...this.#users.get(name), [mechanism]: credential }, context);
  }

  /** Takes the user's credential, and the user with its last. Throws EngineError. */
  async remove(name: string, mechanism: ScramMechanism, context: CallContext): Promise<void> {
    const { [mechanism]: _removed, ...left } = this.#users.get(name) ?? {};
    if (Object.keys(left).length === 0) await this.#users.delete(name, context);
    else await this.#users.put(name, left, context);
  }

  /** With the first user there is something to hide. */
  async #keepSecret(context: CallContext): Promise<void> {
    if (this.decoySecret !== undefined) return;
    await this.#secrets.put(DECOY, this.#random.bytes(SECRET_BYTES), context);
  }
}

const USER_CODEC: Codec<UserCredentials> = {
  encode: (credentials) => jsonBytes({ type: 'user', credentials: entryOf(credentials) }),
  decode: (content) => {
    const { type, credentials } = jsonFrom(content);
    if (type !== 'user') throw unreadable();
    try {
      return credentialsFrom(credentials, 'a stored user');
    } catch {
      throw unreadable();
    }
  },
};

const SECRET_CODEC: Codec<Uint8Array> = {
  encode: (bytes) => jsonBytes({ type: 'secret', bytes: Buffer.from(bytes).toString('base64') }),
  decode: (content) => {
    const { type, bytes } = jsonFrom(content);
    if (type !== 'secret' || typeof bytes !== 'string') throw unreadable();
    return Buffer.from(bytes, 'base64');
  },
};

const jsonBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

function jsonFrom(content: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(content).toString());
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // What the parser says shows the text, which holds keys.
  }
  throw unreadable();
}

const unreadable = (): EngineError => new EngineError('storage_error', 'a stored user that this version cannot read');
