/** What this side shows to a server and judges it by: authorities, and a certificate with its key where the server asks for one. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { messageOf, readPem } from './pem';
import type { ReadFiles } from '../watched-files';

export interface PeerFiles {
  /** Authorities that may sign the server's certificate. */
  readonly ca: string;
  readonly certificate: string | undefined;
  /** In the file of the certificate where absent. */
  readonly key: string | undefined;
  /** Whether the server's certificate must be for the name or address that was connected to. */
  readonly checksName: boolean;
  /** What messages begin the name of a setting with: `node.tls`. */
  readonly named: string;
}

export interface PeerIdentity {
  readonly context: SecureContext;
  /** For Node's own clients. */
  readonly pem: { readonly ca: string; readonly cert?: string; readonly key?: string };
  /** The authorities' file, for messages. */
  readonly ca: string;
  /** Undefined where Node's own check of the name holds. */
  readonly checkServerIdentity: ((host: string, certificate: PeerCertificate) => Error | undefined) | undefined;
  /** When the own certificate ends, ms since the Unix epoch; undefined without one. */
  readonly notAfterMs: number | undefined;
}

const anyName = (): undefined => undefined;

/** Throws Error that names the file and what is wrong with it. */
export function readPeerIdentity(files: PeerFiles): ReadFiles<PeerIdentity> {
  const { ca, certificate, key = certificate, checksName, named } = files;
  const authorities = readPem(ca, 'CERTIFICATE', `${named}-ca`);
  const checkServerIdentity = checksName ? undefined : anyName;
  if (certificate === undefined || key === undefined) {
    const pem = { ca: authorities };
    const value = { context: createSecureContext(pem), pem, ca, checkServerIdentity, notAfterMs: undefined };
    return { value, paths: [ca] };
  }
  const pem = {
    ca: authorities,
    cert: readPem(certificate, 'CERTIFICATE', `${named}-certificate`),
    key: readPem(key, 'PRIVATE KEY', `${named}-key`),
  };
  try {
    const notAfterMs = Date.parse(new X509Certificate(pem.cert).validTo);
    const value = { context: createSecureContext(pem), pem, ca, checkServerIdentity, notAfterMs };
    return { value, paths: [ca, certificate, key] };
  } catch (error) {
    throw new Error(`the key in ${key} and the certificates in ${certificate} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
