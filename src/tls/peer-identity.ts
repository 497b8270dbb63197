/** What this side shows to a server and judges it by: authorities, and a certificate with its key where the server asks for one. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { subjectOf } from './distinguished-name';
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
  /** What the other side goes by where it does not take the certificate, for messages. */
  readonly takenBy?: string;
}

/** The certificate that this side shows. */
export interface OwnCertificate {
  /** As RFC 2253 writes it: `CN=gateway,O=shop`. */
  readonly subject: string;
  /** When it ends, ms since the Unix epoch. */
  readonly notAfterMs: number;
}

export interface PeerIdentity {
  readonly context: SecureContext;
  /** For Node's own clients. */
  readonly pem: { readonly ca: string; readonly cert?: string; readonly key?: string };
  /** The authorities' file, for messages. */
  readonly ca: string;
  /** Undefined where Node's own check of the name holds. */
  readonly checkServerIdentity: ((host: string, certificate: PeerCertificate) => Error | undefined) | undefined;
  readonly own: OwnCertificate | undefined;
  /** Undefined where nothing is known of it. */
  readonly takenBy: string | undefined;
}

const anyName = (): undefined => undefined;

/** Throws Error that names the file and what is wrong with it. */
export function readPeerIdentity(files: PeerFiles): ReadFiles<PeerIdentity> {
  const { ca, certificate, key = certificate, checksName, named, takenBy } = files;
  const authorities = readPem(ca, 'CERTIFICATE', `${named}-ca`);
  const checkServerIdentity = checksName ? undefined : anyName;
  if (certificate === undefined || key === undefined) {
    const pem = { ca: authorities };
    const value = { context: createSecureContext(pem), pem, ca, checkServerIdentity, own: undefined, takenBy };
    return { value, paths: [ca] };
  }
  const pem = {
    ca: authorities,
    cert: readPem(certificate, 'CERTIFICATE', `${named}-certificate`),
    key: readPem(key, 'PRIVATE KEY', `${named}-key`),
  };
  try {
    const own = ownCertificate(pem.cert);
    const value = { context: createSecureContext(pem), pem, ca, checkServerIdentity, own, takenBy };
    return { value, paths: [ca, certificate, key] };
  } catch (error) {
    throw new Error(`the key in ${key} and the certificates in ${certificate} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** `pem`: the own one first. Throws Error where it is none. */
export function ownCertificate(pem: string | Uint8Array): OwnCertificate {
  const { raw, validTo } = new X509Certificate(pem);
  return { subject: subjectOf(raw), notAfterMs: Date.parse(validTo) };
}
