/** The key, the certificates and the authorities of a TLS listener, as PEM files. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { messageOf, readPem } from './pem';
import type { ReadFiles } from '../watched-files';

/** Kafka's names: ssl.keystore.location of type PEM, ssl.key.password, ssl.truststore.location … */
export interface TlsSettings {
  /** The private key and the chain of certificates, the own one first. */
  readonly keystoreLocation: string;
  /** The private key, where it has a file of its own. */
  readonly keyLocation: string | undefined;
  readonly keyPassword: string | undefined;
  /** Authorities whose client certificates are taken; the system's where absent. */
  readonly truststoreLocation: string | undefined;
  readonly clientAuth: 'none' | 'requested' | 'required';
  readonly enabledProtocols: readonly string[];
  /** What the settings' names begin with where they are not those of listeners. */
  readonly named?: string;
}

export interface TlsIdentity {
  readonly options: SecureContextOptions;
  /** When the own certificate ends, ms since the Unix epoch. */
  readonly notAfterMs: number;
}

/** Throws Error that names the file and what is wrong with it. */
export function readTlsFiles(settings: TlsSettings): ReadFiles<TlsIdentity> {
  const { keystoreLocation, keyLocation, keyPassword, truststoreLocation, enabledProtocols } = settings;
  const { named = '' } = settings;
  const keystore = `${named}ssl.keystore-location`;
  const chain = readPem(keystoreLocation, 'CERTIFICATE', keystore);
  const keyFrom = keyLocation ?? keystoreLocation;
  const key = readPem(keyFrom, 'PRIVATE KEY', keyLocation === undefined ? keystore : `${named}ssl.key-location`);
  const versions = ['TLSv1.2', 'TLSv1.3'] as const;
  const enabled = versions.filter((version) => enabledProtocols.includes(version));
  const options: SecureContextOptions = {
    cert: chain,
    key,
    minVersion: enabled[0] ?? 'TLSv1.2',
    maxVersion: enabled.at(-1) ?? 'TLSv1.3',
    ...(keyPassword === undefined ? {} : { passphrase: keyPassword }),
    ...(truststoreLocation === undefined
      ? {}
      : { ca: readPem(truststoreLocation, 'CERTIFICATE', `${named}ssl.truststore-location`) }),
  };
  try {
    createSecureContext(options);
    const paths = [keystoreLocation, keyFrom, ...(truststoreLocation === undefined ? [] : [truststoreLocation])];
    return { value: { options, notAfterMs: Date.parse(new X509Certificate(chain).validTo) }, paths };
  } catch (error) {
    throw new Error(
      `the key in ${keyFrom} and the certificates in ${keystoreLocation} cannot be used: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}
