/** Certificates for tests, made by openssl: an authority, and what it signs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  readonly directory: string;
  /** PEM file of the authority. */
  readonly authority: string;
  /** A certificate of the authority with its key, as PEM files. `subject` as openssl writes it: `/C=DE/O=shop/CN=orders`. */
  issue(name: string, subject: string, options?: IssueOptions): IssuedCertificate;
  remove(): void;
}

export interface IssueOptions {
  /** More that `openssl req` is told, for instance -multivalue-rdn. */
  readonly request?: readonly string[];
  /** How long it holds from now on; 2 unless given, negative for one that has ended. */
  readonly days?: number;
  /** As OpenSSL writes them: `DNS:localhost,IP:127.0.0.1` unless given. */
  readonly names?: string;
}

export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
  /** Key and certificate in one file, as ssl.keystore-location wants them. */
  readonly keystore: string;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** `days`: how long the authority holds. */
export function makeCertificates({ days: authorityDays = 3 }: { readonly days?: number } = {}): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-tls-'));
  const file = (name: string): string => join(directory, name);
  const authority = file('authority.pem');
  const authorityKey = file('authority.key');
  openssl(
    'req',
    '-x509',
    ...KEY,
    '-keyout',
    authorityKey,
    '-out',
    authority,
    '-days',
    String(authorityDays),
    '-subj',
    '/CN=test authority',
  );
  return {
    directory,
    authority,
    issue(name, subject, { request = [], days = 2, names = 'DNS:localhost,IP:127.0.0.1' } = {}) {
      const [certificate, key, csr, keystore] = ['pem', 'key', 'csr', 'keystore.pem'].map((ext) =>
        file(`${name}.${ext}`),
      );
      if (!certificate || !key || !csr || !keystore) throw new Error('no names');
      writeFileSync(file('names.cnf'), `subjectAltName=${names}\n`);
      openssl('req', '-new', ...KEY, '-utf8', ...request, '-keyout', key, '-out', csr, '-subj', subject);
      const by = ['-CA', authority, '-CAkey', authorityKey, '-CAcreateserial', '-days', String(days)];
      openssl('x509', '-req', '-in', csr, '-out', certificate, ...by, '-extfile', file('names.cnf'));
      writeFileSync(keystore, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'));
      return { certificate, key, keystore };
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
