/** Names as long as the wire carries, from a client that means harm: a group is described and goes on with its other members. */
import { ErrorCode } from '../../src/protocol/error-code';
import * as describeCodec from '../../src/protocol/generated/describe-groups';
import * as joinCodec from '../../src/protocol/generated/join-group';
import { GroupMember } from '../support/group-member';
import { KafkaClient, type Codec } from '../support/kafka-client';
import { makeHome, startGatewayIn, type GatewayHome, type RunningGateway } from './running-gateway';

const LONGEST = 32_767;
const JOIN: Codec<joinCodec.JoinGroupRequest, joinCodec.JoinGroupResponse> = {
  facts: joinCodec.joinGroupApi,
  write: joinCodec.writeJoinGroupRequest,
  read: joinCodec.readJoinGroupResponse,
};
const DESCRIBE: Codec<describeCodec.DescribeGroupsRequest, describeCodec.DescribeGroupsResponse> = {
  facts: describeCodec.describeGroupsApi,
  write: describeCodec.writeDescribeGroupsRequest,
  read: describeCodec.readDescribeGroupsResponse,
};

let home: GatewayHome;
let gateway: RunningGateway;
const clients: KafkaClient[] = [];
beforeAll(async () => {
  home = makeHome();
  gateway = await startGatewayIn(home);
}, 180_000);
afterAll(async () => {
  for (const client of clients) await client.close();
  await gateway.stop();
  home.remove();
});

async function connect(clientId = 'client'): Promise<KafkaClient> {
  const client = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), clientId);
  clients.push(client);
  return client;
}

const describeGroup = async (groupId: string): Promise<describeCodec.DescribedGroup | undefined> =>
  (await (await connect()).call(DESCRIBE, describeCodec.createDescribeGroupsRequest({ groups: [groupId] }))).groups[0];

test.each([
  [249, ErrorCode.NONE],
  [250, ErrorCode.INVALID_REQUEST],
  [LONGEST, ErrorCode.INVALID_REQUEST],
])('an instance id of %i characters is answered %i, and the group goes on', async (length, errorCode) => {
  const groupId = `instance of ${length}`;
  const member = new GroupMember(await connect(), groupId);
  expect((await member.enter()).errorCode).toBe(ErrorCode.NONE);
  const bad = new GroupMember(await connect(), groupId, { groupInstanceId: 'x'.repeat(length) });
  const joining = bad.join();
  if (errorCode === ErrorCode.NONE) while ((await member.heartbeat()) !== ErrorCode.REBALANCE_IN_PROGRESS);
  else expect((await joining).errorCode).toBe(errorCode);
  expect((await member.join()).errorCode).toBe(ErrorCode.NONE);
  expect((await joining).errorCode).toBe(errorCode);
  expect((await describeGroup(groupId))?.members).toHaveLength(errorCode === ErrorCode.NONE ? 2 : 1);
});

test('a client id that is cut within a character lets its member in', async () => {
  const member = new GroupMember(await connect(`${'x'.repeat(248)}😀`), 'cut');
  expect((await member.enter()).errorCode).toBe(ErrorCode.NONE);
});

test('a client id, a type and a protocol as long as can be', async () => {
  const client = await connect('c'.repeat(LONGEST));
  const groupId = 'g'.repeat(LONGEST);
  const [name, protocolType] = ['n'.repeat(LONGEST), 't'.repeat(LONGEST)];
  const request = joinCodec.createJoinGroupRequest({
    groupId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    protocolType,
    protocols: [joinCodec.createJoinGroupRequestProtocol({ name, metadata: Buffer.from('offer') })],
  });
  const { memberId } = await client.call(JOIN, request);
  expect(await client.call(JOIN, { ...request, memberId })).toMatchObject({ errorCode: ErrorCode.NONE, protocolType });
  expect(await describeGroup(groupId)).toMatchObject({ protocolType, members: [{ memberId }] });
  expect((await describeGroup('o'.repeat(LONGEST)))?.errorCode).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
});
