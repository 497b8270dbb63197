/**
 * Goal: a gateway has several listeners, and the clients of each are sent to its own address; an API may be served raw, its frame in and
 * its answer out. Method: Kafka requests over a socket of each listener.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { createMetadataRequest, metadataApi } from '../../src/protocol/generated/metadata';
import * as describeClusterCodec from '../../src/protocol/generated/describe-cluster';
import * as findCoordinatorCodec from '../../src/protocol/generated/find-coordinator';
import { responseFrame } from '../../src/protocol/header';
import { Reader } from '../../src/protocol/reader';
import { DEFAULT_LIMITS } from '../../src/limits';
import { Listeners } from '../../src/server/listeners';
import type { ServedApi } from '../../src/server/served-api';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { startWholeGateway } from '../e2e/support';
import { ON_LOOPBACK } from '../support/gateway';
import { KafkaClient, METADATA, type Codec } from '../support/kafka-client';
import { readResponseHeader } from '../../src/protocol/client-headers';
import { expectEnd } from '../support/client-headers';

const DESCRIBE_CLUSTER: Codec<
  describeClusterCodec.DescribeClusterRequest,
  describeClusterCodec.DescribeClusterResponse
> = {
  facts: describeClusterCodec.describeClusterApi,
  write: describeClusterCodec.writeDescribeClusterRequest,
  read: describeClusterCodec.readDescribeClusterResponse,
};
const FIND_COORDINATOR: Codec<
  findCoordinatorCodec.FindCoordinatorRequest,
  findCoordinatorCodec.FindCoordinatorResponse
> = {
  facts: findCoordinatorCodec.findCoordinatorApi,
  write: findCoordinatorCodec.writeFindCoordinatorRequest,
  read: findCoordinatorCodec.readFindCoordinatorResponse,
};

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Every address that the answers to one client name. */
async function toldBy(port: number): Promise<readonly string[]> {
  const client = await KafkaClient.connect(port, 'listeners');
  closing.push(() => client.close());
  const metadata = await client.call(METADATA, createMetadataRequest({ topics: [] }));
  const cluster = await client.call(DESCRIBE_CLUSTER, describeClusterCodec.createDescribeClusterRequest({}));
  const coordinator = await client.call(
    FIND_COORDINATOR,
    findCoordinatorCodec.createFindCoordinatorRequest({ coordinatorKeys: ['group'] }),
  );
  return [...metadata.brokers, ...cluster.brokers, ...coordinator.coordinators].map(
    ({ host, port }) => `${host}:${port}`,
  );
}

test('Metadata, DescribeCluster and FindCoordinator name the address of the listener that was asked', async () => {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-listeners-'));
  closing.push(() => rmSync(data, { recursive: true, force: true }));
  const listen = 'INTERNAL://127.0.0.1:0,EXTERNAL://127.0.0.1:0';
  const gateway = await startWholeGateway({ flags: { data, listen, advertised: 'EXTERNAL://kafka.example.org:4711' } });
  closing.push(() => gateway.close());
  const [internal = 0, external = 0] = gateway.ports;
  expect(await toldBy(internal)).toEqual(Array(3).fill(`127.0.0.1:${internal}`));
  expect(await toldBy(external)).toEqual(Array(3).fill('kafka.example.org:4711'));
});

test('an API that is served raw is given the bytes behind the header, and its chunks are the answer', async () => {
  const telemetry = createTelemetry();
  closing.push(() => telemetry.close());
  const listeners = new Listeners({ limits: DEFAULT_LIMITS, clock: systemClock, telemetry });
  closing.push(() => listeners.close());
  const { port } = await listeners.bind(ON_LOOPBACK);
  let seen = -1;
  const raw: ServedApi = {
    facts: metadataApi,
    overlaps: false,
    async serve(body, run) {
      seen = body.remaining;
      return responseFrame(run.header).finishFrame();
    },
  };
  listeners.serve([raw], systemClock);
  const client = await KafkaClient.connect(port, 'raw');
  closing.push(() => client.close());
  const correlationId = client.send(METADATA, createMetadataRequest({ topics: [] }));
  const answer = new Reader(await client.frame());
  const { key, requestVersions } = metadataApi;
  expect(readResponseHeader(answer, key, requestVersions.max)).toBe(correlationId);
  expectEnd(answer);
  expect(seen).toBeGreaterThan(0);
});
