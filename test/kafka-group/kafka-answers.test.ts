/**
 * The coordinator's answers beside Apache Kafka's. `kafka-answers.txt` is what Kafka 4.3.1 said to the script of group-script.ts; with
 * SEAGLASS_TEST_WRITE=1 and SEAGLASS_TEST_BROKER_JARS (a directory of the broker's jars) a broker is started and asked again.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startKafka } from '../bench/systems';
import { groupScript } from './group-script';
import { makeHome, startGatewayIn } from './running-gateway';

const RECORDED = join(__dirname, 'kafka-answers.txt');
const jars = process.env['SEAGLASS_TEST_BROKER_JARS'];
const portOf = (bootstrap: string): number => Number(bootstrap.split(':')[1]);

beforeAll(async () => {
  if (process.env['SEAGLASS_TEST_WRITE'] !== '1' || jars === undefined) return;
  const kafka = await startKafka(join(jars, '*'));
  try {
    writeFileSync(RECORDED, `${(await groupScript(portOf(kafka.bootstrap))).join('\n')}\n`);
  } finally {
    await kafka.stop();
  }
}, 180_000);

test('every request of the script is answered as Kafka answers it', async () => {
  const home = makeHome();
  const gateway = await startGatewayIn(home);
  try {
    expect(await groupScript(portOf(gateway.bootstrap))).toEqual(readFileSync(RECORDED, 'utf8').trimEnd().split('\n'));
  } finally {
    await gateway.stop();
    home.remove();
  }
}, 120_000);
