/**
 * Goal: an idempotent producer that writes through kills of the gateway has each record stored once, and none that was acked is lost.
 * Method: librdkafka at full speed; whenever it has been acked some thousands more, the gateway is killed and another takes its place.
 */
import { join } from 'node:path';
import { startChild } from '../support/child';
import { describeOnEngines } from './engines';
import { python, pythonNeed } from './python';
import { LONG } from '../support/long';

const KILLS = LONG ? 10 : 3;
const PARTITIONS = 3;
const ACKS_BETWEEN = 3_000;
const ACK_DEADLINE_MS = 120_000;

describeOnEngines('an idempotent librdkafka', [pythonNeed('confluent-kafka', 'confluent_kafka')], (engine) => {
  test('writes through kills of the gateway without a record twice or lost', async () => {
    const { bootstrap } = engine;
    const script = join(__dirname, 'python', 'idempotent_writer.py');
    const parameters = [script, bootstrap, 'restarts', String(PARTITIONS), String(ACKS_BETWEEN)];
    const writer = startChild(python, parameters, { directory: __dirname, input: true });
    try {
      for (let kill = 1; kill <= KILLS; kill += 1) {
        await writer.printed(new RegExp(`^acked ${kill * ACKS_BETWEEN}$`, 'm'), ACK_DEADLINE_MS);
        await engine.killAndRestartGateway();
      }
      await writer.printed(new RegExp(`^acked ${(KILLS + 1) * ACKS_BETWEEN}$`, 'm'), ACK_DEADLINE_MS);
      writer.write('stop\n');
      const [line] = await writer.printed(/^sent .*$/m, ACK_DEADLINE_MS);
      const found = /sent (?<sent>\d+) acked (?<acked>\d+) (?<rest>.*)$/.exec(line)?.groups;
      process.stdout.write(`${engine.kind}: ${KILLS} kills, ${line}\n`);
      expect(found?.['acked']).toBe(found?.['sent']);
      expect(found?.['rest']).toBe(`failed 0 read ${found?.['sent']} repeated 0 missing 0 disordered 0`);
    } finally {
      await writer.kill();
    }
  }, 400_000);
});
