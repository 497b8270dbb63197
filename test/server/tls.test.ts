/**
 * Goal: a TLS listener lets in whom it should, says who they are as Kafka would, tells in words why others stay out, and takes new
 * certificates without losing a connection. Method: Node's and openssl's clients over sockets; Java's own X500Principal for the names.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { clientHelloOf } from '../../src/tls/client-hello';
import { subjectOf } from '../../src/tls/distinguished-name';
import { parsePrincipalRules, principalName } from '../../src/tls/principal-rules';
import type { TlsSettings } from '../../src/tls/tls-files';
import { type Certificates, type IssuedCertificate, makeCertificates } from '../support/certificates';
import { ON_LOOPBACK, startTestGateway, type TestGateway } from '../support/gateway';
import { describeWithProgram } from '../support/outside-program';

const WAIT_MS = 30_000;
/** Version 0, correlation id 7, client id `tls`. */
const API_VERSIONS = Buffer.from('0000000d00120000000000070003746c73', 'hex');

describeWithProgram('openssl', 'SEAGLASS_TEST_OPENSSL')('a TLS listener', () => {
  let certificates: Certificates;
  let server: IssuedCertificate;
  let gateway: TestGateway;
  let port: number;
  let lines: { readonly event: string; readonly message: string }[];
  let noted: () => void;
  const sockets: Socket[] = [];

  beforeAll(() => {
    certificates = makeCertificates();
    server = certificates.issue('server', '/C=DE/O=shop/CN=localhost');
  }, 180_000);
  afterAll(() => certificates.remove());

  interface Started extends Partial<TlsSettings> {
    readonly rules?: string;
    /** By then a handshake is done and the first request is there; by default later than any test ends. */
    readonly firstFrameMsMax?: number;
  }

  async function start({ rules = 'DEFAULT', firstFrameMsMax = 600_000, ...settings }: Started = {}): Promise<void> {
    const parsed = parsePrincipalRules(rules);
    if (parsed === undefined) throw new Error('no rules');
    lines = [];
    noted = () => undefined;
    const write = (_level: string, event: string, message: string): void => {
      lines.push({ event, message });
      noted();
    };
    gateway = await startTestGateway({
      telemetry: { log: { write, enabled: () => true } },
      limits: { firstFrameMsMax },
    });
    const tls = {
      rules: parsed,
      settings: {
        keystoreLocation: server.keystore,
        keyLocation: undefined,
        keyPassword: undefined,
        truststoreLocation: certificates.authority,
        clientAuth: 'none' as const,
        enabledProtocols: ['TLSv1.2', 'TLSv1.3'],
        ...settings,
      },
    };
    ({ port } = await gateway.listeners.bind({ ...ON_LOOPBACK, name: 'SSL', tls }));
  }
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await gateway.close();
  });

  const secure = (options: ConnectionOptions = {}): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', ca: readFileSync(certificates.authority), ...options }, () =>
        resolve(socket),
      );
      sockets.push(socket);
      socket.on('error', reject);
    });
  const asClient = ({ certificate, key }: IssuedCertificate): ConnectionOptions => ({
    cert: readFileSync(certificate),
    key: readFileSync(key),
  });
  const plain = (to: number, bytes: Uint8Array): void => {
    const socket = connectPlain(to, '127.0.0.1', () => socket.write(bytes));
    sockets.push(socket);
    socket.on('error', () => undefined);
  };
  /** The first line with the event; waits for it. */
  function logged(event: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no ${event} in ${JSON.stringify(lines)}`)), WAIT_MS);
      noted = () => {
        const found = lines.find((line) => line.event === event);
        if (found === undefined) return;
        clearTimeout(late);
        resolve(found.message);
      };
      noted();
    });
  }
  /** An ApiVersions over the socket is answered. */
  function asks(socket: Socket): Promise<Buffer> {
    socket.write(API_VERSIONS);
    return new Promise((resolve, reject) => {
      socket.once('data', resolve);
      socket.once('close', () => reject(new Error('the connection was closed')));
    });
  }

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('serves over %s', async (version) => {
    await start();
    const socket = await secure({ minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    expect((await asks(socket)).readInt32BE(4)).toBe(7);
    expect(gateway.listeners.clients()).toMatchObject([{ listener: 'SSL', principal: 'ANONYMOUS' }]);
  });

  test('a version that is not enabled is refused, in words', async () => {
    await start({ enabledProtocols: ['TLSv1.3'] });
    await expect(secure({ maxVersion: 'TLSv1.2' })).rejects.toThrow();
    expect(await logged('connection.tls_handshake')).toContain('ssl.enabled-protocols');
  });

  test('the certificate of a client is its principal, by the rules', async () => {
    const client = certificates.issue('orders', '/C=DE/O=Shop/CN=Orders');
    await start({ clientAuth: 'required', rules: 'RULE:^CN=([^,]+),O=Shop.*$/$1/L, DEFAULT' });
    await asks(await secure(asClient(client)));
    expect(gateway.listeners.clients()).toMatchObject([{ principal: 'orders' }]);
  });

  test('a client without a certificate is refused where one is required, and is ANONYMOUS where it is asked for', async () => {
    await start({ clientAuth: 'required' });
    await expect(secure({ maxVersion: 'TLSv1.2' })).rejects.toThrow();
    expect(await logged('connection.tls_handshake')).toContain('brought no certificate');
    await gateway.close();
    await start({ clientAuth: 'requested' });
    await asks(await secure());
    expect(gateway.listeners.clients()).toMatchObject([{ principal: 'ANONYMOUS' }]);
  });

  test('a certificate of an unknown authority, or that no rule takes, is refused', async () => {
    const others = makeCertificates();
    try {
      await start({ clientAuth: 'requested', rules: 'RULE:^CN=(nobody)$/$1/' });
      await secure(asClient(others.issue('stranger', '/CN=stranger'))).catch(() => undefined);
      expect(await logged('connection.tls_handshake')).toContain('not trusted');
      lines = [];
      await secure(asClient(certificates.issue('known', '/CN=known'))).catch(() => undefined);
      expect(await logged('connection.tls_handshake')).toContain('no rule of ssl.principal-mapping-rules');
    } finally {
      others.remove();
    }
  });

  test('a certificate that was changed after it was signed is refused in words, not in those of a library’s source', async () => {
    const { certificate, key } = certificates.issue('signed', '/CN=signed');
    const der = new X509Certificate(readFileSync(certificate)).raw;
    der.write('forged', der.lastIndexOf('signed'));
    const cert = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
    await start({ clientAuth: 'required' });
    await secure({ cert, key: readFileSync(key), maxVersion: 'TLSv1.2' }).catch(() => undefined);
    const told = await logged('connection.tls_handshake');
    expect(told).toMatch(/^[\x20-\x7e]+$/);
    expect(told).not.toMatch(/error:|\.c/);
  });

  test('plain bytes on the TLS port and TLS on the plain port are told for what they are', async () => {
    await start();
    plain(port, Buffer.from('0000001000120000000000070003746c73', 'hex'));
    expect(await logged('connection.tls_handshake')).toContain('plain Kafka to a TLS listener');
    const socket = connect({ port: gateway.port, host: '127.0.0.1' });
    sockets.push(socket);
    socket.on('error', () => undefined);
    expect(await logged('connection.frame_too_large')).toContain('a TLS handshake');
  });

  test('what a client asked for that stays out is told: the name and the protocols', async () => {
    await start();
    // It knows no authority, so it leaves when it sees the certificate.
    const asking = { ca: [], servername: 'kafka.example.org', ALPNProtocols: ['h2', 'http/1.1'] };
    await expect(secure(asking)).rejects.toThrow();
    const told = await logged('connection.tls_handshake');
    expect(told).toContain('(it asked for kafka.example.org and offers h2, http/1.1)');
  });

  test('new files are taken without a lost connection, and files that cannot be used leave the old ones', async () => {
    const keystore = join(certificates.directory, 'changing.pem');
    copyFileSync(server.keystore, keystore);
    await start({ keystoreLocation: keystore });
    const before = await secure();
    await asks(before);
    const serial = before.getPeerX509Certificate()?.serialNumber;
    copyFileSync(certificates.issue('renewed', '/CN=localhost').keystore, keystore);
    await logged('tls.reloaded');
    const after = await secure();
    expect(after.getPeerX509Certificate()?.serialNumber).not.toBe(serial);
    expect((await asks(before)).readInt32BE(4)).toBe(7);
    writeFileSync(keystore, 'no certificate');
    expect(await logged('tls.reload_failed')).toContain('holds no CERTIFICATE');
    expect((await asks(await secure())).readInt32BE(4)).toBe(7);
    const ends = gateway.telemetry.instruments.value('seaglass_certificate_not_after_seconds', { listener: 'SSL' });
    expect(ends).toBeGreaterThan(Date.now() / 1_000);
  }, 180_000);

  test('whoever stops in the middle of a handshake is let go in time', async () => {
    await start({ firstFrameMsMax: 2_000 });
    for (let index = 0; index < 100; index++) plain(port, Buffer.from([22, 3, 1, 2, 0]));
    await Promise.all(
      sockets.map(
        (socket) => new Promise((resolve) => (socket.destroyed ? resolve(true) : socket.once('close', resolve))),
      ),
    );
    expect(await logged('connection.tls_handshake')).toBe('the TLS handshake was not done in time');
    expect((await asks(await secure())).readInt32BE(4)).toBe(7);
  }, 180_000);
});

describeWithProgram('java', 'SEAGLASS_TEST_JAVA')('names of subjects', () => {
  const SUBJECTS: readonly (readonly [string, readonly string[]])[] = [
    ['/C=DE/ST=Berlin/L=Mitte/O=shop/OU=orders/CN=svc', []],
    ['/CN=a,b+c"d\\\\e<f>g;h=i#j', []],
    ['/CN= leading and trailing /O=#hash', []],
    ['/DC=com/DC=example/UID=42/CN=Grüße', []],
    ['/emailAddress=a@b.example/CN=mail/serialNumber=17', []],
    ['/CN=two+OU=in one/O=shop', ['-multivalue-rdn']],
  ];

  test('are those of Java', () => {
    const certificates = makeCertificates();
    const directory = mkdtempSync(join(tmpdir(), 'seaglass-names-'));
    try {
      const files = SUBJECTS.map(
        ([subject, request], index) => certificates.issue(`n${String(index)}`, subject, { request }).certificate,
      );
      const program = join(directory, 'Names.java');
      writeFileSync(program, NAMES_JAVA);
      const printed = execFileSync(
        process.env['SEAGLASS_TEST_JAVA'] ?? 'java',
        ['-Dstdout.encoding=UTF-8', program, ...files],
        { encoding: 'utf8' },
      );
      const ours = files.map((file) => subjectOf(new X509Certificate(readFileSync(file)).raw));
      expect(ours).toEqual(printed.trimEnd().split('\n'));
    } finally {
      certificates.remove();
      rmSync(directory, { recursive: true, force: true });
    }
  }, 180_000);
});

const NAMES_JAVA = `
import java.io.FileInputStream;
import java.io.PrintStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

public final class Names {
  public static void main(String[] files) throws Exception {
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    for (String file : files) {
      X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(file));
      out.println(certificate.getSubjectX500Principal().getName());
    }
  }
}
`;

describe('what a client says first', () => {
  const hello = (...extensions: readonly string[]): Buffer => {
    const all = extensions.join('');
    const length = (hex: string): string => (hex.length / 2).toString(16).padStart(4, '0');
    const body = `0303${'00'.repeat(32)}00000213010100${length(all)}${all}`;
    return Buffer.from(`160301${length(`01000000${body}`)}01${length(body).padStart(6, '0')}${body}`, 'hex');
  };
  const SNI = `0000000c000a000007${Buffer.from('a.b.org').toString('hex')}`;
  const ALPN = '0010000700050268320161';

  test('is read as far as it came', () => {
    expect(clientHelloOf(hello(SNI, ALPN))).toEqual({ serverName: 'a.b.org', protocols: ['h2', 'a'] });
    expect(clientHelloOf(hello(SNI, ALPN).subarray(0, -1))).toEqual({ serverName: 'a.b.org', protocols: ['h2'] });
    expect(clientHelloOf(hello(ALPN))).toEqual({ serverName: undefined, protocols: ['h2', 'a'] });
    expect(clientHelloOf(Buffer.from('GET / HTTP/1.1'))).toBeUndefined();
  });

  test('whatever the bytes are, and what could disturb a log is left out', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const found = clientHelloOf(Buffer.from([22, 3, 1, 0, 0, 1, ...bytes]));
        expect(found?.protocols.every((name) => /^[\x21-\x7e]+$/.test(name))).toBe(true);
      }),
    );
    const newline = SNI.replace(Buffer.from('b').toString('hex'), '0a');
    expect(clientHelloOf(hello(newline))).toEqual({ serverName: undefined, protocols: [] });
  });
});

test.each([
  ['DEFAULT', 'CN=Orders,O=Shop', 'CN=Orders,O=Shop'],
  ['RULE:^CN=(.*?),O=Shop$/$1/', 'CN=Orders,O=Shop', 'Orders'],
  ['RULE:^CN=(.*?),.*$/$1@svc/L', 'CN=Orders,O=Shop', 'orders@svc'],
  ['RULE:^CN=(.*?),.*$/$1/U, DEFAULT', 'O=Shop', 'O=Shop'],
  ['RULE:^CN=nobody$/x/', 'CN=Orders', undefined],
])('rules %s make of %s the name %s', (rules, subject, name) => {
  const parsed = parsePrincipalRules(rules);
  expect(parsed === undefined ? 'no rules' : principalName(parsed, subject)).toBe(name);
});

test.each(['', 'RULE:', 'RULE:(/a/', 'RULE:a/b/X', 'DEFAULTS'])('%p is no list of rules', (text) => {
  expect(parsePrincipalRules(text)).toBeUndefined();
});
