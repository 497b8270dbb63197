/**
 * Goal: a thousand clients that stop in the middle of a handshake are let go in time, cost a bounded amount of memory, and keep nobody else
 * out. Method: the real program with a short limit; sockets that send the first part of a handshake and no more, whose ends are waited for.
 */
import { connect, type Socket } from 'node:net';
import { makeCertificates } from '../support/certificates';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { createSaslAuthenticateRequest } from '../../src/protocol/generated/sasl-authenticate';
import { createSaslHandshakeRequest } from '../../src/protocol/generated/sasl-handshake';
import { AUTHENTICATE, HANDSHAKE, ScramClient } from '../support/sasl-client';
import { encodeRequest, KafkaClient } from '../support/kafka-client';
import { describeWithProgram } from '../support/outside-program';
import { samples } from '../e2e/support';
import { clientHello } from './client-hello';

const TIMEOUT_MS = 120_000;
const CLIENTS = 1_000;
/** Of a new connection, until it has sent a request; long enough that all of them are there before the first is let go. */
const FIRST_FRAME_MS = 8_000;
/** What a handshake may cost that was begun and left, in memory of the process. */
const BYTES_PER_CLIENT_MAX = 256 * 1024;

describeWithProgram('openssl', 'SEAGLASS_TEST_OPENSSL')('handshakes that stop in the middle', () => {
  let gateway: GatewayProcess;
  let close = (): void => undefined;

  beforeAll(async () => {
    const certificates = makeCertificates();
    close = () => certificates.remove();
    const { keystore } = certificates.issue('server', '/CN=localhost');
    const listeners = ['PLAIN', 'SECURE', 'SASL'].map((name) => `${name}://127.0.0.1:0`).join(',');
    const flags = ['--listen', listeners, '--ssl-keystore-location', keystore];
    flags.push('--listener-security-protocol-map', 'PLAIN:PLAINTEXT,SECURE:SSL,SASL:SASL_PLAINTEXT');
    flags.push('--sasl-sign-in-ms-max', String(FIRST_FRAME_MS));
    flags.push('--limits-first-frame-ms-max', String(FIRST_FRAME_MS), '--log-level', 'error');
    gateway = await startGatewayProcess({ flags });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateway.stop();
    close();
  }, TIMEOUT_MS);

  const portOf = (index: number): number => Number(gateway.bootstrap.split(',')[index]?.split(':')[1]);
  const metric = async (name: string, labels = ''): Promise<number> => {
    const text = await (await fetch(`${gateway.console}/metrics`)).text();
    return samples(text, name).get(labels) ?? 0;
  };

  test(
    `${CLIENTS} clients are let go, each at a bounded price, while another is served`,
    async () => {
      const hello = await clientHello();
      const sasl = signIn();
      // Nothing, a byte, a header, half of it, all of it.
      const parts = [hello, sasl].map((bytes) =>
        [0, 1, 5, bytes.byteLength >> 1, bytes.byteLength].map((length) => bytes.subarray(0, length)),
      );
      const before = await metric('process_resident_memory_bytes');
      const ended: Promise<void>[] = [];
      const sockets = await Promise.all(
        Array.from({ length: CLIENTS }, (_, index) => {
          const kind = index % 2;
          return stalled(portOf(1 + kind), parts[kind]?.[(index >> 1) % 5] ?? hello, ended);
        }),
      );
      const during = await metric('process_resident_memory_bytes');
      const good = await KafkaClient.connect(portOf(0), 'good');
      expect((await good.fetch('none', 0, { maxWaitMs: 0 })).partition.errorCode).not.toBe(0);
      await good.close();
      await Promise.all(ended);
      const perClient = Math.max(0, during - before) / CLIENTS;
      process.stdout.write(`${CLIENTS} stalled handshakes: ${(perClient / 1024).toFixed(1)} KiB each\n`);
      expect(perClient).toBeLessThan(BYTES_PER_CLIENT_MAX);
      expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
      expect(await metric('seaglass_connections')).toBe(0);
      const causes = ['tls_handshake', 'sign_in_timeout', 'first_frame_timeout', 'frame_timeout'];
      const closed = await Promise.all(
        causes.map((cause) => metric('seaglass_connections_closed_total', `cause="${cause}"`)),
      );
      expect([closed[0], closed.reduce((sum, count) => sum + count, 0)]).toEqual([CLIENTS / 2, CLIENTS]);
    },
    TIMEOUT_MS,
  );
});

/** Chooses a mechanism and begins to show a password that never comes whole. */
function signIn(): Buffer {
  const header = { version: 1, correlationId: 1, clientId: 'stalled' };
  const chosen = encodeRequest(HANDSHAKE, createSaslHandshakeRequest({ mechanism: 'SCRAM-SHA-256' }), header);
  const first = new ScramClient({ mechanism: 'SCRAM-SHA-256', user: 'nobody', password: 'none' }).first;
  const token = encodeRequest(AUTHENTICATE, createSaslAuthenticateRequest({ authBytes: first }), header);
  return Buffer.concat([...chosen, ...token]);
}

/** Resolves when it is connected and has sent its part; `ended` is given what resolves when the other side lets it go. */
function stalled(port: number, part: Uint8Array, ended: Promise<void>[]): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.removeListener('error', reject);
      socket.on('error', () => undefined);
      ended.push(new Promise((closed) => socket.once('close', () => closed())));
      // What the server answers is taken, so that its end is seen.
      socket.resume();
      socket.write(part, () => resolve(socket));
    });
    socket.once('error', reject);
  });
}
