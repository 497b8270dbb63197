/**
 * Goal: a topic whose stored settings are not allowed (an older version's, another program's) is opened and served, its odd settings count
 * as not set, and one log line says so for each. Method: the node's list of topics changed on its disk; an engine that is asked without
 * the Kafka layer, which would refuse.
 */
import { describeTopicConfigs } from '../../src/kafka/admin/describe-topic';
import { readTopicFile, writeTopicFile } from '../../src/node/topics/topic-file';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { Logger } from '../../src/telemetry/log/log';
import { openMqEngine } from '../engine/seaweedmq/support';
import { asRequest } from '../engine/support';
import { append, createPartition, openLogs, readAll } from '../node/log-support';
import { MemoryDisk } from '../node/memory-disk';
import { valueBatch } from '../node/support';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';

const REFUSAL = 'Invalid value 1e3 for configuration retention.ms: Not a number of type LONG';

function logInto(lines: unknown[]): Logger {
  const write: Logger['write'] = (level, event, _message, attributes) =>
    void lines.push({ level, event, ...attributes });
  return { write, enabled: () => true };
}

test('the embedded node opens it, keeps its records, and takes new settings for it', async () => {
  const before = new MemoryDisk();
  const configs = { 'retention.ms': '5000', 'segment.ms': '7', 'of.another.version': 'kept' };
  await append(createPartition(openLogs(before), configs), valueBatch('kept'));
  const stored = readTopicFile(before, '/data');
  const odd = { ...configs, 'retention.ms': '1e3' };
  writeTopicFile(before, '/data', { ...stored, topics: stored.topics.map((topic) => ({ ...topic, configs: odd })) });

  const lines: unknown[] = [];
  const topicDefaults = { 'retention.ms': '86400000' };
  const { topics } = openLogs(before.copy(), { logger: logInto(lines), topicDefaults });
  expect(lines).toEqual([{ level: 'warn', event: 'node.topic.setting_ignored', topic: 't', reason: REFUSAL }]);
  const { log } = topics.partition('t', 0);
  expect(log.settings).toMatchObject({ retentionMs: 86_400_000, segmentMs: 7 });
  expect(readAll(log)).toHaveLength(1);
  expect(topics.topic('t').configs).toEqual(odd);

  expect(topics.addPartitions('t', 2).partitions[1]?.log.settings).toMatchObject({ retentionMs: 86_400_000 });
  expect(() => topics.alterConfigs('t', { ...odd, 'segment.ms': '8' })).toThrow(REFUSAL);
  topics.alterConfigs('t', { 'of.another.version': 'kept', 'segment.ms': '8' });
  expect(log.settings).toMatchObject({ segmentMs: 8 });
});

test('a default that is not allowed is refused before anything is opened', () => {
  expect(() => openLogs(new MemoryDisk(), { topicDefaults: { 'retention.ms': '1e3' } })).toThrow(REFUSAL);
});

test('on SeaweedMQ it is listed and described by what holds, and told of once', async () => {
  const mq = await startScriptedSeaweedMQ();
  const lines: unknown[] = [];
  const telemetry = createTelemetry({ log: logInto(lines) });
  const cluster = { brokers: [mq.address], filer: mq.filer };
  const [writing, reading] = [
    openMqEngine(cluster),
    openMqEngine(cluster, { topicsAgeMsMax: 0 }, undefined, telemetry),
  ];
  try {
    const configs = new Map([['retention.ms', '1e3']]);
    await asRequest(writing.telemetry, (context) =>
      writing.engine.createTopic({ name: 'odd', partitionCount: 1, configs }, context),
    );
    for (let listing = 0; listing < 3; listing += 1) {
      const [topic] = await asRequest(telemetry, (context) => reading.engine.topics(context));
      const [described] = describeTopicConfigs(topic?.configs ?? new Map<string, string>(), new Map(), [
        'retention.ms',
      ]);
      expect(described).toMatchObject({ value: '604800000', source: 5 });
    }
    expect(lines).toEqual([{ level: 'warn', event: 'engine.topic.setting_ignored', topic: 'odd', reason: REFUSAL }]);
  } finally {
    await writing.close();
    await reading.close();
    writing.telemetry.close();
    telemetry.close();
    await mq.stop();
  }
}, 180_000);
