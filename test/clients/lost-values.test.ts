/**
 * Goal: where a stored value is damaged, real consumers are told a retriable error: they are given neither a wrong value nor an empty one, and
 * go on by themselves with the true bytes once it is mended. Method: a gateway with its node; a bit of a segment file, flipped beneath it and put
 * back while it is stopped; confluent-kafka and Kafka's console consumer from the beginning. On a real SeaweedFS: damaged-values.weed.test.ts.
 */
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../e2e/load';
import { awaitTopic, batchOf, get, samples } from '../e2e/support';
import { startGatewayProcess } from '../support/gateway-process';
import { KafkaClient } from '../support/kafka-client';
import { describeWith } from './engines';
import { readerNeeds, startValueReaders } from './value-readers';

const TOPIC = 'ledger';
const RECORDS = 10;
const DAMAGED = 6;
const WAIT_MS_MAX = 60_000;
const valueAt = (offset: number): string => `value ${offset} `.repeat(40);

/** Flips a bit of the value in the segment file that has it; answers how to flip it back. */
function damage(dataDirectory: string): () => void {
  const flip = (file: string, at: number): void => {
    const target = openSync(file, 'r+');
    const [byte = 0] = readFileSync(file).subarray(at, at + 1);
    writeSync(target, Buffer.of(byte ^ 4), 0, 1, at);
    closeSync(target);
  };
  for (const name of readdirSync(dataDirectory, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.log')) continue;
    const file = join(dataDirectory, name);
    const at = readFileSync(file).indexOf(valueAt(DAMAGED));
    if (at < 0) continue;
    flip(file, at + 300);
    return () => flip(file, at + 300);
  }
  throw new Error('no segment has the value');
}

describeWith('a damaged value before real consumers', readerNeeds, () => {
  test('is a retriable error, and comes whole once it is mended', async () => {
    const before = await startGatewayProcess();
    const writer = await KafkaClient.connect(Number(before.bootstrap.split(':')[1]), 'billing');
    await awaitTopic(writer, TOPIC);
    for (let offset = 0; offset < RECORDS; offset += 1)
      expect((await writer.produce(TOPIC, batchOf(valueAt(offset)))).errorCode).toBe(0);
    await writer.close();
    await before.stop({ keepData: true });
    // Nothing of it is in the memory of this one.
    const { dataDirectory } = before;
    let gateway = await startGatewayProcess({ dataDirectory });
    const { bootstrap } = gateway;
    const refused = async (): Promise<number> => {
      const { text } = await get(`${gateway.console}/metrics`);
      return samples(text, 'seaglass_request_errors_total').get('api="Fetch",error="KAFKA_STORAGE_ERROR"') ?? 0;
    };
    const mend = damage(dataDirectory);
    const readers = startValueReaders(bootstrap, TOPIC, RECORDS);
    try {
      const lines = Array.from({ length: RECORDS }, (_, offset) => `${offset} ${valueAt(offset)}`);
      await Promise.all(readers.map((reader) => reader.givenAtLeast(DAMAGED)));
      // Both ask for it again and again, and neither takes it for the end.
      const [asked, untilMs] = [await refused(), performance.now() + WAIT_MS_MAX];
      while ((await refused()) < asked + 10 && performance.now() < untilMs) await pause(50);
      expect(await refused()).toBeGreaterThanOrEqual(asked + 10);
      for (const { name, given, child } of readers)
        expect([name, child.running, given()]).toEqual([name, true, lines.slice(0, DAMAGED)]);
      // As the runbook has it: the node is stopped, its file is restored.
      await gateway.stop({ keepData: true });
      mend();
      gateway = await startGatewayProcess({ dataDirectory, flags: ['--listen', bootstrap] });
      for (const { name, given, child } of readers) {
        await child.closed;
        expect([name, child.exitCode, given()]).toEqual([name, 0, lines]);
      }
    } finally {
      for (const { child } of readers) await child.kill();
      await gateway.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
    }
  }, 180_000);
});
