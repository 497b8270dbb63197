/**
 * What is fuzzed of handshakes without a socket. Refusing is right, and so is taking what still says what the unmangled bytes said; nobody is
 * let in by any of them who was not let in before. Each is the shipped reader; those of messages are cheap, those of whole exchanges dear.
 */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBearerMessage } from '../../../src/kafka/sasl/oauthbearer/client-message';
import { SaslFailure } from '../../../src/kafka/sasl/sasl-failure';
import { readClientFinal, readClientFirst } from '../../../src/kafka/sasl/scram-messages';
import { clientHelloOf } from '../../../src/tls/client-hello';
import { subjectOf } from '../../../src/tls/distinguished-name';
import { makeCertificates } from '../../support/certificates';
import { clientHello } from '../client-hello';
import type { FuzzTarget } from './fuzz-target';
import { saslTarget } from './sasl-exchanges';
import { tlsTarget } from './tls-records';
import { tokenTargets } from './tokens';

export interface FuzzTargets {
  readonly targets: readonly FuzzTarget[];
  close(): Promise<void>;
}

export async function handshakeTargets(): Promise<FuzzTargets> {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-fuzz-'));
  const certificates = makeCertificates();
  const { certificate } = certificates.issue('client', '/C=DE/O=shop, inc/CN=orders');
  const [sasl, tls] = [await saslTarget(), await tlsTarget(certificates)];
  return {
    targets: [
      ...messageTargets(),
      ...(await tokenTargets(directory)),
      {
        name: 'TLS, ClientHello',
        corpus: [await clientHello()],
        weight: 15,
        take: (bytes) => {
          const { serverName = '', protocols = [] } = clientHelloOf(bytes) ?? {};
          for (const name of [serverName, ...protocols])
            if (!/^[\x21-\x7e]*$/.test(name)) throw new Error('a name that would disturb a log');
        },
      },
      {
        name: 'TLS, subject of a certificate',
        corpus: [new X509Certificate(readFileSync(certificate)).raw],
        weight: 15,
        take: (bytes) => {
          try {
            if (typeof subjectOf(bytes) !== 'string') throw new TypeError('no text');
          } catch (error) {
            // One that is no certificate is refused in words; what else may be thrown is a fault of the reader.
            if (error instanceof TypeError || error instanceof ReferenceError) throw error;
          }
        },
      },
      sasl.target,
      tls.target,
    ],
    async close() {
      tls.close();
      await sasl.close();
      certificates.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Single messages of SASL. */
function messageTargets(): readonly FuzzTarget[] {
  const target = (name: string, read: (bytes: Uint8Array) => unknown, corpus: readonly string[]): FuzzTarget => ({
    ...{ name, weight: 15, take: refusing(read) },
    corpus: corpus.map((text) => Buffer.from(text, 'latin1')),
  });
  return [
    target('SCRAM, first message', readClientFirst, [
      'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL',
      'n,a=u=2C=3D,n=u=2C=3D,r=x,tokenauth=true',
    ]),
    target('SCRAM, last message', readClientFinal, [
      'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    ]),
    target('OAUTHBEARER, message', readBearerMessage, [
      'n,,\x01auth=Bearer abc.def.ghi\x01\x01',
      'n,a=me,\x01auth=Bearer a.b.c\x01port=1\x01\x01',
    ]),
  ];
}

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
