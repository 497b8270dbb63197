/**
 * Goal: over a real SeaweedFS a whole gateway answers as over any engine, and its broker stopped, killed and restarted costs requests
 * their own wait and two seconds. Method: raw Kafka requests; figures are printed.
 */
import { describeWithWeed, startWeed, type Weed } from '../support/weed';
import { expectSlowest, Load, pause, readAll } from './load';
import { replay } from './replay';
import { awaitTopic, get, startWholeGateway, type WholeGateway } from './support';
import { LONG } from '../support/long';

const FLUSH_SECONDS = 2;

describeWithWeed('a whole gateway on SeaweedFS', () => {
  let weed: Weed;
  let gateway: WholeGateway;
  beforeAll(async () => {
    weed = await startWeed({ flushSeconds: FLUSH_SECONDS });
    const flags = { engine: 'seaweedmq', brokers: weed.broker.address, masters: weed.master, filer: weed.filer };
    gateway = await startWholeGateway({ flags });
  }, 180_000);
  afterAll(async () => {
    await gateway.close();
    await weed.stop();
  }, 180_000);

  replay('SeaweedFS', { gateway: () => gateway, wakeMsMax: 20 });

  test('a broker that is stopped for some seconds, then killed and restarted', async () => {
    const admin = await gateway.client('admin');
    const topic = 'orders';
    await awaitTopic(admin, topic);
    const clients = {
      fetch: await gateway.client(),
      produce: await gateway.client(),
      metadata: await gateway.client(),
    };
    const load = new Load(topic, clients);
    await load.recovered();
    await pause(1_000);

    weed.broker.process.signal('SIGSTOP');
    await pause(4_000);
    const unready = await get(`${gateway.console}/readyz`);
    await pause(LONG ? 16_000 : 4_000);
    weed.broker.process.signal('SIGCONT');
    const afterStop = await load.recovered();
    // An ack means the broker's memory: what a kill must not lose is flushed first.
    await load.stop();
    const kept = new Map(load.acked);
    await weed.flushed(topic, [Math.max(...kept.keys())]);

    await weed.broker.process.kill();
    const after = new Load(topic, clients);
    await pause(2_000);
    await weed.broker.restart();
    const afterKill = await after.recovered();
    await after.stop();
    process.stdout.write(
      `broker stopped and killed: past their own wait ${JSON.stringify([load.slowest, after.slowest])}; ` +
        `served ${afterStop} ms after SIGCONT, ${afterKill} ms after the restart; ` +
        `unready said: ${unready.text.trim()}; ${JSON.stringify([...load.failures, ...after.failures])}\n`,
    );
    expect([unready.status, load.wrong, after.wrong]).toEqual([503, [], []]);
    // A broker that is loaded anew uses offsets up for records that it refuses (`src/decisions/seaweedmq-flushed-files-before-fetchmessage.md`): none of those acked.
    const lost = [load, after].flatMap(({ skipped, acked }) => skipped.filter((offset) => acked.has(offset)));
    expect(lost).toEqual([]);
    for (const { slowest } of [load, after]) {
      expectSlowest(slowest);
    }
    const found = await readAll(admin, topic);
    for (const [offset, value] of kept) expect([offset, found.get(offset)]).toEqual([offset, value]);
  }, 240_000);
});
