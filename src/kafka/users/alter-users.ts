/**
 * What AlterUserScramCredentials asks for, checked and done as Kafka's controller does (ScramControlManager): what is wrong with one user is
 * that user's answer, the first that is; a user who is named twice is not altered at all.
 */
import { EngineError } from '../../engine-error';
import { ErrorCode } from '../../protocol/error-code';
import type {
  AlterUserScramCredentialsRequest,
  ScramCredentialDeletion,
  ScramCredentialUpsertion,
} from '../../protocol/generated/alter-user-scram-credentials';
import type { CallContext } from '../../telemetry/trace/operation';
import { errorCodeOf } from '../error-mapping';
import { escapeName } from '../groups/filer-names';
import { ITERATIONS_MAX, ITERATIONS_MIN, keysOf, type ScramMechanism } from './scram-credential';
import { mechanismOfType } from './scram-types';
import type { StoredUsers } from './stored-users';

export interface AlteredUser {
  readonly user: string;
  readonly errorCode: ErrorCode;
  /** Null where it was done. */
  readonly errorMessage: string | null;
}

type Refusal = Omit<AlteredUser, 'user'>;
/** What is to be done with a user; `mechanism` was checked. */
type Alteration =
  | { readonly mechanism: ScramMechanism; readonly upsertion: ScramCredentialUpsertion }
  | { readonly mechanism: ScramMechanism; readonly upsertion: undefined };

const NAME_BYTES_MAX = 200;
const SALT_BYTES_MAX = 1_024;
const TWICE = 'A user credential cannot be altered twice in the same request';

/** One answer for each user that is named. Never rejects for what is wrong with one of them. */
export async function alterUsers(
  { deletions, upsertions }: AlterUserScramCredentialsRequest,
  stored: StoredUsers,
  context: CallContext,
): Promise<readonly AlteredUser[]> {
  const planned = new Map<string, Alteration | Refusal>();
  const plan = (user: string, alteration: () => Alteration | Refusal): void => {
    const before = planned.get(user);
    if (before === undefined) planned.set(user, alteration());
    else if (!('errorCode' in before)) planned.set(user, refuse(ErrorCode.DUPLICATE_RESOURCE, TWICE));
  };
  for (const deletion of deletions) plan(deletion.name, () => planDeletion(deletion, stored));
  for (const upsertion of upsertions) plan(upsertion.name, () => planUpsertion(upsertion));
  const answers: AlteredUser[] = [];
  for (const [user, each] of planned) {
    const outcome = 'errorCode' in each ? each : await alter(user, each, { stored, context });
    answers.push({ user, ...outcome });
  }
  return answers;
}

async function alter(
  user: string,
  { mechanism, upsertion }: Alteration,
  { stored, context }: { readonly stored: StoredUsers; readonly context: CallContext },
): Promise<Refusal> {
  try {
    if (upsertion === undefined) await stored.remove(user, mechanism, context);
    else {
      const { iterations, salt, saltedPassword } = upsertion;
      // The bytes of a request are its frame's, which goes.
      const credential = { iterations, salt: Buffer.from(salt), ...keysOf(mechanism, saltedPassword) };
      await stored.put(user, mechanism, credential, context);
    }
    return { errorCode: ErrorCode.NONE, errorMessage: null };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return refuse(errorCodeOf(error, 'admin'), 'the user could not be stored');
  }
}

function planDeletion({ name, mechanism: type }: ScramCredentialDeletion, stored: StoredUsers): Alteration | Refusal {
  const mechanism = checkedMechanism(name, type);
  if (typeof mechanism !== 'string') return mechanism;
  if (stored.users.get(name)?.[mechanism] !== undefined) return { mechanism, upsertion: undefined };
  return refuse(ErrorCode.RESOURCE_NOT_FOUND, 'Attempt to delete a user credential that does not exist');
}

function planUpsertion(upsertion: ScramCredentialUpsertion): Alteration | Refusal {
  const { name, mechanism: type, iterations, salt } = upsertion;
  const mechanism = checkedMechanism(name, type);
  if (typeof mechanism !== 'string') return mechanism;
  if (iterations < ITERATIONS_MIN) return unacceptable('Too few iterations');
  if (iterations > ITERATIONS_MAX) return unacceptable('Too many iterations');
  if (salt.byteLength === 0 || salt.byteLength > SALT_BYTES_MAX)
    return unacceptable(`Salt must be 1 to ${SALT_BYTES_MAX} bytes`);
  return { mechanism, upsertion };
}

function checkedMechanism(name: string, type: number): ScramMechanism | Refusal {
  if (name === '') return unacceptable('Username must not be empty');
  if (Buffer.byteLength(escapeName(name)) > NAME_BYTES_MAX) return unacceptable('Username is too long');
  return mechanismOfType(type) ?? refuse(ErrorCode.UNSUPPORTED_SASL_MECHANISM, 'Unknown SCRAM mechanism');
}

const unacceptable = (message: string): Refusal => refuse(ErrorCode.UNACCEPTABLE_CREDENTIAL, message);

const refuse = (errorCode: ErrorCode, errorMessage: string): Refusal => ({ errorCode, errorMessage });
