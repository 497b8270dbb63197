/**
 * Goal: what clients sign in with is in nothing that leaves: lines, spans, recordings. Method: passwords and tokens with a secret in them,
 * right and wrong, framed and bare, on a SASL and on a plain listener; everything kept is searched.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCanary } from '../support/canary';
import { ON_LOOPBACK, startTestGateway } from '../support/gateway';
import { KafkaClient } from '../support/kafka-client';
import { MemorySink } from '../support/memory-sink';
import { authenticate, bareToken, handshake, plainToken, signInByPlain, usersFileText } from '../support/sasl-client';

test('no password and no token is in lines, spans or recordings', async () => {
  const canary = makeCanary('sasl');
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-sasl-canary-'));
  const usersFile = join(directory, 'users.yaml');
  writeFileSync(usersFile, await usersFileText([{ name: 'a', password: canary.text, mechanism: 'SCRAM-SHA-256' }]));
  const lines: unknown[] = [];
  const sink = new MemorySink();
  const gateway = await startTestGateway({
    usersFile,
    sasl: { enabledMechanisms: ['PLAIN'], failedAuthenticationDelayMs: 1 },
    telemetry: { sink, log: { enabled: () => true, write: (...line) => void lines.push(line) } },
  });
  const clients: KafkaClient[] = [];
  try {
    const { port } = await gateway.listeners.bind({ ...ON_LOOPBACK, name: 'SASL', protocol: 'SASL_PLAINTEXT' });
    const connect = async (to = port): Promise<KafkaClient> => {
      const client = await KafkaClient.connect(to);
      clients.push(client);
      return client;
    };
    const right = await connect();
    expect((await signInByPlain(right, 'a', canary.text)).errorCode).toBe(0);
    const bare = await connect();
    await handshake(bare, 'PLAIN', 0);
    await bareToken(bare, plainToken('a', canary.text));
    const plain = await connect(gateway.port);
    await authenticate(plain, plainToken('a', canary.text));
    const frames = clients.flatMap(({ socket }) => {
      const recorded = gateway.recorder.live(socket.localAddress ?? '', socket.localPort ?? 0) ?? [];
      return recorded.map(({ head }) => Buffer.from(head));
    });
    expect(frames.length).toBeGreaterThanOrEqual(8);
    await signInByPlain(await connect(), 'b', canary.text);
    await signInByPlain(await connect(), 'a', `${canary.text} wrong`);
    const places = {
      lines: JSON.stringify(lines),
      spans: JSON.stringify(sink, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      recordings: Buffer.concat(frames),
    };
    expect(places.lines).toContain('sasl.failed');
    expect(canary.found(places)).toEqual([]);
  } finally {
    for (const client of clients) await client.close();
    await gateway.close();
    rmSync(directory, { recursive: true, force: true });
  }
}, 60_000);
