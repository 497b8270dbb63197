/**
 * Goal: no handshake, however mangled, ends the gateway, lets in somebody else, or holds up anybody. Method: messages that are right,
 * mangled by a printed seed, to what reads them and over sockets to a gateway that asks for SASL and one that speaks TLS; a good client is
 * served beside them. `npm run fuzz` does it for longer.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSaslHandshakeRequest } from '../../src/protocol/generated/sasl-handshake';
import { createSaslAuthenticateRequest } from '../../src/protocol/generated/sasl-authenticate';
import { parsePrincipalRules } from '../../src/tls/principal-rules';
import type { TlsSettings } from '../../src/tls/tls-files';
import { type Certificates, makeCertificates } from '../support/certificates';
import { ON_LOOPBACK, startTestGateway, type TestGateway } from '../support/gateway';
import { encodeRequest, KafkaClient } from '../support/kafka-client';
import { describeWithProgram } from '../support/outside-program';
import { seeded } from '../support/random';
import { AUTHENTICATE, HANDSHAKE, plainToken, ScramClient, signInByScram, usersFileText } from '../support/sasl-client';
import { clientHello } from './client-hello';
import { type Fuzzed, fuzz } from './fuzz';
import { mangled } from './mangle';
import { type FuzzTargets, handshakeTargets } from './targets/handshake-targets';

const SEED = Number(process.env['SEAGLASS_TEST_SEED'] ?? 20_261_129);
const READ = 47_000;
/** Over sockets, of each kind. */
const SENT = 1_500;
const AT_ONCE = 16;
const TIMEOUT_MS = 300_000;
const ALICE = { name: 'alice', password: 'alice-secret', mechanism: 'SCRAM-SHA-256' } as const;

describeWithProgram('openssl', 'SEAGLASS_TEST_OPENSSL')('mangled handshakes', () => {
  let read: FuzzTargets;
  let certificates: Certificates;
  let gateway: TestGateway;
  let directory: string;
  let ports: { readonly sasl: number; readonly tls: number };

  beforeAll(async () => {
    read = await handshakeTargets();
    certificates = makeCertificates();
    directory = mkdtempSync(join(tmpdir(), 'seaglass-fuzz-'));
    const usersFile = join(directory, 'users.yaml');
    writeFileSync(usersFile, await usersFileText([ALICE]), { mode: 0o600 });
    gateway = await startTestGateway({
      usersFile,
      sasl: { enabledMechanisms: ['PLAIN', 'SCRAM-SHA-256'], failedAuthenticationDelayMs: 0 },
      limits: { firstFrameMsMax: 2_000 },
    });
    const { keystore } = certificates.issue('server', '/CN=localhost');
    const tls: TlsSettings = {
      ...{ keyLocation: undefined, keyPassword: undefined, truststoreLocation: certificates.authority },
      ...{ keystoreLocation: keystore, clientAuth: 'requested', enabledProtocols: ['TLSv1.2', 'TLSv1.3'] },
    };
    const rules = parsePrincipalRules('DEFAULT');
    if (rules === undefined) throw new Error('no rules');
    const sasl = await gateway.listeners.bind({ ...ON_LOOPBACK, name: 'SASL', protocol: 'SASL_PLAINTEXT' });
    const secure = await gateway.listeners.bind({ ...ON_LOOPBACK, name: 'SSL', tls: { settings: tls, rules } });
    ports = { sasl: sasl.port, tls: secure.port };
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateway.close();
    await read.close();
    certificates.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  test(
    `${READ} messages are read or refused, and nobody is let in by one (seed ${SEED})`,
    async () => {
      const fuzzed: Fuzzed = new Map();
      await fuzz(read.targets, { inputs: READ, seed: SEED, fuzzed });
      expect([...fuzzed.values()].reduce((sum, { inputs }) => sum + inputs, 0)).toBe(READ);
      expect([...fuzzed.keys()].sort()).toEqual(read.targets.map(({ name }) => name).sort());
    },
    TIMEOUT_MS,
  );

  test(
    `TLS records: ${SENT} mangled first flights end nobody but themselves (seed ${SEED})`,
    async () => {
      const hello = await clientHello();
      await sendAll(ports.tls, (below) => mangled(hello, [hello], below));
      await wellServed();
    },
    TIMEOUT_MS,
  );

  test(
    `SASL: ${SENT} mangled exchanges sign nobody in (seed ${SEED})`,
    async () => {
      const frames = exchanges();
      const before = await signIns();
      await sendAll(ports.sasl, (below) => {
        const frame = frames[below(frames.length)] ?? Buffer.alloc(0);
        // Often the frame's own length stays right, so that what is in it is looked at.
        if (below(3) === 0) return mangled(frame, frames, below);
        const body = mangled(frame.subarray(4), frames, below);
        const length = Buffer.alloc(4);
        length.writeInt32BE(body.byteLength);
        return Buffer.concat([length, body]);
      });
      expect(await signIns()).toBe(before);
      await wellServed();
      expect(await signIns()).toBe(before + 1);
    },
    TIMEOUT_MS,
  );

  async function signIns(): Promise<number> {
    const families = await gateway.telemetry.instruments.snapshots();
    const family = families.find(({ name }) => name === 'seaglass_authentications_total');
    return family?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
  }

  /** A client that does all right is let in beside them. */
  async function wellServed(): Promise<void> {
    const client = await KafkaClient.connect(ports.sasl, 'good');
    const signedIn = await signInByScram(client, { ...ALICE, user: ALICE.name });
    expect(signedIn).toMatchObject({ answer: { errorCode: 0 }, isKnown: true });
    await client.close();
  }

  async function sendAll(port: number, make: (below: (n: number) => number) => Buffer): Promise<void> {
    const below = seeded(SEED);
    let left = SENT;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await sent(port, make(below));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }
});

/** Resolves when the gateway has answered something or let the connection go; the client leaves then. */
function sent(port: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('error', () => undefined);
    socket.resume();
    socket.once('close', () => resolve());
  });
}

/** Handshake and first token, together in what is sent; the last message of SCRAM without the nonce of its server is a guess. */
function exchanges(): readonly Buffer[] {
  const frame = <Request>(codec: Parameters<typeof encodeRequest<Request>>[0], request: Request): Buffer =>
    Buffer.concat(encodeRequest(codec, request, { version: 1, correlationId: 1, clientId: 'fuzz' }));
  const scram = new ScramClient({ ...ALICE, user: ALICE.name });
  const tokens = [plainToken('alice', 'a guess'), scram.first, Buffer.from('c=biws,r=x,p=AAAA')];
  return tokens.flatMap((authBytes, index) => {
    const mechanism = index === 0 ? 'PLAIN' : 'SCRAM-SHA-256';
    const handshake = frame(HANDSHAKE, createSaslHandshakeRequest({ mechanism }));
    const token = frame(AUTHENTICATE, createSaslAuthenticateRequest({ authBytes }));
    return [handshake, Buffer.concat([handshake, token])];
  });
}
