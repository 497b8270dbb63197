/** The claims of exact-times.ts on the embedded node and on a scripted SeaweedMQ; and on the node that they outlive it. */
import { initCompression } from '../../src/protocol/compression/compression';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { createTopic } from '../e2e/support';
import { makeHome, startGatewayIn } from '../kafka-group/running-gateway';
import { KafkaClient } from '../support/kafka-client';
import { ENGINES, type RunningGateway } from './engines';
import { ANY_TIME, exactTimes, findTime, NANOSECONDS } from './exact-times';

describe.each(ENGINES)('times on %s', (_kind, start) => {
  let running: RunningGateway;
  beforeAll(async () => {
    running = await start();
  });
  afterAll(() => running.close());

  exactTimes({ port: () => running.gateway.port, runs: 40 });
});

test('nanoseconds are found after a start, from the indexes of segments that were read no more', async () => {
  await initCompression();
  const home = makeHome();
  const connect = (bootstrap: string): Promise<KafkaClient> => KafkaClient.connect(Number(bootstrap.split(':')[1]));
  const first = await startGatewayIn(home);
  const before = await connect(first.bootstrap);
  // A batch whose time is later than the first one's by more than this begins a segment.
  expect(await createTopic(before, 'ns', { ...ANY_TIME, 'segment.ms': '1' })).toBe(ErrorCode.NONE);
  const [earliest = 0n] = NANOSECONDS;
  const times = Array.from({ length: 5 }, (_, index) => earliest + BigInt(2 * index));
  for (const timestamp of times) {
    const produced = await before.produce('ns', encodeBatch([{ timestamp, key: null, value: null }]));
    expect(produced.errorCode).toBe(ErrorCode.NONE);
  }
  await before.close();
  await first.stop();
  const second = await startGatewayIn(home);
  const client = await connect(second.bootstrap);
  for (const [offset, time] of times.entries()) {
    expect(await findTime(client, 'ns', time)).toEqual([offset, time]);
    expect(await findTime(client, 'ns', time - 1n)).toEqual([offset, time]);
  }
  expect(await findTime(client, 'ns', earliest + 9n)).toEqual([-1, -1]);
  await client.close();
  await second.stop();
  home.remove();
}, 180_000);
