/**
 * Goal: the embedded node answers as Apache Kafka does. Method: one script of requests over the wire, in all versions; what Kafka 4.3.1
 * answered is recorded in answers.txt, and compared field by field. To record it again, which fetches and starts that broker:
 * SEAGLASS_TEST_WRITE=1 npx jest test/kafka-answers
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaClassPath } from '../bench/jars';
import { startKafka } from '../bench/systems';
import { startWholeGateway } from '../e2e/support';
import { makeHome } from '../kafka-group/running-gateway';
import * as codecs from './codecs';
import { differencesOf, nameOf } from './differences';
import { KNOWN_DIFFERENCES, matches } from './known-differences';
import { readExchanges, writeExchanges } from './recorded';
import type { Exchange } from './script';
import { wholeScript } from './whole-script';

const RECORDED = join(__dirname, 'answers.txt');

let kafka: readonly Exchange[] = [];
let here: readonly Exchange[] = [];

beforeAll(async () => {
  if (process.env['SEAGLASS_TEST_WRITE'] === '1') await record();
  kafka = readExchanges(readFileSync(RECORDED, 'utf8'));
  here = await askGateway();
}, 300_000);

async function record(): Promise<void> {
  const broker = await startKafka(await kafkaClassPath(join(__dirname, '..', '..')));
  try {
    writeFileSync(RECORDED, writeExchanges(await wholeScript(Number(broker.bootstrap.split(':')[1]))));
  } finally {
    await broker.stop();
  }
}

async function askGateway(): Promise<readonly Exchange[]> {
  const home = makeHome();
  const gateway = await startWholeGateway({ flags: { data: home.dataDirectory } });
  try {
    return await wholeScript(gateway.port);
  } finally {
    await gateway.close();
    home.remove();
  }
}

test('what was recorded is the answers to this script', () => {
  expect(kafka.map(nameOf)).toEqual(here.map(nameOf));
});

test('every version that the APIs have is asked for', () => {
  for (const { facts } of Object.values(codecs)) {
    const versions = new Set(here.filter(({ api }) => api === facts.name).map(({ version }) => version));
    const { min, max } = facts.requestVersions;
    expect([facts.name, [...versions].sort((one, other) => one - other)]).toEqual([
      facts.name,
      Array.from({ length: max - min + 1 }, (_, index) => min + index),
    ]);
  }
});

const differences = () =>
  kafka.flatMap((theirs, index) => {
    const ours = here[index];
    return ours === undefined ? [] : differencesOf(theirs, ours);
  });

test('every request is answered as Kafka answers it, but for known differences', () => {
  const unknown = differences().filter((difference) => !KNOWN_DIFFERENCES.some((known) => matches(known, difference)));
  expect(unknown).toEqual([]);
});

test('every known difference is one', () => {
  const all = differences();
  expect(KNOWN_DIFFERENCES.filter((known) => !all.some((difference) => matches(known, difference)))).toEqual([]);
});
