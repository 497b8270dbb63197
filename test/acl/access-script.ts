/**
 * Every request of every row of the authorization table, asked by a user who has nothing, everything that its API needs, one of these
 * rights, or all but one of them; and every answer as text.
 */
import { type Acl, CLUSTER_NAME, type ResourceType } from '../../src/kafka/security/acl';
import { type AccessRule, AUTHORIZATION } from '../../src/kafka/security/authorization-table';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import type { OffsetCommitResponse } from '../../src/protocol/generated/offset-commit';
import type { TopicId } from '../../src/types';
import { createTopic } from '../e2e/support';
import { type Exchange, Script } from '../kafka-answers/script';
import { METADATA, type KafkaClient } from '../support/kafka-client';
import { setAcls } from './acl-client';
import type { AskedRequest, Names } from './asked-request';
import { CLUSTER_REQUESTS } from './cluster-requests';
import { committed, GROUP_REQUESTS, OFFSET_COMMIT } from './group-requests';
import { TOPIC_REQUESTS } from './topic-requests';
import { warmUp } from './warm-up';

export interface Clients {
  /** A super user. */
  readonly admin: () => Promise<KafkaClient>;
  /** Whose rights are what the script gives. */
  readonly user: () => Promise<KafkaClient>;
  readonly principal: string;
}

const TOPIC = 'ok-orders';
const GROUP = 'readers';
const TRANSACTIONAL_ID = 'payer';

/** What a right is given on, by prefix but for the cluster. `absent` and `others`, which requests name too, are not among them. */
const GIVEN: Readonly<Partial<Record<ResourceType, string>>> = {
  TOPIC: 'ok-',
  GROUP: GROUP,
  TRANSACTIONAL_ID: TRANSACTIONAL_ID,
};

export async function accessScript({ admin: asAdmin, user: asUser, principal }: Clients): Promise<readonly Exchange[]> {
  const [admin, user] = [await asAdmin(), new Script(asUser)];
  try {
    await warmUp(admin);
    const topicId = await makeTopic(admin, TOPIC);
    user.masks.learn(topicId, TOPIC);
    const names = { topic: TOPIC, topicId, group: GROUP, transactionalId: TRANSACTIONAL_ID };
    let asked = 0;
    for (const each of [...CLUSTER_REQUESTS, ...GROUP_REQUESTS, ...TOPIC_REQUESTS]) {
      for (const rights of rightsFor(each)) {
        const acls = rights.map((rule) => aclOf(rule, principal));
        await setAcls(admin, acls);
        await commitOffset(admin);
        await askOne(each, rights, { ...names, number: ++asked }, { admin, user });
      }
    }
    await setAcls(admin, []);
    return user.exchanges;
  } finally {
    await user.end();
    await admin.close();
  }
}

/** None, all, each alone, all but each: every set once. */
function rightsFor({ api }: AskedRequest): readonly (readonly AccessRule[])[] {
  const rules: readonly AccessRule[] = Object.values(AUTHORIZATION[api]);
  const rights = [...new Map(rules.map((rule) => [nameOf(rule), rule])).values()];
  const sets = [
    [],
    rights,
    ...rights.map((one) => [one]),
    ...rights.map((one) => rights.filter((each) => each !== one)),
  ];
  return [...new Map(sets.map((set) => [set.map(nameOf).join(), set])).values()];
}

const nameOf = ({ operation, resource }: AccessRule): string => `${operation} ${resource}`;

const aclOf = ({ operation, resource }: AccessRule, principal: string): Acl => ({
  resourceType: resource,
  resourceName: GIVEN[resource] ?? CLUSTER_NAME,
  patternType: GIVEN[resource] === undefined ? 'LITERAL' : 'PREFIXED',
  principal,
  host: '*',
  operation,
  permission: 'ALLOW',
});

type Surroundings = Pick<Names, 'topic' | 'topicId' | 'group' | 'transactionalId'> & { readonly number: number };

async function askOne(
  { codec, what, version, make, needs }: AskedRequest,
  rights: readonly AccessRule[],
  { number, ...names }: Surroundings,
  { admin, user }: { readonly admin: KafkaClient; readonly user: Script },
): Promise<void> {
  const doomed = `ok-doomed-${number}`;
  const doomedId = needs === 'doomed' ? await makeTopic(admin, doomed) : names.topicId;
  if (needs === 'doomed') user.masks.learn(doomedId, doomed);
  const allowed = rights.length === 0 ? 'nothing' : rights.map(nameOf).join(', ');
  const made = `ok-made-${number}`;
  await user.ask(codec, `${what}; allowed: ${allowed}`, make({ ...names, made, doomed, doomedId }), version);
}

/** Resolves when the broker that was asked knows the topic. */
async function makeTopic(admin: KafkaClient, name: string): Promise<TopicId> {
  await createTopic(admin, name, {});
  for (;;) {
    const topics = [createMetadataRequestTopic({ name })];
    const answer = await admin.call(METADATA, createMetadataRequest({ topics, allowAutoTopicCreation: false }), 12);
    const [topic] = answer.topics;
    if (topic?.errorCode === 0) return topic.topicId;
  }
}

/** The group has an offset of the topic again, whatever the last request did to it. */
async function commitOffset(admin: KafkaClient): Promise<void> {
  for (;;) {
    const answer: OffsetCommitResponse = await admin.call(OFFSET_COMMIT, committed(GROUP, [{ name: TOPIC }]), 9);
    if (answer.topics[0]?.partitions[0]?.errorCode === 0) return;
  }
}
