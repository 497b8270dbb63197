/**
 * Goal: a security.toml is read as SeaweedFS reads it, as far as it concerns a client, and a setting comes before it. Method: the file that
 * SeaweedFS itself prints (weed scaffold -config=security), filled in, and what it must not be mistaken for.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  readSeaweedSecurity,
  type SeaweedSecuritySettings,
} from '../../../src/engine/seaweedmq/security/security-files';
import { parseToml } from '../../../src/engine/seaweedmq/security/toml';
import { type Certificates, makeCertificates } from '../../support/certificates';

const NOTHING: SeaweedSecuritySettings = {
  ...{ securityToml: undefined, tlsCa: undefined, tlsCertificate: undefined, tlsKey: undefined },
  ...{ tlsChecksName: false, filerHttps: false, filerReadKey: undefined },
};

test.each([
  ['[a.b]\nkey = "v"', { 'a.b.key': 'v' }],
  ['key = "a # b" # c', { key: 'a # b' }],
  ["[a] # b\nkey = 'c:\\d'", { 'a.key': 'c:\\d' }],
  ['key = "a\\"b\\\\c\\n"', { key: 'a"b\\c\n' }],
  ['n = 10           # seconds\nt = true\n\n# nothing\r', { n: '10', t: 'true' }],
  ['[ a . b ]\nc.d = ""', { 'a.b.c.d': '' }],
])('%j is read', (text, expected) => {
  expect(Object.fromEntries(parseToml(text))).toEqual(expected);
});

test('a line that is neither a table nor a pair is refused with its number', () => {
  expect(() => parseToml('[a]\nb = 1\nnonsense')).toThrow('line 3 is neither');
});

describe('what is read from files', () => {
  let certificates: Certificates;
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-toml-'));
  beforeAll(() => {
    certificates = makeCertificates();
    certificates.issue('own', '/CN=own');
  });
  afterAll(() => {
    certificates.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  const read = (text: string, settings: Partial<SeaweedSecuritySettings> = {}) => {
    const securityToml = join(certificates.directory, 'security.toml');
    writeFileSync(securityToml, text);
    return readSeaweedSecurity({ ...NOTHING, securityToml, ...settings });
  };
  const MUTUAL = '[grpc]\nca = "authority.pem"\n[grpc.client]\ncert = "own.pem"\nkey = "own.key"\n';

  test('a file as SeaweedFS prints it, with nothing filled in, changes nothing', () => {
    const { value } = read('[jwt.filer_signing.read]\nkey = ""\n[grpc]\nca = ""\n[grpc.client]\ncert = ""\nkey = ""\n');
    expect(value).toEqual({ grpc: undefined, https: undefined, filerRead: undefined });
  });

  test('paths are those of the file, and the files are watched', () => {
    const { value, paths } = read(MUTUAL);
    const files = ['security.toml', 'authority.pem', 'own.pem', 'own.key'];
    expect(paths).toEqual(files.map((name) => join(certificates.directory, name)));
    expect(value.grpc?.own?.notAfterMs).toBeGreaterThan(Date.now());
  });

  test('an authority without a certificate means no TLS to SeaweedFS, and so it does here', () => {
    expect(read('[grpc]\nca = "authority.pem"\n').value.grpc).toBeUndefined();
  });

  test('HTTPS only where it is enabled', () => {
    const https = '[https.client]\nenabled = true\nca = "authority.pem"\n';
    expect(read(`${MUTUAL}${https}`).value.https).toBeDefined();
    expect(read(`${MUTUAL}${https.replace('true', 'false')}`).value.https).toBeUndefined();
  });

  test('a setting comes before the file', () => {
    const { value } = read('[jwt.filer_signing.read]\nkey = "theirs"\nexpires_after_seconds = 30\n', {
      filerReadKey: 'ours',
      tlsCa: certificates.authority,
    });
    expect(value.filerRead).toEqual({ key: 'ours', expiresAfterSeconds: 30 });
    expect(value.grpc).toBeDefined();
  });

  test('a file that cannot be used is named', () => {
    expect(() => read('[grpc]\nca = "absent.pem"\n[grpc.client]\ncert = "own.pem"\nkey = "own.key"\n')).toThrow(
      /seaweedfs\.tls-ca .*absent\.pem cannot be read/,
    );
    expect(() => read(MUTUAL.replace('cert = "own.pem"', 'cert = "own.key"'))).toThrow(/own\.key holds no CERTIFICATE/);
    expect(() => readSeaweedSecurity({ ...NOTHING, securityToml: join(directory, 'none.toml') })).toThrow(
      'cannot be read',
    );
  });
});
