/**
 * What is fuzzed of handshakes without a socket: each takes mangled bytes and says what is wrong with how they were taken. Refusing is
 * right, and so is taking them where they still say what the unmangled ones said.
 */
import { generateKeyPairSync, sign as signBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../src/clock';
import { readBearerMessage } from '../../src/kafka/sasl/oauthbearer/client-message';
import { IssuerKeys } from '../../src/kafka/sasl/oauthbearer/issuer-keys';
import { TokenVerifier } from '../../src/kafka/sasl/oauthbearer/token-verifier';
import { SaslFailure } from '../../src/kafka/sasl/sasl-failure';
import { readClientFinal, readClientFirst } from '../../src/kafka/sasl/scram-messages';
import { silentLogger } from '../../src/telemetry/log/log';
import { clientHelloOf } from '../../src/tls/client-hello';
import { subjectOf } from '../../src/tls/distinguished-name';
import { makeCertificates } from '../support/certificates';
import { clientHello } from './client-hello';

export interface FuzzTarget {
  readonly name: string;
  readonly corpus: readonly Uint8Array[];
  /** Of so many inputs, its share. */
  readonly weight: number;
  /** Throws Error where the bytes were not taken as they must be. */
  take(bytes: Uint8Array): void | Promise<void>;
}

export interface FuzzTargets {
  readonly targets: readonly FuzzTarget[];
  close(): void;
}

const ISSUER = 'https://issuer.example.org';
const SIGNED = { iss: ISSUER, aud: 'kafka', sub: 'service', iat: 1_700_000_000, exp: 4_000_000_000 };

export async function handshakeTargets(): Promise<FuzzTargets> {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-fuzz-'));
  const certificates = makeCertificates();
  const { certificate } = certificates.issue('client', '/C=DE/O=shop, inc/CN=orders');
  const tokens = await tokenTarget(directory);
  return {
    targets: [
      {
        name: 'SCRAM, first message',
        corpus: ['n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL', 'n,a=u=2C=3D,n=u=2C=3D,r=x,tokenauth=true'].map(asBytes),
        weight: 3,
        take: refusing(readClientFirst),
      },
      {
        name: 'SCRAM, last message',
        corpus: ['c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts='].map(asBytes),
        weight: 3,
        take: refusing(readClientFinal),
      },
      {
        name: 'OAUTHBEARER, message',
        corpus: ['n,,\x01auth=Bearer abc.def.ghi\x01\x01', 'n,a=me,\x01auth=Bearer a.b.c\x01port=1\x01\x01'].map(
          asBytes,
        ),
        weight: 3,
        take: refusing(readBearerMessage),
      },
      tokens,
      {
        name: 'TLS, ClientHello',
        corpus: [await clientHello()],
        weight: 3,
        take: (bytes) => {
          const { serverName = '', protocols = [] } = clientHelloOf(bytes) ?? {};
          for (const name of [serverName, ...protocols])
            if (!/^[\x21-\x7e]*$/.test(name)) throw new Error('a name that would disturb a log');
        },
      },
      {
        name: 'TLS, subject of a certificate',
        corpus: [new X509Certificate(readFileSync(certificate)).raw],
        weight: 3,
        take: (bytes) => {
          try {
            if (typeof subjectOf(bytes) !== 'string') throw new TypeError('no text');
          } catch (error) {
            // One that is no certificate is refused in words; what else may be thrown is a fault of the reader.
            if (error instanceof TypeError || error instanceof ReferenceError) throw error;
          }
        },
      },
    ],
    close: () => {
      certificates.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const asBytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** It is read, or refused as a client's fault. */
const refusing =
  (read: (bytes: Uint8Array) => unknown) =>
  (bytes: Uint8Array): void => {
    try {
      read(bytes);
    } catch (error) {
      if (!(error instanceof SaslFailure) || error.isOurs) throw error;
    }
  };

/** A token that is taken names whom the issuer named; whatever was changed of it, nobody else is let in. */
async function tokenTarget(directory: string): Promise<FuzzTarget> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const file = join(directory, 'keys.json');
  writeFileSync(file, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256' }] }));
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'ES256', kid: 'k' })}.${part(SIGNED)}`;
  const signature = signBytes('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const token = `${text}.${signature.toString('base64url')}`;
  const keys = new IssuerKeys({
    ...{ url: pathToFileURL(file).href, refreshMs: 3_600_000, clock: systemClock, log: silentLogger },
  });
  const settings = { expectedIssuer: ISSUER, expectedAudience: ['kafka'], clockSkewSeconds: 30, subClaimName: 'sub' };
  const verifier = new TokenVerifier(settings, { keys, clock: systemClock });
  if ((await verifier.verify(token)).principal !== 'service') throw new Error('the token itself is not taken');
  const unsigned = `${part({ alg: 'none' })}.${part(SIGNED)}.`;
  return {
    name: 'JWT',
    corpus: [token, unsigned].map(asBytes),
    weight: 1,
    async take(bytes) {
      try {
        const { principal } = await verifier.verify(Buffer.from(bytes).toString('latin1'));
        if (principal !== 'service') throw new Error(`the token let in ${principal}`);
      } catch (error) {
        if (!(error instanceof SaslFailure) || error.isOurs) throw error;
      }
    },
  };
}
