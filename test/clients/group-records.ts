/** What the suites of groups send and look for: topics, records of every byte, and what came of them to the members. */
import { type Kafka, Partitioners } from 'kafkajs';
import type { GroupMember, Received } from './group-members';

export interface Sent {
  readonly topic: string;
  readonly partition: number;
  readonly value: string;
}

export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

export async function withAdmin<T>(kafka: Kafka, work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function newTopic(kafka: Kafka, topic: string, numPartitions: number): Promise<string> {
  await withAdmin(kafka, (admin) =>
    admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true, timeout: 30_000 }),
  );
  return topic;
}

/** Values hold every byte there is. */
export async function produce(
  kafka: Kafka,
  topic: string,
  partitions: number,
  count: number,
  word: string,
): Promise<readonly Sent[]> {
  const bytes = Buffer.from(range(256)).toString('latin1');
  return send(
    kafka,
    topic,
    range(count).map((n) => ({ partition: n % partitions, value: `${word} ${n} ${bytes}` })),
  );
}

export async function send(
  kafka: Kafka,
  topic: string,
  records: readonly { readonly partition: number; readonly value: string }[],
): Promise<readonly Sent[]> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    const messages = records.map(({ partition, value }) => ({ partition, value: Buffer.from(value, 'latin1') }));
    await producer.send({ topic, messages });
  } finally {
    await producer.disconnect();
  }
  return records.map((record) => ({ topic, ...record }));
}

/** What was sent and came to none of the members. */
export function missing(sent: readonly Sent[], members: readonly GroupMember[]): readonly Sent[] {
  const came = new Set(members.flatMap(({ records }) => records.map(identity)));
  return sent.filter((record) => !came.has(identity(record)));
}

/** Nothing came that was not sent, and an offset is one record, however often it came. */
export function expectTheBytes(sent: readonly Sent[], members: readonly GroupMember[]): void {
  const known = new Set(sent.map(identity));
  const atOffset = new Map<string, string>();
  for (const record of members.flatMap(({ records }): readonly Received[] => records)) {
    expect(known.has(identity(record))).toBe(true);
    const place = `${record.topic}/${record.partition}@${record.offset}`;
    expect(atOffset.get(place) ?? record.value).toBe(record.value);
    atOffset.set(place, record.value);
  }
}

const identity = ({ topic, partition, value }: Sent): string => `${topic}/${partition} ${value}`;

export type Outcome = Error | 'right';

export const outcomeOf = (work: Promise<unknown>): Promise<Outcome> =>
  work.then(
    () => 'right',
    (error: unknown) => (error instanceof Error ? error : new Error(`it threw ${typeof error}`)),
  );
