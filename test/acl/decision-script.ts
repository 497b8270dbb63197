/**
 * What is allowed by a set of entries, for many sets that a seed draws: allow and deny, literal, prefixed and any name, some hosts and
 * principals, every operation. Authorized operations tell the verdict of each operation at once.
 */
import { type Acl, CLUSTER_NAME, OPERATIONS, type ResourceType } from '../../src/kafka/security/acl';
import { createDescribeClusterRequest } from '../../src/protocol/generated/describe-cluster';
import { createDescribeGroupsRequest } from '../../src/protocol/generated/describe-groups';
import { createInitProducerIdRequest } from '../../src/protocol/generated/init-producer-id';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { errorNameOf } from '../../src/protocol/error-code';
import type { Exchange } from '../kafka-answers/script';
import { METADATA, type KafkaClient } from '../support/kafka-client';
import { seeded } from '../support/random';
import type { Clients } from './access-script';
import { setAcls } from './acl-client';
import { DESCRIBE_CLUSTER } from './cluster-requests';
import { DESCRIBE_GROUPS } from './group-requests';
import { INIT_PRODUCER_ID } from './topic-requests';
import { warmUp } from './warm-up';

const SEED = 20_260_701;
const TOPICS = ['a', 'ab', 'abc', 'b', 'hardcode', 'z'];
const GROUPS = ['a', 'ab', 'b'];
const NAMES = ['a', 'ab', 'abc', 'b', 'abcd', '*', 'h'];
/** The client comes from this machine. */
const HOSTS = ['*', '*', '127.0.0.1', '192.0.2.7'];

export async function decisionScript(
  sets: number,
  { admin: asAdmin, user: asUser, principal }: Clients,
): Promise<readonly Exchange[]> {
  const [admin, user] = [await asAdmin(), await asUser()];
  const exchanges: Exchange[] = [];
  try {
    await warmUp(admin);
    const random = seeded(SEED);
    for (let number = 0; number < sets; number++) {
      const acls = drawAcls(random, principal);
      await setAcls(admin, acls);
      const lines = [...(await verdictsOf(user))].map(([of, verdict]) => `${of} ${JSON.stringify({ verdict })}`);
      exchanges.push({ api: 'Set', version: number, what: `${acls.length} entries`, lines });
    }
    await setAcls(admin, []);
    return exchanges;
  } finally {
    await admin.close();
    await user.close();
  }
}

function drawAcls(random: (below: number) => number, principal: string): readonly Acl[] {
  const one = <T>(list: readonly T[]): T => {
    const drawn = list[random(list.length)];
    if (drawn === undefined) throw new Error('nothing to draw from');
    return drawn;
  };
  const drawn = Array.from({ length: random(7) }, (): Acl => {
    const resourceType = one<ResourceType>(['TOPIC', 'TOPIC', 'TOPIC', 'GROUP', 'CLUSTER']);
    const isCluster = resourceType === 'CLUSTER';
    return {
      resourceType,
      resourceName: isCluster ? CLUSTER_NAME : one(NAMES),
      patternType: isCluster ? 'LITERAL' : one(['LITERAL', 'PREFIXED']),
      principal: one([principal, principal, 'User:*', 'User:other']),
      host: one(HOSTS),
      operation: one(Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]),
      permission: one(['ALLOW', 'ALLOW', 'ALLOW', 'DENY']),
    };
  });
  return [...new Map(drawn.map((acl) => [JSON.stringify(acl), acl])).values()];
}

/** A bit field, or the error that hides it. */
async function verdictsOf(user: KafkaClient): Promise<ReadonlyMap<string, string | number>> {
  const verdicts = new Map<string, string | number>();
  const verdict = (errorCode: number, operations: number) =>
    errorCode === 0 ||
    errorNameOf(errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION' ||
    errorNameOf(errorCode) === 'GROUP_ID_NOT_FOUND'
      ? operations
      : (errorNameOf(errorCode) ?? errorCode);
  const topics = TOPICS.map((name) => createMetadataRequestTopic({ name }));
  const metadata = createMetadataRequest({
    topics,
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: true,
  });
  for (const { name, errorCode, topicAuthorizedOperations } of (await user.call(METADATA, metadata, 12)).topics) {
    verdicts.set(`topic.${name}`, verdict(errorCode, topicAuthorizedOperations));
  }
  // Version 5: a group that does not exist is described as a dead one, with what may be done with it.
  const groups = createDescribeGroupsRequest({ groups: GROUPS, includeAuthorizedOperations: true });
  for (const { groupId, errorCode, authorizedOperations } of (await user.call(DESCRIBE_GROUPS, groups, 5)).groups) {
    verdicts.set(`group.${groupId}`, verdict(errorCode, authorizedOperations));
  }
  const cluster = createDescribeClusterRequest({ includeClusterAuthorizedOperations: true, endpointType: 1 });
  verdicts.set('cluster', (await user.call(DESCRIBE_CLUSTER, cluster)).clusterAuthorizedOperations);
  const producer = createInitProducerIdRequest({ transactionalId: null, producerId: -1n, producerEpoch: -1 });
  const { errorCode } = await user.call(INIT_PRODUCER_ID, producer, 4);
  verdicts.set('idempotent', errorNameOf(errorCode) ?? errorCode);
  return new Map([...verdicts].sort(([left], [right]) => (left < right ? -1 : 1)));
}
