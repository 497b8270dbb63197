/**
 * Goal: what a broker of a real SeaweedFS had acked, not written, and took with it when it was killed is told as lost with its offsets, and no
 * other record is. Method: records a few a second, so that the broker notes how far it gave offsets before it writes what they hold; raw Kafka
 * requests; then everything is read.
 */
import { ErrorCode } from '../../src/protocol/error-code';
import { describeWithWeed, startWeed, type Weed } from '../support/weed';
import { startTold } from './incidents';
import { pause, readAll } from './load';
import { batchOf } from './support';

/** Long enough that none comes between those below. */
const FLUSH_SECONDS = 8;
const ACKED_MS = 4_000;
const GAP_MS = 200;
const BACK_MS_MAX = 90_000;
const TOPIC = 'orders';

describeWithWeed('a broker that is killed', () => {
  let weed: Weed;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    weed = await startWeed({ flushSeconds: FLUSH_SECONDS });
  }, 180_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await weed.stop();
  }, 60_000);

  test('what it had acked and not written is told as lost, and is what is missing', async () => {
    const flags = { engine: 'seaweedmq', brokers: weed.broker.address, masters: weed.master, filer: weed.filer };
    const { gateway, told } = await startTold(flags, { topic: TOPIC, closing });
    const client = await gateway.client('shop');
    const acked = new Map<number, string>();
    const produce = async (): Promise<boolean> => {
      const value = `v${String(acked.size)}`;
      const { errorCode, baseOffset } = await client.produce(TOPIC, batchOf(value));
      if (errorCode === ErrorCode.NONE) acked.set(Number(baseOffset), value);
      return errorCode === ErrorCode.NONE;
    };
    while (!(await produce())) await pause(GAP_MS);
    await weed.flushed(TOPIC, [0]);
    for (const begun = performance.now(); performance.now() - begun < ACKED_MS; await pause(GAP_MS)) await produce();
    const last = Math.max(...acked.keys());
    const before = new Map(acked);

    await weed.broker.process.kill();
    await weed.broker.restart();
    const begun = performance.now();
    while (!(await produce()) && performance.now() - begun < BACK_MS_MAX) await pause(GAP_MS);
    const lost = await told.saying('engine_lost_records', / are lost/);
    // However it was found out.
    expect([lost.target, told.sentences('engine_lost_records')]).toEqual([`${TOPIC}-0`, [lost.sentence]]);
    process.stdout.write(
      `told ${Math.round(performance.now() - begun)} ms after the broker was back: ${lost.sentence}\n`,
    );
    const [, from = '', to = ''] = /orders-0@(\d+) to (\d+) are lost/.exec(lost.sentence) ?? [];
    // On a busy machine the broker may have written some of them.
    expect(Number(from)).toBeGreaterThan(0);
    expect(Number(from)).toBeLessThanOrEqual(last);
    expect(Number(to)).toBe(last);
    const found = await readAll(client, TOPIC);
    for (const [offset, value] of before)
      expect([offset, found.get(offset)]).toEqual([offset, offset < Number(from) ? value : undefined]);
  }, 240_000);
});
