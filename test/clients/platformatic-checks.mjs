// What @platformatic/kafka does against the gateway: one JSON line per check. It is an ES module, so it runs in its own process.
// Usage: platformatic-checks.mjs BOOTSTRAP
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { Admin, Consumer, Producer } from '@platformatic/kafka';

const bootstrap = process.argv[2];
const run = Math.random().toString(36).slice(2, 8);
const options = { clientId: 'checks', bootstrapBrokers: [bootstrap], timeout: 20_000, retries: 3 };

async function newTopic(name, partitions = 1, configs = []) {
  const topic = `platformatic-${name}-${run}`;
  await withClient(Admin, {}, (admin) => admin.createTopics({ topics: [topic], partitions, replicas: 1, configs }));
  return topic;
}

async function withClient(Kind, more, work) {
  const client = new Kind({ ...options, ...more });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const produce = (topic, messages, more = {}) =>
  withClient(Producer, {}, (producer) =>
    producer.send({ messages: messages.map((message) => ({ topic, ...message })), ...more }),
  );

async function consume(topic, count, from = { mode: 'earliest' }) {
  const groupId = `group-${topic}-${from.mode}-${from.offset ?? ''}`;
  return withClient(Consumer, { groupId, maxWaitTime: 500 }, async (consumer) => {
    const start = from.mode === 'manual' ? { offsets: [{ topic, partition: 0, offset: BigInt(from.offset) }] } : {};
    const stream = await consumer.consume({ topics: [topic], mode: from.mode, autocommit: false, ...start });
    const messages = [];
    for await (const message of stream) {
      messages.push(message);
      if (messages.length === count) break;
    }
    await stream.close();
    return messages;
  });
}

async function codecAndAcks(codec, acks) {
  const topic = await newTopic(`${codec}-${acks}`);
  const values = Array.from({ length: 100 }, (_, index) => `value ${index}`);
  const messages = values.map((value) => ({ key: Buffer.from('same'), value: Buffer.from(value) }));
  await produce(topic, messages, { acks, compression: codec });
  const got = await consume(topic, values.length);
  assert.deepEqual(
    got.map((message) => message.value.toString()),
    values,
  );
  assert.deepEqual(
    got.map((message) => Number(message.offset)),
    values.map((_, index) => index),
  );
}

async function idempotent() {
  const topic = await newTopic('idempotent');
  await withClient(Producer, { idempotent: true }, async (producer) => {
    for (let index = 0; index < 20; index++) {
      await producer.send({ messages: [{ topic, partition: 0, value: Buffer.from(`${index}`) }] });
    }
  });
  const got = await consume(topic, 20);
  assert.deepEqual(
    got.map((message) => message.value.toString()),
    Array.from({ length: 20 }, (_, index) => `${index}`),
  );
}

async function forms() {
  // For records of long ago, which retention would remove soon after they are written.
  const topic = await newTopic('forms', 1, [{ name: 'retention.ms', value: '-1' }]);
  const headers = new Map([[Buffer.from('a'), Buffer.from('1')]]);
  await produce(topic, [
    { key: Buffer.from('k'), value: Buffer.from('v'), headers, timestamp: 1_600_000_000_000n },
    { key: Buffer.from('gone'), timestamp: 1_600_000_000_005n },
    { key: Buffer.from('empty'), value: Buffer.alloc(0), timestamp: 1_600_000_000_003n },
  ]);
  const got = await consume(topic, 3);
  assert.deepEqual(
    got.map((message) => message.key?.toString()),
    ['k', 'gone', 'empty'],
  );
  assert.deepEqual(
    got.map((message) => message.value?.length ?? 'null'),
    [1, 'null', 0],
  );
  assert.deepEqual(
    got.map((message) => message.timestamp),
    [1_600_000_000_000n, 1_600_000_000_005n, 1_600_000_000_003n],
  );
  const back = [...got[0].headers].map(([name, value]) => [name.toString(), value.toString()]);
  assert.deepEqual(back, [['a', '1']]);
}

async function places() {
  const topic = await newTopic('places');
  const at = 1_700_000_000_000n;
  await produce(
    topic,
    Array.from({ length: 10 }, (_, index) => ({
      value: Buffer.from(`${index}`),
      timestamp: at + BigInt(index) * 1000n,
    })),
  );
  const got = await consume(topic, 3, { mode: 'manual', offset: 7 });
  assert.deepEqual(
    got.map((message) => Number(message.offset)),
    [7, 8, 9],
  );
  await withClient(Consumer, { groupId: 'offsets' }, async (consumer) => {
    const ends = await consumer.listOffsets({ topics: [topic] });
    assert.deepEqual(ends.get(topic), [10n]);
    const byTime = await consumer.listOffsets({ topics: [topic], timestamp: at + 6_500n });
    assert.deepEqual(byTime.get(topic), [7n]);
  });
}

/** Whoever begins at the end gets nothing of before, and then everything. */
async function fromTheEnd() {
  const topic = await newTopic('end');
  const send = (value) => produce(topic, [{ value: Buffer.from(value) }]);
  for (let index = 0; index < 5; index += 1) await send('before');
  let got;
  const reading = consume(topic, 3, { mode: 'latest' }).then((messages) => (got = messages));
  // It says nothing of when it has found the end: what comes before that is not for it.
  for (let index = 0; got === undefined; index += 1) await Promise.race([send(`${index}`), reading]);
  const values = got.map((message) => Number(message.value.toString()));
  assert.deepEqual(values, [values[0], values[0] + 1, values[0] + 2]);
}

async function administration() {
  const topic = await newTopic('admin', 2, [{ name: 'retention.ms', value: '1234567' }]);
  await withClient(Admin, {}, async (admin) => {
    assert.ok((await admin.listTopics()).includes(topic));
    const metadata = await admin.metadata({ topics: [topic] });
    assert.equal(metadata.topics.get(topic).partitionsCount, 2);
    await admin.deleteTopics({ topics: [topic] });
    assert.ok(!(await admin.listTopics()).includes(topic));
  });
}

const checks = new Map();
// This client takes zstd from Node, which has it from 22.15 on.
const codecs = ['none', 'gzip', 'snappy', 'lz4', ...('zstdCompressSync' in zlib ? ['zstd'] : [])];
for (const codec of codecs) {
  for (const acks of [-1, 1, 0]) checks.set(`${codec} acks=${acks}`, () => codecAndAcks(codec, acks));
}
checks.set('idempotent producer', idempotent);
checks.set('headers, nulls, empties and timestamps', forms);
checks.set('offset and timestamp', places);
checks.set('the end', fromTheEnd);
checks.set('topic administration', administration);

const only = process.argv.slice(3);
for (const [check, work] of checks) {
  if (only.length > 0 && !only.includes(check)) continue;
  let outcome = { ok: true, detail: '' };
  try {
    await work();
  } catch (error) {
    const causes = (error.errors ?? []).map((cause) => cause.message).join('; ');
    outcome = { ok: false, detail: `${error.stack} ${causes}`.slice(0, 1500) };
  }
  process.stdout.write(`${JSON.stringify({ check, ...outcome })}\n`);
}
process.exit(0);
