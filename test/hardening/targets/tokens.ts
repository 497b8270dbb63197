/** Tokens (JWT): mangled after they were signed, and signed after they were mangled, for an issuer may sign anything. */
import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../src/clock';
import { IssuerKeys } from '../../../src/kafka/sasl/oauthbearer/issuer-keys';
import { TokenVerifier } from '../../../src/kafka/sasl/oauthbearer/token-verifier';
import { SaslFailure } from '../../../src/kafka/sasl/sasl-failure';
import { silentLogger } from '../../../src/telemetry/log/log';
import type { FuzzTarget } from './fuzz-target';

const ISSUER = 'https://issuer.example.org';
const HEADER = { alg: 'ES256', kid: 'k' };
const CLAIMS = { iss: ISSUER, aud: 'kafka', sub: 'service', iat: 1_700_000_000, exp: 4_000_000_000 };

export async function tokenTargets(directory: string): Promise<readonly FuzzTarget[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const file = join(directory, 'keys.json');
  writeFileSync(file, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256' }] }));
  const keys = new IssuerKeys({
    ...{ url: pathToFileURL(file).href, refreshMs: 3_600_000, clock: systemClock, log: silentLogger },
  });
  const settings = { expectedIssuer: ISSUER, expectedAudience: ['kafka'], clockSkewSeconds: 30, subClaimName: 'sub' };
  const verifier = new TokenVerifier(settings, { keys, clock: systemClock });
  const token = signed(bytesOf(HEADER), bytesOf(CLAIMS), privateKey);
  if ((await verifier.verify(token)).principal !== 'service') throw new Error('the token itself is not taken');
  /** Undefined where it is refused as a client's fault. */
  const principalOf = async (text: string): Promise<string | undefined> => {
    try {
      return (await verifier.verify(text)).principal;
    } catch (error) {
      if (!(error instanceof SaslFailure) || error.isOurs) throw error;
      return undefined;
    }
  };
  const unsigned = `${bytesOf({ alg: 'none' }).toString('base64url')}.${bytesOf(CLAIMS).toString('base64url')}.`;
  return [
    {
      name: 'JWT',
      corpus: [token, unsigned].map((text) => Buffer.from(text)),
      weight: 5,
      async take(bytes) {
        const principal = await principalOf(Buffer.from(bytes).toString('latin1'));
        if (principal !== undefined && principal !== 'service') throw new Error(`the token let in ${principal}`);
      },
    },
    {
      name: 'JWT, signed when it was mangled',
      corpus: [CLAIMS, { ...CLAIMS, aud: ['other', 'kafka'], nbf: 1_700_000_000 }].map(bytesOf),
      weight: 4,
      async take(bytes) {
        const principal = await principalOf(signed(bytesOf(HEADER), bytes, privateKey));
        if (principal !== undefined && principal !== whomItNames(bytes)) throw new Error(`it let in ${principal}`);
      },
    },
  ];
}

const bytesOf = (value: object): Buffer => Buffer.from(JSON.stringify(value));

function signed(header: Uint8Array, claims: Uint8Array, key: KeyObject): string {
  const text = [header, claims].map((part) => Buffer.from(part).toString('base64url')).join('.');
  const signature = signBytes('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

/** Whom claims let in that are signed well, looked at anew; undefined: nobody. */
function whomItNames(bytes: Uint8Array): string | undefined {
  const claims = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
  const { iss, aud, sub, iat, exp, nbf } = claims;
  const audience: unknown[] = Array.isArray(aud) ? aud : [aud];
  const nowSeconds = Date.now() / 1_000;
  if (iss !== ISSUER || !audience.includes('kafka') || typeof sub !== 'string' || sub.trim() === '') return undefined;
  if (typeof exp !== 'number' || exp < nowSeconds - 60 || typeof iat !== 'number') return undefined;
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf > nowSeconds + 60)) return undefined;
  return sub;
}
