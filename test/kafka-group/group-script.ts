/**
 * What clients may ask of a coordinator, one request after the other over the wire, and every answer as a line of text. Ids are named by
 * who got them, so that two brokers that behave the same say the same.
 */
import { randomUUID } from 'node:crypto';
import { errorNameOf, ErrorCode } from '../../src/protocol/error-code';
import * as describeCodec from '../../src/protocol/generated/describe-groups';
import * as findCodec from '../../src/protocol/generated/find-coordinator';
import * as joinCodec from '../../src/protocol/generated/join-group';
import * as leaveCodec from '../../src/protocol/generated/leave-group';
import { createTopic } from '../e2e/support';
import { GroupMember, type MemberOptions } from '../support/group-member';
import { KafkaClient, type Codec } from '../support/kafka-client';

const FIND: Codec<findCodec.FindCoordinatorRequest, findCodec.FindCoordinatorResponse> = {
  facts: findCodec.findCoordinatorApi,
  write: findCodec.writeFindCoordinatorRequest,
  read: findCodec.readFindCoordinatorResponse,
};
const DESCRIBE: Codec<describeCodec.DescribeGroupsRequest, describeCodec.DescribeGroupsResponse> = {
  facts: describeCodec.describeGroupsApi,
  write: describeCodec.writeDescribeGroupsRequest,
  read: describeCodec.readDescribeGroupsResponse,
};
const JOIN: Codec<joinCodec.JoinGroupRequest, joinCodec.JoinGroupResponse> = {
  facts: joinCodec.joinGroupApi,
  write: joinCodec.writeJoinGroupRequest,
  read: joinCodec.readJoinGroupResponse,
};
const LEAVE: Codec<leaveCodec.LeaveGroupRequest, leaveCodec.LeaveGroupResponse> = {
  facts: leaveCodec.leaveGroupApi,
  write: leaveCodec.writeLeaveGroupRequest,
  read: leaveCodec.readLeaveGroupResponse,
};
/** A coordinator that is not there yet: its topic is being made, or it loads. */
const NOT_YET: readonly number[] = [
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
];

export async function groupScript(port: number): Promise<readonly string[]> {
  const script = new Script(port);
  try {
    await script.begin();
    await strangers(script);
    await staticMember(script);
    await generations(script);
    await emptyAgain(script);
    return script.lines;
  } finally {
    await script.end();
  }
}

class Script {
  readonly lines: string[] = [];
  readonly groupId = `g-${randomUUID()}`;
  readonly topic = `t-${randomUUID()}`;
  readonly #port: number;
  readonly #clients: KafkaClient[] = [];
  readonly #names = new Map<string, string>();

  constructor(port: number) {
    this.#port = port;
  }

  async begin(): Promise<void> {
    const client = await this.client();
    expect(await createTopic(client, this.topic, {})).toBe(ErrorCode.NONE);
    const request = findCodec.createFindCoordinatorRequest({ keyType: 0, coordinatorKeys: [this.groupId] });
    const probe = new GroupMember(client, this.groupId);
    do await client.call(FIND, request);
    while (NOT_YET.includes(await probe.heartbeat()));
  }

  async client(): Promise<KafkaClient> {
    const client = await KafkaClient.connect(this.#port, 'script');
    this.#clients.push(client);
    return client;
  }

  async member(options: MemberOptions = {}): Promise<GroupMember> {
    return new GroupMember(await this.client(), this.groupId, options);
  }

  say(what: string, code: number, more = ''): void {
    this.lines.push(`${what}: ${errorNameOf(code) ?? code}${more === '' ? '' : `, ${more}`}`);
  }

  joined(name: string, what: string, answer: joinCodec.JoinGroupResponse): void {
    if (answer.memberId !== '') this.#names.set(answer.memberId, name);
    // Kafka's are in the order of a hash map.
    const members = answer.members.map((each) => `${this.#nameOf(each.memberId)}=${bytesOf(each.metadata)}`);
    const more = [
      `generation ${answer.generationId}`,
      `protocol ${answer.protocolType}/${answer.protocolName}`,
      `leader ${this.#nameOf(answer.leader ?? '')}`,
      `skip ${answer.skipAssignment}`,
      `members ${members.sort().join(' ')}`,
    ];
    this.say(what, answer.errorCode, more.join(', '));
  }

  async describe(what: string): Promise<void> {
    const client = await this.client();
    const { groups } = await client.call(
      DESCRIBE,
      describeCodec.createDescribeGroupsRequest({ groups: [this.groupId] }),
    );
    for (const group of groups) {
      const members = group.members.map(
        (each) =>
          `${this.#nameOf(each.memberId)} ${each.groupInstanceId} ${each.clientId} ${each.clientHost} ` +
          `${bytesOf(each.memberMetadata)}/${bytesOf(each.memberAssignment)}`,
      );
      const more = [group.groupState, `${group.protocolType}/${group.protocolData}`, ...members.sort()];
      this.say(what, group.errorCode, more.join(', '));
    }
  }

  async leave(what: string, ...members: { memberId: string; groupInstanceId: string | null }[]): Promise<void> {
    const identities = members.map((each) => leaveCodec.createMemberIdentity(each));
    const request = leaveCodec.createLeaveGroupRequest({ groupId: this.groupId, members: identities });
    const answer = await (await this.client()).call(LEAVE, request);
    const codes = answer.members.map((each) => errorNameOf(each.errorCode) ?? each.errorCode);
    this.say(what, answer.errorCode, codes.join(' '));
  }

  async join(what: string, fields: Partial<joinCodec.JoinGroupRequest>): Promise<void> {
    const protocols = [joinCodec.createJoinGroupRequestProtocol({ name: 'range', metadata: Buffer.from('offer') })];
    const request = joinCodec.createJoinGroupRequest({
      groupId: this.groupId,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: 'consumer',
      protocols,
      ...fields,
    });
    const answer = await (await this.client()).call(JOIN, request);
    this.say(
      what,
      answer.errorCode,
      `id ${answer.memberId === '' ? 'none' : 'some'}, generation ${answer.generationId}`,
    );
  }

  async end(): Promise<void> {
    await Promise.all(this.#clients.map((each) => each.close()));
  }

  #nameOf(id: string): string {
    return id === '' ? 'nobody' : (this.#names.get(id) ?? 'somebody');
  }
}

const bytesOf = (content: Uint8Array): string => Buffer.from(content).toString().replaceAll('\u0000', '\\0');

/** Requests of who is no member, to a group that is not there. */
async function strangers(script: Script): Promise<void> {
  const stranger = await script.member();
  stranger.resume({ memberId: 'made-up', generationId: 1 });
  script.say('heartbeat to no group', await stranger.heartbeat());
  script.say('sync to no group', (await stranger.sync()).errorCode);
  script.say('commit of a generation to no group', await stranger.commit(script.topic, 1));
  await script.leave('leave no group', { memberId: 'made-up', groupInstanceId: null });
  await script.join('join with an id of one’s own', { memberId: 'made-up' });
  await script.join('join without a type', { protocolType: '' });
  await script.join('join without protocols', { protocols: [] });
  await script.join('join with a session that is too short', { sessionTimeoutMs: 5_000 });
  await script.join('join with a session that is too long', { sessionTimeoutMs: 3_600_000 });
  await script.join('join without a group', { groupId: '' });
  await script.describe('describe no group');
}

async function staticMember(script: Script): Promise<void> {
  const first = await script.member({ groupInstanceId: 'i', metadata: Buffer.from('first') });
  script.joined('first', 'static member joins', await first.join());
  await script.describe('describe before the assignment');
  script.say('commit before the assignment', await first.commit(script.topic, 1));
  script.say('heartbeat before the assignment', await first.heartbeat());
  const synced = await first.sync(Buffer.from('\u0000mine'));
  script.say('sync', synced.errorCode, `${synced.protocolType}/${synced.protocolName} ${bytesOf(synced.assignment)}`);
  await script.describe('describe the stable group');

  const second = await script.member({ groupInstanceId: 'i', metadata: Buffer.from('second') });
  script.joined('second', 'static member comes back with another offer', await second.join());
  script.say('sync of the new self', (await second.sync()).errorCode, bytesOf((await second.sync()).assignment));
  script.say('heartbeat of the former self', await first.heartbeat());
  script.say('commit of the former self', await first.commit(script.topic, 1));
  script.say('sync of the former self', (await first.sync()).errorCode);
  script.joined('first', 'join of the former self', await first.join());
  const former = { memberId: first.memberId, groupInstanceId: 'i' };
  await script.leave('leave of the former self, of an unknown instance', former, {
    memberId: '',
    groupInstanceId: 'j',
  });
  await script.join('join of another type', { protocolType: 'connect' });
  await script.join('join without a common protocol', { protocols: [{ name: 'other', metadata: Buffer.from('') }] });
  await script.leave('leave by the instance alone', { memberId: '', groupInstanceId: 'i' });
  await script.describe('describe the empty group');
}

async function generations(script: Script): Promise<void> {
  const [a, b] = [
    await script.member({ metadata: Buffer.from('a') }),
    await script.member({ metadata: Buffer.from('b') }),
  ];
  script.joined('a', 'a joins', await a.join());
  await a.sync(Buffer.from('all'));
  const joining = b.join();
  let code: number;
  do code = await a.heartbeat();
  while (code === ErrorCode.NONE);
  script.say('heartbeat of a while b joins', code);
  script.say('commit of a while b joins', await a.commit(script.topic, 5));
  script.say('sync of a while b joins', (await a.sync()).errorCode);
  await script.describe('describe while b joins');
  script.joined('a', 'a joins again', await a.join());
  script.joined('b', 'b joins', await joining);
  script.joined('b', 'b asks again before the assignment', await b.join());
  script.joined('a', 'a asks again before the assignment', await a.join());
  const waiting = b.sync();
  script.say('sync of a', (await a.sync((id) => Buffer.from(id === a.memberId ? 'for a' : ''))).errorCode);
  const left = await waiting;
  script.say('sync of b, which was left out', left.errorCode, `${left.assignment.length} bytes`);
  script.joined('b', 'b joins a stable group with the same offer', await b.join());
  const stale = await script.member();
  stale.resume({ memberId: a.memberId, generationId: a.generationId - 1 });
  script.say('heartbeat of an old generation', await stale.heartbeat());
  script.say('sync of an old generation', (await stale.sync()).errorCode);
  script.say('commit of an old generation', await stale.commit(script.topic, 1));
  stale.resume({ memberId: '', generationId: -1 });
  script.say('commit of nobody to a group with members', await stale.commit(script.topic, 1));
  stale.resume({ memberId: a.memberId, generationId: -1 });
  script.say('commit of a without a generation', await stale.commit(script.topic, 1));
  const again = a.join();
  do code = await b.heartbeat();
  while (code === ErrorCode.NONE);
  script.say('heartbeat of b after its leader joined again', code);
  await script.leave('leave of b', { memberId: b.memberId, groupInstanceId: null });
  script.joined('a', 'a is alone', await again);
  const answer = await a.committed(script.topic);
  script.say('what was committed', answer.errorCode, String(answer.offset));
  await a.sync(Buffer.from('all'));
  await script.leave('leave of a, twice', ...[1, 2].map(() => ({ memberId: a.memberId, groupInstanceId: null })));
  script.say('heartbeat of a, which left', await a.heartbeat());
  script.say('sync of a, which left', (await a.sync()).errorCode);
  script.say('commit of a, which left', await a.commit(script.topic, 9));
}

async function emptyAgain(script: Script): Promise<void> {
  const tool = await script.member();
  tool.resume({ memberId: 'made-up', generationId: -1 });
  script.say('commit without a generation to an empty group', await tool.commit(script.topic, 7));
  tool.resume({ memberId: '', generationId: -1 });
  script.say('commit of nobody to an empty group', await tool.commit(script.topic, 8));
  await script.join('join of another type to an empty group', { protocolType: 'connect', memberId: 'made-up' });
  await script.describe('describe the empty group');
}
