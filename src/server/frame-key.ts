/** What the first bytes of a frame tell before anything else of it is read: the API, and whether the rest may be shown to anybody. */
import { alterUserScramCredentialsApi } from '../protocol/generated/alter-user-scram-credentials';
import { saslAuthenticateApi } from '../protocol/generated/sasl-authenticate';

/** Their bodies hold passwords, proofs or tokens, and what passwords are checked with. */
const SECRET: ReadonlySet<number> = new Set<number>([saslAuthenticateApi.key, alterUserScramCredentialsApi.key]);
/** API, version and correlation id. */
const HEADER_BYTES = 8;

/** Undefined where the frame is shorter. */
export function apiKeyOf(frame: Uint8Array): number | undefined {
  if (frame.byteLength < 2) return undefined;
  return new DataView(frame.buffer, frame.byteOffset, 2).getInt16(0);
}

/** Of a request or an answer of the API, without the four bytes of its length. */
export const shownBytesOf = (apiKey: number | undefined): number =>
  apiKey !== undefined && SECRET.has(apiKey) ? HEADER_BYTES : Infinity;
