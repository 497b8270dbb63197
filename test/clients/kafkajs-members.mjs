// Group members of kafkajs, driven by the lines that group-members.ts describes. Usage: kafkajs-members.mjs BOOTSTRAP
import { Kafka, logLevel } from 'kafkajs';
import { obeyLines, say } from './member-lines.mjs';

const kafka = new Kafka({ clientId: 'members', brokers: [process.argv[2]], logLevel: logLevel.NOTHING });

async function open(member, options) {
  const consumer = kafka.consumer({
    groupId: options.group,
    sessionTimeout: Number(options.sessionMs),
    heartbeatInterval: 300,
    maxWaitTimeInMs: 200,
    metadataMaxAge: 500,
  });
  let owned = [];
  const lose = () => {
    say('revoked', member, owned.join(','));
    owned = [];
  };
  consumer.on(consumer.events.REBALANCING, lose);
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    lose();
    owned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => `${topic}/${partition}`),
    );
    say('assigned', member, owned.join(','));
  });
  // It starts again by itself where the gateway was away for longer than it asks.
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) say('failed', member, error.message);
  });
  await consumer.connect();
  const topics = options.pattern === undefined ? options.topics.split(',') : [new RegExp(options.pattern)];
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    autoCommit: options.autoCommit !== undefined,
    eachMessage: async ({ topic, partition, message }) =>
      say('record', member, topic, partition, message.offset, message.value.toString('base64')),
  });
  return {
    commit: (topic, partition, offset, metadata) => consumer.commitOffsets([{ topic, partition, offset, metadata }]),
    seek: (topic, partition, offset) => consumer.seek({ topic, partition, offset }),
    pause: (topic, partition) => consumer.pause([{ topic, partitions: [partition] }]),
    resume: (topic, partition) => consumer.resume([{ topic, partitions: [partition] }]),
    close: () => consumer.disconnect(),
  };
}

await obeyLines(open);
