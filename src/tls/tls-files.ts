/**
 * The key, the certificates and the authorities of a TLS listener, as PEM files. They are read again when one of them changes; what cannot
 * be used is told and left, and connections that stand are not touched.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** Kafka's names: ssl.keystore.location of type PEM, ssl.key.password, ssl.truststore.location … */
export interface TlsSettings {
  /** The private key and the chain of certificates, the own one first. */
  readonly keystoreLocation: string | undefined;
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
export function readTlsFiles(settings: TlsSettings): TlsIdentity {
  const { keystoreLocation, keyLocation, keyPassword, truststoreLocation, enabledProtocols } = settings;
  const { named = '' } = settings;
  const keystore = `${named}ssl.keystore-location`;
  if (keystoreLocation === undefined) throw new Error(`${keystore} is needed for TLS, and is not set`);
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
      : { ca: readPem(truststoreLocation, 'CERTIFICATE', 'ssl.truststore-location') }),
  };
  try {
    createSecureContext(options);
    return { options, notAfterMs: Date.parse(new X509Certificate(chain).validTo) };
  } catch (error) {
    throw new Error(
      `the key in ${keyFrom} and the certificates in ${keystoreLocation} cannot be used: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** What changes when one of the files does: their times and sizes. */
export function tlsFilesMark({ keystoreLocation, keyLocation, truststoreLocation }: TlsSettings): string {
  return [keystoreLocation, keyLocation, truststoreLocation]
    .filter((path) => path !== undefined)
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? 'absent' : `${String(stat.mtimeMs)} ${String(stat.size)} ${String(stat.ino)}`;
    })
    .join(',');
}

function readPem(path: string, what: 'CERTIFICATE' | 'PRIVATE KEY', setting: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${setting} ${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${what}-----`).test(text))
    throw new Error(`${setting} ${path} holds no ${what}: expected PEM with "-----BEGIN ${what}-----"`);
  return text;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
