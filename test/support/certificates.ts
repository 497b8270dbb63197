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

export function makeCertificates(): Certificates {
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
    '3',
    '-subj',
    '/CN=test authority',
  );
  writeFileSync(file('names.cnf'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  return {
    directory,
    authority,
    issue(name, subject, { request = [] } = {}) {
      const [certificate, key, csr, keystore] = ['pem', 'key', 'csr', 'keystore.pem'].map((ext) =>
        file(`${name}.${ext}`),
      );
      if (!certificate || !key || !csr || !keystore) throw new Error('no names');
      openssl('req', '-new', ...KEY, '-utf8', ...request, '-keyout', key, '-out', csr, '-subj', subject);
      const by = ['-CA', authority, '-CAkey', authorityKey, '-CAcreateserial', '-days', '2'];
      openssl('x509', '-req', '-in', csr, '-out', certificate, ...by, '-extfile', file('names.cnf'));
      writeFileSync(keystore, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'));
      return { certificate, key, keystore };
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
