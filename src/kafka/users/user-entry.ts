/**
 * A user's credentials as JSON or YAML keep them, in the users file and in the stored state alike, one for each mechanism:
 *
 *   SCRAM-SHA-512: { iterations: 8192, salt: <base64>, stored-key: <base64>, server-key: <base64> }
 */
import {
  hashBytes,
  ITERATIONS_MAX,
  ITERATIONS_MIN,
  SCRAM_MECHANISMS,
  type ScramCredential,
  type ScramMechanism,
} from './scram-credential';

export type UserCredentials = Readonly<Partial<Record<ScramMechanism, ScramCredential>>>;

export interface CredentialEntry {
  readonly iterations: number;
  readonly salt: string;
  readonly 'stored-key': string;
  readonly 'server-key': string;
}

export type UserEntry = Readonly<Partial<Record<ScramMechanism, CredentialEntry>>>;

export function entryOf(credentials: UserCredentials): UserEntry {
  const entry: Partial<Record<ScramMechanism, CredentialEntry>> = {};
  for (const mechanism of SCRAM_MECHANISMS) {
    const credential = credentials[mechanism];
    if (credential === undefined) continue;
    entry[mechanism] = {
      iterations: credential.iterations,
      salt: base64(credential.salt),
      'stored-key': base64(credential.storedKey),
      'server-key': base64(credential.serverKey),
    };
  }
  return entry;
}

/** Throws Error that says what was expected, and where; never what came. */
export function credentialsFrom(entry: unknown, where: string): UserCredentials {
  if (!isObject(entry)) throw new Error(`${where}: expected ${SCRAM_MECHANISMS.join(' or ')} with their keys`);
  const credentials: Partial<Record<ScramMechanism, ScramCredential>> = {};
  for (const [name, value] of Object.entries(entry)) {
    const mechanism = SCRAM_MECHANISMS.find((each) => each === name);
    if (mechanism === undefined)
      throw new Error(`${where}: expected ${SCRAM_MECHANISMS.join(' or ')}, got another name`);
    credentials[mechanism] = credentialFrom(mechanism, value, `${where}, ${mechanism}`);
  }
  if (Object.keys(credentials).length === 0)
    throw new Error(`${where}: expected a credential of ${SCRAM_MECHANISMS.join(' or ')}, got none`);
  return credentials;
}

function credentialFrom(mechanism: ScramMechanism, value: unknown, where: string): ScramCredential {
  const fields: Partial<Record<string, unknown>> = isObject(value) ? value : {};
  const { iterations } = fields;
  if (typeof iterations !== 'number' || !(iterations >= ITERATIONS_MIN && iterations <= ITERATIONS_MAX))
    throw new Error(`${where}: expected iterations from ${ITERATIONS_MIN} to ${ITERATIONS_MAX}`);
  const bytes = hashBytes(mechanism);
  return {
    iterations,
    salt: bytesOf(fields['salt'], { where: `${where}, salt`, min: 1, max: 1_024 }),
    storedKey: bytesOf(fields['stored-key'], { where: `${where}, stored-key`, min: bytes, max: bytes }),
    serverKey: bytesOf(fields['server-key'], { where: `${where}, server-key`, min: bytes, max: bytes }),
  };
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function bytesOf(
  value: unknown,
  { where, min, max }: { readonly where: string; readonly min: number; readonly max: number },
): Buffer {
  const bytes = typeof value === 'string' && BASE64.test(value) ? Buffer.from(value, 'base64') : undefined;
  if (bytes !== undefined && bytes.byteLength >= min && bytes.byteLength <= max) return bytes;
  throw new Error(`${where}: expected ${min === max ? min : `${min} to ${max}`} bytes in base64`);
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
