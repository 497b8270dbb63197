/**
 * What is kept of a password (RFC 5802): never the password itself, but a salt, a count of iterations, and two keys made of them. A
 * password is checked against it, by SCRAM and by PLAIN alike; nobody can sign in with what is kept alone.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '../../random';

export const SCRAM_MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type ScramMechanism = (typeof SCRAM_MECHANISMS)[number];

export interface ScramCredential {
  readonly iterations: number;
  readonly salt: Uint8Array;
  /** H(HMAC(salted password, "Client Key")): what a proof is checked with. */
  readonly storedKey: Uint8Array;
  /** HMAC(salted password, "Server Key"): how the server shows that it knows the user. */
  readonly serverKey: Uint8Array;
}

/** Kafka's bounds of `iterations`. */
export const ITERATIONS_MIN = 4_096;
export const ITERATIONS_MAX = 16_384;

const HASHES: Readonly<Record<ScramMechanism, { readonly name: string; readonly bytes: number }>> = {
  'SCRAM-SHA-256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { name: 'sha512', bytes: 64 },
};

const derive = promisify(pbkdf2);

export const hashBytes = (mechanism: ScramMechanism): number => HASHES[mechanism].bytes;

export const hmac = (mechanism: ScramMechanism, key: Uint8Array, text: Uint8Array | string): Buffer =>
  createHmac(HASHES[mechanism].name, key).update(text).digest();

const hash = (mechanism: ScramMechanism, bytes: Uint8Array): Buffer =>
  createHash(HASHES[mechanism].name).update(bytes).digest();

/** RFC 5802's Hi(password, salt, iterations). Runs beside the event loop; takes some milliseconds. */
export function saltedPassword(
  mechanism: ScramMechanism,
  password: Uint8Array,
  { salt, iterations }: Pick<ScramCredential, 'salt' | 'iterations'>,
): Promise<Buffer> {
  const { name, bytes } = HASHES[mechanism];
  return derive(password, salt, iterations, bytes, name);
}

/** The two keys of a salted password. */
export function keysOf(
  mechanism: ScramMechanism,
  salted: Uint8Array,
): Pick<ScramCredential, 'storedKey' | 'serverKey'> {
  return {
    storedKey: hash(mechanism, hmac(mechanism, salted, 'Client Key')),
    serverKey: hmac(mechanism, salted, 'Server Key'),
  };
}

/** Made of a password, with a salt of its own. */
export async function credentialOf(
  mechanism: ScramMechanism,
  password: Uint8Array,
  { iterations, random }: { readonly iterations: number; readonly random: Random },
): Promise<ScramCredential> {
  const salt = saltOf(random.bytes(SALT_SEED_BYTES));
  const salted = await saltedPassword(mechanism, password, { salt, iterations });
  return { iterations, salt, ...keysOf(mechanism, salted) };
}

export const SALT_SEED_BYTES = 17;
const SALT_BITS = 130n;

/** A salt as Kafka's own tools make them, so that none stands out: 130 random bits as text in base 36. */
export function saltOf(seed: Uint8Array): Buffer {
  const bits = BigInt(`0x${Buffer.from(seed.subarray(0, SALT_SEED_BYTES)).toString('hex')}`);
  return Buffer.from(BigInt.asUintN(Number(SALT_BITS), bits).toString(36));
}

/** Whether the proof of a client (RFC 5802's ClientProof) shows that it knows the password. Takes equally long whatever the answer. */
export function provesPassword(
  mechanism: ScramMechanism,
  { storedKey }: Pick<ScramCredential, 'storedKey'>,
  { proof, authMessage }: { readonly proof: Uint8Array; readonly authMessage: string },
): boolean {
  const signature = hmac(mechanism, storedKey, authMessage);
  const clientKey = signature.map((byte, index) => byte ^ (proof[index] ?? 0));
  return timingSafeEqual(hash(mechanism, clientKey), storedKey) && proof.byteLength === signature.byteLength;
}

/** Whether it is the password. Takes equally long whatever the answer. */
export async function isPassword(
  mechanism: ScramMechanism,
  credential: ScramCredential,
  password: Uint8Array,
): Promise<boolean> {
  const { storedKey } = keysOf(mechanism, await saltedPassword(mechanism, password, credential));
  return timingSafeEqual(storedKey, credential.storedKey);
}
