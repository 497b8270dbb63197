/**
 * Goal: a SeaweedFS whose disk is full goes on acking out of its broker's memory; that is told while it lasts, in log, metric and page of incidents, and
 * that it is over once there is room and all that was acked is stored. Method: a real SeaweedFS whose volumes are on a tmpfs of their own, a
 * whole gateway under a producer.
 */
import { randomBytes } from 'node:crypto';
import { ErrorCode } from '../../src/protocol/error-code';
import { canMount } from '../support/own-disk';
import { describeWhere } from '../support/outside-program';
import { describeWithWeed, startWeed } from '../support/weed';
import { startTold } from './incidents';
import { pause } from './load';
import { batchOf, get } from './support';

const TOPIC = 'orders';
const MIB = 32;
/** The filer compresses, so the values are of no pattern; one is more than a volume's file has left of its last page. */
const VALUE_BYTES = 20_000;
const WRITE_MS = 200;
const STORED_BEFORE = 10;
const closing: (() => unknown)[] = [];

afterAll(async () => {
  for (const close of closing.reverse()) await close();
}, 60_000);

describeWhere(canMount(), 'this machine does not let a process mount a tmpfs of its own')('on a small disk', () => {
  describeWithWeed('SeaweedFS', () => {
    test('that is full is told as a broker that does not write what it acks, until there is room', async () => {
      const weed = await startWeed({ filerApart: true, volumesMib: MIB });
      closing.push(() => weed.stop());
      const { broker, filer, disk } = weed;
      const engine = { engine: 'seaweedmq', brokers: broker.address, filer };
      const { gateway, told } = await startTold(engine, { topic: TOPIC, closing });
      const client = await gateway.client('billing');
      let acked = 0;
      const write = async (): Promise<number> => {
        const { errorCode } = await client.produce(TOPIC, batchOf(randomBytes(VALUE_BYTES)));
        if (errorCode === ErrorCode.NONE) acked += 1;
        return errorCode;
      };
      // A cluster that has just begun may refuse the first.
      while (acked < STORED_BEFORE) await write();
      await weed.flushed(TOPIC, [acked - 1]);

      await disk?.fill();
      const full = new AbortController();
      const writing = (async () => {
        for (; !full.signal.aborted; await pause(WRITE_MS)) expect(await write()).toBe(ErrorCode.NONE);
      })();
      const opened = await told.opened('engine_not_flushing', broker.address);
      const [, upTo, stored] =
        /orders-0 is acked up to offset (\d+) and stored up to (\d+), for [\d.]+ s/.exec(opened.evidence) ?? [];
      expect(Number(stored)).toBe(STORED_BEFORE - 1);
      expect(Number(upTo)).toBeGreaterThan(STORED_BEFORE + 20);
      expect(Number(upTo)).toBeLessThanOrEqual(acked);
      expect(told.lines('engine.not_flushing.opened')).toMatchObject([
        { level: 'error', 'seaglass.incident.id': opened.id },
      ]);
      // Nobody's request fails.
      const ready = await get(`${gateway.console}/readyz`);
      expect([ready.status, ready.text.trim()]).toEqual([200, 'ready']);
      full.abort();
      await writing;

      await disk?.makeRoom();
      await weed.flushed(TOPIC, [acked - 1]);
      await told.ended('engine_not_flushing', broker.address);
      expect((await told.look()).current).toEqual([]);
      expect(told.sentences()).toHaveLength(1);
    }, 240_000);
  });
});
