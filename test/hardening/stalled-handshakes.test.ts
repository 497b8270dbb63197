/**
 * Goal: a thousand clients that stop in the middle of a handshake, of every kind and on every kind of listener, are let go in time, cost a bounded
 * amount of memory, and keep nobody else out. Method: the real program with short limits; sockets that go as far as their kind says and no
 * further, whose ends are waited for.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { makeCertificates } from '../support/certificates';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { FrameSplitter } from '../../src/protocol/frame';
import { createSaslAuthenticateRequest } from '../../src/protocol/generated/sasl-authenticate';
import { createSaslHandshakeRequest } from '../../src/protocol/generated/sasl-handshake';
import { AUTHENTICATE, HANDSHAKE, ScramClient } from '../support/sasl-client';
import { encodeRequest, KafkaClient } from '../support/kafka-client';
import { describeWithProgram } from '../support/outside-program';
import { samples } from '../e2e/support';
import { clientHello } from './client-hello';

const TIMEOUT_MS = 180_000;
const CLIENTS = 1_000;
/** Of a new connection, until it has sent a request or signed in; long enough that all of them are there before the first is let go. */
const LIMIT_MS = 12_000;
/** What a handshake may cost that was begun and left, in memory of the process. */
const BYTES_PER_CLIENT_MAX = 256 * 1024;
const LISTENERS = { PLAIN: 'PLAINTEXT', SECURE: 'SSL', SASL: 'SASL_PLAINTEXT', BOTH: 'SASL_SSL' } as const;
const MECHANISM = 'SCRAM-SHA-256';

/** One way to stop. */
interface Kind {
  readonly what: string;
  readonly listener: keyof typeof LISTENERS;
  /** Whether it goes through the handshake of TLS before it sends. */
  readonly secured?: boolean;
  readonly sends: readonly Uint8Array[];
  /** Frames that are answered before it says nothing more. */
  readonly answers?: number;
  /** Why it is let go. */
  readonly cause: 'tls_handshake' | 'first_frame_timeout' | 'frame_timeout' | 'sign_in_timeout';
}

function kinds(hello: Buffer): readonly Kind[] {
  const [mechanism, challenged] = signIn();
  const nothing = new Uint8Array();
  const half = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.byteLength >> 1);
  const hellos = [nothing, hello.subarray(0, 1), hello.subarray(0, 5), half(hello), hello];
  const exchanges = [
    { what: 'nothing', sends: [nothing] },
    { what: 'half a choice of the mechanism', sends: [half(mechanism)] },
    { what: 'the choice of the mechanism', sends: [mechanism], answers: 1 },
    { what: 'half the first message of SCRAM', sends: [mechanism, half(challenged)], answers: 1 },
    { what: 'the first message of SCRAM', sends: [mechanism, challenged], answers: 2 },
  ];
  return [
    { what: 'nothing', listener: 'PLAIN', sends: [nothing], cause: 'first_frame_timeout' },
    { what: 'half a frame', listener: 'PLAIN', sends: [half(mechanism)], cause: 'frame_timeout' },
    ...(['SECURE', 'BOTH'] as const).flatMap((listener) =>
      hellos.map((bytes): Kind => {
        const what = `${bytes.byteLength} of ${hello.byteLength} bytes of a ClientHello`;
        return { what, listener, sends: [bytes], cause: 'tls_handshake' };
      }),
    ),
    { what: 'nothing', listener: 'SECURE', secured: true, sends: [nothing], cause: 'first_frame_timeout' },
    ...exchanges.map((each): Kind => ({ ...each, listener: 'SASL', cause: 'sign_in_timeout' })),
    ...exchanges.map((each): Kind => ({ ...each, listener: 'BOTH', secured: true, cause: 'sign_in_timeout' })),
  ];
}

describeWithProgram('openssl', 'SEAGLASS_TEST_OPENSSL')('handshakes that stop in the middle', () => {
  let gateway: GatewayProcess;
  let close = (): void => undefined;

  beforeAll(async () => {
    const certificates = makeCertificates();
    close = () => certificates.remove();
    const { keystore } = certificates.issue('server', '/CN=localhost');
    const names = Object.keys(LISTENERS);
    const map = Object.entries(LISTENERS).map(([name, protocol]) => `${name}:${protocol}`);
    const flags = ['--listen', names.map((name) => `${name}://127.0.0.1:0`).join(','), '--log-level', 'error'];
    flags.push('--listener-security-protocol-map', map.join(','), '--ssl-keystore-location', keystore);
    for (const limit of ['sasl-sign-in', 'limits-first-frame', 'limits-frame'])
      flags.push(`--${limit}-ms-max`, String(LIMIT_MS));
    gateway = await startGatewayProcess({ flags });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateway.stop();
    close();
  }, TIMEOUT_MS);

  const portOf = (listener: keyof typeof LISTENERS): number =>
    Number(gateway.bootstrap.split(',')[Object.keys(LISTENERS).indexOf(listener)]?.split(':')[1]);
  const metrics = async (): Promise<string> => (await fetch(`${gateway.console}/metrics`)).text();
  const residentBytes = async (): Promise<number> =>
    samples(await metrics(), 'process_resident_memory_bytes').get('') ?? 0;

  test(
    `${CLIENTS} clients are let go, each at a bounded price, while another is served`,
    async () => {
      const all = kinds(await clientHello());
      const before = await residentBytes();
      const chosen = Array.from({ length: CLIENTS }, (_, index) => all[index % all.length]).filter(
        (kind) => kind !== undefined,
      );
      const stopped = await Promise.all(chosen.map((kind) => stalled(portOf(kind.listener), kind)));
      const during = await residentBytes();
      const good = await KafkaClient.connect(portOf('PLAIN'), 'good');
      expect((await good.fetch('none', 0, { maxWaitMs: 0 })).partition.errorCode).not.toBe(0);
      await good.close();
      await Promise.all(stopped.map(({ ended }) => ended));
      const perClient = Math.max(0, during - before) / CLIENTS;
      process.stdout.write(
        `${CLIENTS} stalled handshakes of ${all.length} kinds: ${(perClient / 1024).toFixed(1)} KiB each\n`,
      );
      expect(perClient).toBeLessThan(BYTES_PER_CLIENT_MAX);
      const text = await metrics();
      expect(samples(text, 'seaglass_connections').get('') ?? 0).toBe(0);
      const causes = [...new Set(all.map(({ cause }) => cause))];
      const closed = samples(text, 'seaglass_connections_closed_total');
      expect(causes.map((cause) => [cause, closed.get(`cause="${cause}"`)])).toEqual(
        causes.map((cause) => [cause, chosen.filter((kind) => kind.cause === cause).length]),
      );
    },
    TIMEOUT_MS,
  );
});

/** The choice of a mechanism, and the first message of SCRAM behind it: two frames. */
function signIn(): readonly [Buffer, Buffer] {
  const header = { version: 1, correlationId: 1, clientId: 'stalled' };
  const chosen = encodeRequest(HANDSHAKE, createSaslHandshakeRequest({ mechanism: MECHANISM }), header);
  const first = new ScramClient({ mechanism: MECHANISM, user: 'nobody', password: 'none' }).first;
  const token = encodeRequest(AUTHENTICATE, createSaslAuthenticateRequest({ authBytes: first }), header);
  return [Buffer.concat(chosen), Buffer.concat(token)];
}

/** Resolves when it has come as far as its kind; `ended` does when the other side lets it go. */
async function stalled(port: number, { secured = false, sends, answers = 0 }: Kind): Promise<{ ended: Promise<void> }> {
  const socket: Socket = secured
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connect(port, '127.0.0.1');
  await once(socket, secured ? 'secureConnect' : 'connect');
  socket.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const splitter = new FrameSplitter(1 << 20);
  const answered = new Promise<void>((resolve, reject) => {
    let left = answers;
    socket.on('data', (bytes: Buffer) => {
      // What a server says of TLS is no frame.
      if (answers > 0) left -= splitter.push(bytes).length;
      if (left <= 0) resolve();
    });
    if (left === 0) resolve();
    void ended.then(() => reject(new Error('let go before it stopped')));
  });
  answered.catch(() => undefined);
  for (const bytes of sends) socket.write(bytes);
  await answered;
  return { ended };
}
