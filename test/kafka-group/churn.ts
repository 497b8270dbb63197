/**
 * A hundred members that join, leave and die at random for a while, with records coming all the while: no partition ever has two owners
 * in one generation, no generation two leaders, and every record is processed. The seed is printed, and taken from SEAGLASS_TEST_SEED.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import * as describes from '../../src/protocol/generated/describe-groups';
import { createTopic } from '../e2e/support';
import { pause } from '../e2e/load';
import { seeded } from '../support/random';
import type { Codec } from '../support/kafka-client';
import { KafkaClient } from '../support/kafka-client';
import { isRetriable, Ledger, live } from './churning-member';
import { LONG } from '../support/long';

const MEMBERS = 100;
const PARTITIONS = 24;
const RUN_MS = LONG ? 60_000 : 20_000;
const LIFE_MS_MAX = (RUN_MS / 3) * 2;
const AWAY_MS_MAX = RUN_MS / 15;
/** One in this many dies without leaving, and its partitions wait for the end of its session. */
const DEATH_OF = 25;
/** What makes it the claim of a hundred members. The run goes on until it has seen that much, far less than a quiet machine does. */
const MOST_MEMBERS_MIN = 50;
const JOINS_MIN = LONG ? 2_000 : 500;
const GENERATIONS_MIN = 6;
const LATE_MS = 3 * RUN_MS;
const PRODUCE_EVERY_MS = 500;
export const CHURN_TIMEOUT_MS = 300_000;

const DESCRIBE: Codec<describes.DescribeGroupsRequest, describes.DescribeGroupsResponse> = {
  facts: describes.describeGroupsApi,
  write: describes.writeDescribeGroupsRequest,
  read: describes.readDescribeGroupsResponse,
};

/** Answers how often members and the producer were asked for patience. */
export async function churn(port: number): Promise<number> {
  const seed = Number(process.env['SEAGLASS_TEST_SEED'] ?? randomInt(2 ** 31));
  process.stdout.write(`churn: seed ${seed}\n`);
  const random = seeded(seed);
  const [topic, groupId, ledger] = [`t-${randomUUID()}`, `g-${randomUUID()}`, new Ledger()];
  const producer = await KafkaClient.connect(port, 'producer');
  try {
    expect(await createTopic(producer, topic, {}, PARTITIONS)).toBe(ErrorCode.NONE);
    const startMs = performance.now();
    const sawEnough = (): boolean =>
      ledger.joins >= JOINS_MIN && ledger.generations >= GENERATIONS_MIN && ledger.mostMembers >= MOST_MEMBERS_MIN;
    const goesOn = (): boolean => {
      const ranMs = performance.now() - startMs;
      return ranMs < RUN_MS || (!sawEnough() && ranMs < RUN_MS + LATE_MS);
    };
    const sent: string[] = [];
    let drained = false;

    const place = { port, topic, groupId, partitionCount: PARTITIONS, sessionTimeoutMs: 6_000, ledger };
    const slot = async (): Promise<void> => {
      await pause(random(AWAY_MS_MAX));
      while (goesOn()) {
        const untilMs = performance.now() + random(LIFE_MS_MAX);
        const parting = random(DEATH_OF) === 0 ? 'die' : 'leave';
        await live({
          ...place,
          next: () => {
            if (drained) return 'leave';
            const over = performance.now() >= untilMs && goesOn();
            return over ? parting : 'stay';
          },
        });
        if (!drained) await pause(random(AWAY_MS_MAX));
      }
    };
    const failure = Promise.all(Array.from({ length: MEMBERS }, slot));

    while (goesOn()) {
      const partition = random(PARTITIONS);
      const values = Array.from({ length: 1 + random(20) }, () => `record ${sent.length}-${random(1e9)}`);
      const records = values.map((value) => ({ timestamp: Date.now(), key: null, value: Buffer.from(value) }));
      let { errorCode } = await producer.produce(topic, encodeBatch(records), { partition });
      while (isRetriable(errorCode)) {
        ledger.refusals += 1;
        ({ errorCode } = await producer.produce(topic, encodeBatch(records), { partition }));
      }
      expect(errorCode).toBe(ErrorCode.NONE);
      sent.push(...values);
      await Promise.race([pause(random(PRODUCE_EVERY_MS)), failure]);
    }
    const deadlineMs = performance.now() + LATE_MS;
    while (ledger.missing(sent).length > 0 && performance.now() < deadlineMs) await Promise.race([pause(250), failure]);
    drained = true;
    await failure;

    const { generations, joins, mostMembers, deaths, processedCount, refusals } = ledger;
    process.stdout.write(
      `churn: ${joins} joins in ${generations} generations of up to ${mostMembers} members, ${deaths} deaths, ` +
        `${processedCount} of ${sent.length} records processed, ${refusals} refusals\n`,
    );
    expect(ledger.missing(sent)).toEqual([]);
    expect(generations).toBeGreaterThanOrEqual(GENERATIONS_MIN);
    expect(mostMembers).toBeGreaterThanOrEqual(MOST_MEMBERS_MIN);
    expect(joins).toBeGreaterThanOrEqual(JOINS_MIN);
    const described = await producer.call(DESCRIBE, describes.createDescribeGroupsRequest({ groups: [groupId] }), 5);
    expect(described.groups.map(({ groupState, members }) => [groupState, members.length])).toEqual([['Empty', 0]]);
    return refusals;
  } finally {
    await producer.close();
  }
}
