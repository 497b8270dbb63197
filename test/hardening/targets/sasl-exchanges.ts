/**
 * Whole exchanges of SASL as bytes of a connection: frames, the gate, the conversation and the mechanisms as they ship; handlers only say by
 * whom they were reached. A password costs one iteration here, so that many can be tried.
 */
import { systemClock } from '../../../src/clock';
import { apis } from '../../../src/kafka/api';
import { ClientGroups } from '../../../src/kafka/clients/client-groups';
import { ConnectedClient } from '../../../src/kafka/clients/connected-client';
import { ANONYMOUS, type ConnectionSession } from '../../../src/kafka/connection-session';
import { createMechanisms } from '../../../src/kafka/sasl/create-mechanisms';
import { DEFAULT_SASL_SETTINGS } from '../../../src/kafka/sasl/sasl-settings';
import { credentialOf } from '../../../src/kafka/users/scram-credential';
import { Users } from '../../../src/kafka/users/users';
import { FrameSplitter } from '../../../src/protocol/frame';
import { createApiVersionsRequest } from '../../../src/protocol/generated/api-versions';
import { createMetadataRequest } from '../../../src/protocol/generated/metadata';
import { ProtocolError } from '../../../src/protocol/protocol-error';
import { type Random, systemRandom } from '../../../src/random';
import { ConnectionEnd } from '../../../src/server/close-cause';
import { decodedApis } from '../../../src/server/decoded-api';
import { Dispatcher } from '../../../src/server/dispatch';
import { RefusedVersions } from '../../../src/server/refused-versions';
import { SaslDoor } from '../../../src/server/sasl/sasl-door';
import type { ServedApi } from '../../../src/server/served-api';
import { startTestGateway } from '../../support/gateway';
import { type Codec, encodeRequest, METADATA } from '../../support/kafka-client';
import { API_VERSIONS, AUTHENTICATE, HANDSHAKE, plainToken, ScramClient } from '../../support/sasl-client';
import type { FuzzTarget } from './fuzz-target';

const ALICE = 'alice';
const PASSWORD = 'alice-secret';
const MECHANISM = 'SCRAM-SHA-256';
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const LISTENER = { name: 'SASL', protocol: 'SASL_PLAINTEXT', advertisedHost: 'h', advertisedPort: 1 } as const;
/** The server's nonce is always the same here: a recorded exchange can be played again, and must not be outside of tests. */
const SAME: Random = { ...systemRandom, bytes: (count) => Buffer.alloc(count, 7) };
/** Waits are over at once. */
const HASTY = {
  ...systemClock,
  after: (_: number, action: () => void) => {
    const handle = setImmediate(action);
    return { cancel: () => clearImmediate(handle) };
  },
};

export interface SaslTarget {
  readonly target: FuzzTarget;
  close(): Promise<void>;
}

export async function saslTarget(): Promise<SaslTarget> {
  const gateway = await startTestGateway();
  const { telemetry, services } = gateway;
  const credential = await credentialOf(MECHANISM, Buffer.from(PASSWORD), { iterations: 1, random: SAME });
  const users = new Users([{ isLoaded: true, users: new Map([[ALICE, { [MECHANISM]: credential }]]) }], () => SECRET);
  const settings = { ...DEFAULT_SASL_SETTINGS, enabledMechanisms: MECHANISMS };
  const mechanisms = createMechanisms(MECHANISMS, { users, random: SAME });
  const door = new SaslDoor({ settings, mechanismsOf: () => mechanisms, clock: HASTY, telemetry });
  const served = decodedApis(apis, services).map((api) => (OPEN.has(api.facts.key) ? api : reachedBy(api)));
  const dispatcher = new Dispatcher(served, {
    ...{ operations: telemetry.operations, clock: HASTY, refusedVersions: new RefusedVersions(HASTY) },
  });

  /** By whom it was signed in at last. */
  const play = async (bytes: Uint8Array): Promise<string> => {
    const session = sessionOf();
    const conversation = door.conversation(session, ({ principal }) => (session.principal = principal));
    session.sasl = { conversation, mechanisms: door.mechanisms(LISTENER.name) };
    const gate = door.gate(conversation, dispatcher);
    const caller = { session, signal: NEVER, stopping: NEVER };
    try {
      for (const frame of new FrameSplitter(settings.serverMaxReceiveBytes).push(bytes)) {
        gate.overlapKey(frame);
        gate.shownBytes(frame);
        const exchange = gate.begin(frame, caller, undefined);
        await exchange.answer;
        exchange.end('written');
        if (exchange.closes !== undefined) break;
      }
      gate.closed('client', 'it left');
    } catch (error) {
      if (!(error instanceof ProtocolError) && !(error instanceof ConnectionEnd)) throw error;
      gate.closed('protocol_error', error.message);
    }
    session.client.gone();
    return session.principal;
  };

  const right = await rightExchanges(mechanisms);
  for (const bytes of right.signedIn) if ((await play(bytes)) !== ALICE) throw new Error('alice is not let in');
  const target: FuzzTarget = {
    name: 'SASL, exchanges',
    corpus: [...right.signedIn, ...right.refused],
    weight: 8,
    async take(bytes) {
      const principal = await play(bytes);
      const proven = right.proofs.some((proof) => Buffer.from(bytes).includes(proof));
      if (principal !== ANONYMOUS && (principal !== ALICE || !proven)) throw new Error(`it let in ${principal}`);
    },
  };
  return { target, close: () => gateway.close() };
}

const SECRET = Buffer.alloc(32, 9);
const NEVER = new AbortController().signal;
const OPEN: ReadonlySet<number> = new Set([HANDSHAKE, AUTHENTICATE, API_VERSIONS].map(({ facts }) => facts.key));

/** Does nothing but look who asks. */
const reachedBy = (api: ServedApi): ServedApi => ({
  ...api,
  serve: (_, { session }) => {
    if (session.principal !== ALICE) throw new Error(`${api.facts.name} was reached by ${session.principal}`);
    return Promise.resolve(undefined);
  },
});

type Changing<T> = { -readonly [Key in keyof T]: T[Key] };

function sessionOf(): Changing<ConnectionSession> {
  const client = new ConnectedClient({ address: '127.0.0.1', port: 1, listener: LISTENER }, new ClientGroups());
  const place = { connectionId: 'c', clientAddress: '127.0.0.1', clientPort: 1, listener: LISTENER };
  return { ...place, principal: ANONYMOUS, client, sasl: undefined };
}

/** What a client sends that is let in, what one sends that is not, and without which of its parts nobody is. */
async function rightExchanges(mechanisms: ReturnType<typeof createMechanisms>) {
  const scram = new ScramClient({ mechanism: MECHANISM, user: ALICE, password: PASSWORD });
  const challenge = await mechanisms.get(MECHANISM)?.().step(scram.first);
  if (challenge === undefined) throw new Error('no challenge');
  const last = scram.last(challenge.challenge);
  const [, proof = ''] = /,p=(.*)$/.exec(last.toString()) ?? [];
  const plain = plainToken(ALICE, PASSWORD);
  const versions = frame(API_VERSIONS, createApiVersionsRequest({ clientSoftwareName: 'fuzz' }), 3);
  const metadata = frame(METADATA, createMetadataRequest(), 12);
  const byPlain = [frame(HANDSHAKE, { mechanism: 'PLAIN' }, 1), frame(AUTHENTICATE, { authBytes: plain }, 2), metadata];
  const byScram = (version: number): readonly Buffer[] => [
    frame(HANDSHAKE, { mechanism: MECHANISM }, 1),
    ...[scram.first, last].map((authBytes) => frame(AUTHENTICATE, { authBytes }, version)),
  ];
  const older = [frame(HANDSHAKE, { mechanism: MECHANISM }, 0), bare(scram.first), bare(last), metadata];
  const guess = frame(AUTHENTICATE, { authBytes: plainToken('bob', 'a guess', ALICE) }, 1);
  return {
    signedIn: [
      [versions, ...byScram(2), metadata, ...byScram(1)],
      [...byScram(0), metadata],
      older,
      byPlain,
      [versions, ...byPlain, frame(HANDSHAKE, { mechanism: 'PLAIN' }, 1), guess],
    ].map((frames) => Buffer.concat(frames)),
    refused: [
      [frame(HANDSHAKE, { mechanism: 'PLAIN' }, 1), guess],
      [versions, metadata],
      [frame(HANDSHAKE, { mechanism: 'GSSAPI' }, 1)],
    ].map((frames) => Buffer.concat(frames)),
    // The last character of base64 may have other bits that count for nothing.
    proofs: [Buffer.from(proof.slice(0, -2)), plain],
  };
}

const frame = <Request>(codec: Codec<Request, unknown>, request: Request, version: number): Buffer =>
  Buffer.concat(encodeRequest(codec, request, { version, correlationId: 1, clientId: 'fuzz' }));

function bare(token: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(token.byteLength);
  return Buffer.concat([length, token]);
}
