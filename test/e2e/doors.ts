/** Listeners that ask who comes, rights and quotas: what a gateway is started with to have them, and clients that are let in, sent away, denied and kept waiting. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import * as quotas from '../../src/protocol/generated/alter-client-quotas';
import { createGetTelemetrySubscriptionsRequest } from '../../src/protocol/generated/get-telemetry-subscriptions';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import { createPushTelemetryRequest } from '../../src/protocol/generated/push-telemetry';
import { ZERO_TOPIC_ID } from '../../src/types';
import { createAcls } from '../acl/acl-client';
import { ALTER_CLIENT_QUOTAS } from '../kafka-answers/codecs';
import { makeCertificates } from '../support/certificates';
import { metricsData, PUSH, SUBSCRIPTIONS } from '../support/client-telemetry';
import { KafkaClient, METADATA, PRODUCE, produceRequest } from '../support/kafka-client';
import { signInByScram, usersFileText } from '../support/sasl-client';
import { batchOf, createTopic, get, samples } from './support';

const ALICE = { name: 'alice', password: 'a password', mechanism: 'SCRAM-SHA-256' } as const;
/** Nobody may write to it. */
const FORBIDDEN = 'forbidden';
/** Of everybody else; what comes there disturbs no reader. */
const ALLOWED = 'allowed';
const GREEDY = 'greedy';
const BYTES_PER_SECOND = 1_000;
/** Measured over two seconds, so that who is over it waits for about one. */
const GREEDY_BYTES = 3_000;

export class Doors {
  /** The first listener is open to all; of the one that speaks TLS a single client is served at a time. */
  readonly flags: readonly string[];
  readonly #certificates = makeCertificates();
  #ports: readonly number[] = [];
  #console = '';

  static async make(): Promise<Doors> {
    return new Doors(await usersFileText([ALICE]));
  }

  private constructor(users: string) {
    const { keystore } = this.#certificates.issue('server', '/CN=localhost');
    const usersFile = join(this.#certificates.directory, 'users.yaml');
    writeFileSync(usersFile, users);
    chmodSync(usersFile, 0o600);
    const listeners = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL'].map((name) => `${name}://127.0.0.1:0`);
    this.flags = [
      ...['--listen', listeners.join(','), '--listener-name', 'ssl.max.connections=1'],
      ...['--ssl-keystore-location', keystore, '--sasl-users-file', usersFile],
      ...['--authorizer-class-name', 'standard', '--authorizer-allow-everyone-if-no-acl-found', 'true'],
      ...['--quota-window-num', '2'],
    ];
  }

  /** Of the gateway that was started with the flags; sets what is stored of rights and quotas. */
  async stand(gateway: { readonly bootstrap: string; readonly console: string }): Promise<void> {
    this.#ports = gateway.bootstrap.split(',').map((address) => Number(address.split(':')[1]));
    this.#console = gateway.console;
    const admin = await this.#client('admin');
    for (const topic of [FORBIDDEN, ALLOWED]) expect(await createTopic(admin, topic, {})).toBe(ErrorCode.NONE);
    const topic = { resourceType: 'TOPIC', resourceName: FORBIDDEN, patternType: 'LITERAL' } as const;
    await createAcls(admin, [{ ...topic, principal: 'User:*', host: '*', operation: 'WRITE', permission: 'DENY' }]);
    const entity = [quotas.createEntityData({ entityType: 'client-id', entityName: GREEDY })];
    const ops = [quotas.createOpData({ key: 'producer_byte_rate', value: BYTES_PER_SECOND })];
    const entries = [quotas.createEntryData({ entity, ops })];
    const { entries: set } = await admin.call(ALTER_CLIENT_QUOTAS, quotas.createAlterClientQuotasRequest({ entries }));
    expect(set).toMatchObject([{ errorCode: ErrorCode.NONE }]);
    await admin.close();
  }

  /** One client of each kind. */
  async visited(): Promise<void> {
    await Promise.all([this.#signIn(), this.#deny(), this.#throttle(), this.#keepWaiting(), this.#tell()]);
  }

  remove(): void {
    this.#certificates.remove();
  }

  #client(clientId: string, listener = 0, tls?: object): Promise<KafkaClient> {
    return KafkaClient.connect(this.#ports[listener] ?? 0, clientId, tls);
  }

  async #signIn(): Promise<void> {
    for (const [password, errorCode] of [
      ['not hers', ErrorCode.SASL_AUTHENTICATION_FAILED],
      [ALICE.password, ErrorCode.NONE],
    ] as const) {
      const client = await this.#client('alice', 1);
      const { answer } = await signInByScram(client, { ...ALICE, user: ALICE.name, password });
      expect(answer.errorCode).toBe(errorCode);
      await client.close();
    }
  }

  async #deny(): Promise<void> {
    const client = await this.#client('intruder');
    const { errorCode } = await client.produce(FORBIDDEN, batchOf('not for you'));
    expect(errorCode).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
    await client.close();
  }

  async #throttle(): Promise<void> {
    const client = await this.#client(GREEDY);
    const request = produceRequest(ALLOWED, batchOf(Buffer.alloc(GREEDY_BYTES)));
    expect((await client.call(PRODUCE, request, 12)).throttleTimeMs).toBeGreaterThan(0);
    // Read once the throttle is over.
    await client.call(METADATA, createMetadataRequest({ topics: [] }));
    await client.close();
  }

  async #keepWaiting(): Promise<void> {
    const tls = { ca: readFileSync(this.#certificates.authority) };
    const delayed = async (): Promise<number> =>
      [...samples((await get(`${this.#console}/metrics`)).text, 'seaglass_connections_delayed_total').values()].reduce(
        (all, count) => all + count,
        0,
      );
    const before = await delayed();
    const first = await this.#client('first', 2, tls);
    const second = this.#client('second', 2, tls);
    while ((await delayed()) === before);
    await first.close();
    await (await second).close();
  }

  async #tell(): Promise<void> {
    const client = await this.#client('orders-service');
    const ask = createGetTelemetrySubscriptionsRequest({ clientInstanceId: ZERO_TOPIC_ID });
    const { clientInstanceId, subscriptionId } = await client.call(SUBSCRIPTIONS, ask);
    const metrics = metricsData([{ name: 'org.apache.kafka.producer.node.request.latency.avg', value: 4 }]);
    const push = createPushTelemetryRequest({ clientInstanceId, subscriptionId, metrics });
    expect((await client.call(PUSH, push)).errorCode).toBe(ErrorCode.NONE);
    await client.close();
  }
}
