/**
 * Goal: Kafka Streams counts words at least once over the gateway: repartition and changelog topics of its own, counts that a
 * restart has from the changelog alone, none lost to kill -9. Method: java/StreamsWordCount.java, whose counts are only in memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigResourceTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import { type Child, startChild } from '../support/child';
import { describeOnEngines } from './engines';
import { compile, javaCommand, javaNeeds, streamsNeed } from './java';

const TIMEOUT_MS = 180_000;
const READY_MS = 60_000;
const APPLICATION = 'words';
const LINES = ['all streams lead to kafka', 'hello kafka streams', 'join kafka summit'];
const WORDS = { all: 1, streams: 2, lead: 1, to: 1, kafka: 3, hello: 1, join: 1, summit: 1 };

describeOnEngines(
  'a Kafka Streams word count',
  [...javaNeeds, streamsNeed],
  (engine) => {
    const directory = mkdtempSync(join(tmpdir(), 'seaglass-streams-'));
    let program: ReturnType<typeof compile> | undefined;
    beforeAll(() => {
      program = compile('StreamsWordCount', undefined, 'streams');
    }, TIMEOUT_MS);
    afterAll(() => {
      program?.remove();
      rmSync(directory, { recursive: true, force: true });
    });

    const kafka = (): Kafka => new Kafka({ brokers: [engine.bootstrap], logLevel: logLevel.NOTHING });

    async function startApplication(): Promise<Child> {
      const parameters = [...(program?.parameters ?? []), engine.bootstrap, APPLICATION, 'lines', 'counts', directory];
      const child = startChild(javaCommand, parameters, { directory, input: true });
      await child.printed(/^state RUNNING$/m);
      return child;
    }

    async function close(application: Child): Promise<void> {
      application.write('\n');
      await application.exited;
      expect(application.exitCode).toBe(0);
    }

    async function say(times: number): Promise<void> {
      const producer = kafka().producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      const messages = Array.from({ length: times }, () => LINES.map((value) => ({ value }))).flat();
      await producer.send({ topic: 'lines', messages });
      await producer.disconnect();
    }

    test(
      'counts are right, and right again after a restart and after kill -9',
      async () => {
        const admin = kafka().admin();
        await admin.connect();
        const topics = ['lines', 'counts'].map((topic) => ({ topic, numPartitions: 2 }));
        await admin.createTopics({ topics, waitForLeaders: true, timeout: 30_000 });
        const counts = await watchCounts(kafka());
        try {
          let application = await startApplication();
          await say(10);
          await counts.reach((word, count) => count === 10 * WORDS[word]);
          const names = await admin.listTopics();
          const changelog = `${APPLICATION}-counts-changelog`;
          expect(names).toEqual(expect.arrayContaining([changelog, `${APPLICATION}-words-repartition`]));
          const resources = [{ type: ConfigResourceTypes.TOPIC, name: changelog }];
          const described = await admin.describeConfigs({ resources, includeSynonyms: false });
          const policy = described.resources[0]?.configEntries.find(
            ({ configName }) => configName === 'cleanup.policy',
          );
          expect(policy?.configValue).toBe('compact');
          await close(application);

          application = await startApplication();
          const restored = await application.printed(/^restored (\d+)$/m);
          expect(Number(restored[1])).toBeGreaterThanOrEqual(Object.keys(WORDS).length);
          application.write('kafka\n');
          await application.printed(/^count kafka 30$/m);
          await say(5);
          await counts.reach((word, count) => count === 15 * WORDS[word]);
          await application.kill();

          application = await startApplication();
          await say(5);
          // At least once: what was counted but not committed when it was killed is counted again.
          await counts.reach((word, count) => count >= 20 * WORDS[word]);
          await close(application);
        } finally {
          await counts.close();
          await admin.disconnect();
        }
      },
      TIMEOUT_MS,
    );
  },
  ['--groups-session-timeout-ms-min', '1000'],
);

type Word = keyof typeof WORDS;

interface Counts {
  /** Resolves when the newest counts of all words are as `right` wants them. */
  reach(right: (word: Word, count: number) => boolean): Promise<void>;
  close(): Promise<void>;
}

async function watchCounts(kafka: Kafka): Promise<Counts> {
  const newest = new Map<string, number>();
  let look: () => void = () => undefined;
  const consumer = kafka.consumer({ groupId: 'counts', maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: ['counts'], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { key, value } }) => {
      newest.set(key?.toString() ?? '', Number(value?.readBigInt64BE()));
      look();
    },
  });
  const words = Object.keys(WORDS) as Word[];
  return {
    reach: (right) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`the counts were: ${JSON.stringify([...newest])}`)), READY_MS);
        look = () => {
          if (!words.every((word) => right(word, newest.get(word) ?? 0))) return;
          clearTimeout(late);
          resolve();
        };
        look();
      }),
    close: () => consumer.disconnect(),
  };
}
