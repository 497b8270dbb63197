/** ApiVersions, InitProducerId and DescribeProducers. */
import { createApiVersionsRequest } from '../../../src/protocol/generated/api-versions';
import { createDescribeProducersRequest, createTopicRequest } from '../../../src/protocol/generated/describe-producers';
import { createInitProducerIdRequest } from '../../../src/protocol/generated/init-producer-id';
import { toPartitionId } from '../../../src/types';
import { API_VERSIONS, DESCRIBE_PRODUCERS, INIT_PRODUCER_ID } from '../codecs';
import type { Script } from '../script';

export async function brokersScript(script: Script): Promise<void> {
  const software = { clientSoftwareName: 'script', clientSoftwareVersion: '1.0' };
  await script.askInAll(API_VERSIONS, 'the versions', createApiVersionsRequest(software));
  await script.ask(
    API_VERSIONS,
    'as software whose name cannot be',
    createApiVersionsRequest({ ...software, clientSoftwareName: '!' }),
  );
  await script.ask(API_VERSIONS, 'as software without a name', createApiVersionsRequest());
  await script.askInAll(INIT_PRODUCER_ID, 'an id', createInitProducerIdRequest({ transactionTimeoutMs: -1 }));
  await script.ask(
    INIT_PRODUCER_ID,
    'a transactional id without characters',
    createInitProducerIdRequest({ transactionalId: '', transactionTimeoutMs: 1_000 }),
  );
  await script.ask(
    INIT_PRODUCER_ID,
    'an id and an epoch of one’s own',
    createInitProducerIdRequest({ producerId: 7n, producerEpoch: 1 }),
  );
  await script.ask(INIT_PRODUCER_ID, 'an id without an epoch', createInitProducerIdRequest({ producerId: 7n }));
  await script.ask(INIT_PRODUCER_ID, 'an epoch without an id', createInitProducerIdRequest({ producerEpoch: 1 }));
  await script.ask(INIT_PRODUCER_ID, 'a time-out of 0', createInitProducerIdRequest({ transactionTimeoutMs: 0 }));
  await script.topic('produced');
  const producers = (name: string, ...indexes: number[]) =>
    createDescribeProducersRequest({
      topics: [createTopicRequest({ name, partitionIndexes: indexes.map(toPartitionId) })],
    });
  await script.ask(DESCRIBE_PRODUCERS, 'of a log that nobody wrote to', producers('produced', 0));
  await script.ask(DESCRIBE_PRODUCERS, 'of a topic that is not there', producers('not-there', 0));
  await script.ask(DESCRIBE_PRODUCERS, 'of a partition that is not there', producers('produced', 9));
  await script.ask(DESCRIBE_PRODUCERS, 'of a name that cannot be', producers('a/b', 0));
}
