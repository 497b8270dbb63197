/** TLS records to the listeners' door: what a client sends in its handshakes, recorded, mangled and sent again. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls, createServer as createTlsServer, type SecureVersion } from 'node:tls';
import { systemClock } from '../../../src/clock';
import { DEFAULT_RULES } from '../../../src/tls/principal-rules';
import { TlsDoor, type TlsVisitor } from '../../../src/tls/tls-door';
import type { Certificates, IssuedCertificate } from '../../support/certificates';
import type { FuzzTarget } from './fuzz-target';

export interface TlsTarget {
  readonly target: FuzzTarget;
  close(): void;
}

export async function tlsTarget(certificates: Certificates): Promise<TlsTarget> {
  const server = certificates.issue('server', '/CN=localhost');
  const client = certificates.issue('client', '/CN=orders');
  const door = new TlsDoor({
    settings: {
      ...{ keystoreLocation: server.keystore, keyLocation: undefined, keyPassword: undefined },
      ...{ truststoreLocation: certificates.authority, clientAuth: 'required' },
      enabledProtocols: ['TLSv1.2', 'TLSv1.3'],
    },
    ...{ rules: DEFAULT_RULES, handshakeMsMax: 5_000, clock: systemClock, reloaded: () => undefined },
  });
  const versions = ['TLSv1.2', 'TLSv1.3'] as const;
  const corpus = await Promise.all(versions.map((version) => recorded(version, certificates, { server, client })));
  return {
    target: {
      ...{ name: 'TLS, records', weight: 2, corpus },
      async take(bytes) {
        const outcomes = await entered(door, bytes);
        if (door.waiting !== 0) throw new Error('the handshake is still under way');
        const [outcome] = outcomes;
        // A handshake cannot be played again, so nobody comes in by one.
        if (outcomes.length !== 1 || !(outcome instanceof Error)) throw new Error(`${outcomes.length} outcomes`);
        if (!/^[\x20-\x7e’]{1,1000}$/.test(outcome.message))
          throw new Error(`a message that would disturb a log: ${JSON.stringify(outcome.message)}`);
      },
    },
    close: () => door.close(),
  };
}

/** All outcomes that the door told of a client that sends the bytes and leaves. */
async function entered(door: TlsDoor, bytes: Uint8Array): Promise<readonly (TlsVisitor | Error)[]> {
  const outcomes: (TlsVisitor | Error)[] = [];
  const socket = new Duplex({
    // As sockets are: who leaves is let go.
    allowHalfOpen: false,
    read: () => undefined,
    write: (_chunk, _encoding, done) => done(),
  });
  const closed = once(socket, 'close');
  await new Promise<void>((resolve) => {
    // The door keeps handshakes by the peer's address, which no peer has here: there is one at a time.
    door.enter(socket as unknown as Socket, (outcome) => {
      outcomes.push(outcome);
      if (!(outcome instanceof Error)) outcome.socket.destroy();
      resolve();
    });
    socket.push(bytes);
    socket.push(null);
  });
  socket.destroy();
  await closed;
  return outcomes;
}

/** What a client with a certificate sends, from its hello to its last message. */
async function recorded(
  version: SecureVersion,
  { authority }: Certificates,
  { server, client }: Readonly<Record<'server' | 'client', IssuedCertificate>>,
): Promise<Buffer> {
  const [ca, own, others] = [authority, client.keystore, server.keystore].map((path) => readFileSync(path, 'utf8'));
  if (ca === undefined || own === undefined || others === undefined) throw new Error('no files');
  const inner = createTlsServer({ key: others, cert: others, ca, requestCert: true }, (socket) => socket.end('done'));
  const sent: Buffer[] = [];
  const outer = createServer((socket) => {
    const on = connect((inner.address() as AddressInfo).port, '127.0.0.1');
    socket.on('data', (bytes: Buffer) => void sent.push(bytes));
    socket.pipe(on).pipe(socket);
  });
  const ports = await Promise.all([inner, outer].map(listening));
  const options = { host: '127.0.0.1', ca, key: own, cert: own, minVersion: version, maxVersion: version };
  const socket = connectTls({ port: ports[1], servername: 'localhost', ...options });
  socket.resume();
  await once(socket, 'end');
  socket.destroy();
  for (const each of [inner, outer]) each.close();
  return Buffer.concat(sent);
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
