/** A data directory that has topics before its node begins: made one by one over Kafka's protocol, thousands would take minutes. */
import { randomBytes } from 'node:crypto';
import { realDisk } from '../../src/node/disk/disk';
import { writeTopicFile, type StoredTopic } from '../../src/node/topics/topic-file';

export function storeTopics(dataDirectory: string, names: readonly string[]): void {
  const storedTopic = (name: string): StoredTopic => ({
    name,
    id: randomBytes(16).toString('hex'),
    partitionCount: 1,
    configs: {},
    createdAtMs: Date.now(),
  });
  writeTopicFile(realDisk, dataDirectory, { topics: names.map(storedTopic), deleting: [] });
}
