/** What may be asked of AlterUserScramCredentials, DescribeUserScramCredentials and the APIs of delegation tokens, right and wrong. */
import { type ScramMechanism, saltedPassword as salted } from '../../src/kafka/users/scram-credential';
import { scramType } from '../../src/kafka/users/scram-types';
import * as alter from '../../src/protocol/generated/alter-user-scram-credentials';
import * as createToken from '../../src/protocol/generated/create-delegation-token';
import * as describeTokens from '../../src/protocol/generated/describe-delegation-token';
import * as describe from '../../src/protocol/generated/describe-user-scram-credentials';
import * as expireToken from '../../src/protocol/generated/expire-delegation-token';
import * as renewToken from '../../src/protocol/generated/renew-delegation-token';
import { type Exchange, Script } from '../kafka-answers/script';
import type { Codec, KafkaClient } from '../support/kafka-client';

/** As on the wire. */
const SHA_256 = 1;
const SHA_512 = 2;
const ITERATIONS = 4_096;
/** Kafka takes the salted password from whoever asks; it is as long as the hash of the mechanism. */
const SALTED = Buffer.alloc(32, 7);

/** Kafka gives no order to users, nor to the mechanisms of one. */
const byUser = <T extends { readonly user: string }>(results: readonly T[]): readonly T[] =>
  results.toSorted((left, right) => (left.user < right.user ? -1 : 1));

const inOrder = (result: describe.DescribeUserScramCredentialsResult): describe.DescribeUserScramCredentialsResult => ({
  ...result,
  credentialInfos: result.credentialInfos.toSorted((left, right) => left.mechanism - right.mechanism),
});

const ALTER: Codec<alter.AlterUserScramCredentialsRequest, alter.AlterUserScramCredentialsResponse> = {
  facts: alter.alterUserScramCredentialsApi,
  write: alter.writeAlterUserScramCredentialsRequest,
  read: (reader, version) => {
    const answer = alter.readAlterUserScramCredentialsResponse(reader, version);
    return { ...answer, results: byUser(answer.results) };
  },
};
const DESCRIBE: Codec<describe.DescribeUserScramCredentialsRequest, describe.DescribeUserScramCredentialsResponse> = {
  facts: describe.describeUserScramCredentialsApi,
  write: describe.writeDescribeUserScramCredentialsRequest,
  read: (reader, version) => {
    const answer = describe.readDescribeUserScramCredentialsResponse(reader, version);
    return { ...answer, results: byUser(answer.results).map(inOrder) };
  },
};
const CREATE_TOKEN: Codec<createToken.CreateDelegationTokenRequest, createToken.CreateDelegationTokenResponse> = {
  facts: createToken.createDelegationTokenApi,
  write: createToken.writeCreateDelegationTokenRequest,
  read: createToken.readCreateDelegationTokenResponse,
};
const RENEW_TOKEN: Codec<renewToken.RenewDelegationTokenRequest, renewToken.RenewDelegationTokenResponse> = {
  facts: renewToken.renewDelegationTokenApi,
  write: renewToken.writeRenewDelegationTokenRequest,
  read: renewToken.readRenewDelegationTokenResponse,
};
const EXPIRE_TOKEN: Codec<expireToken.ExpireDelegationTokenRequest, expireToken.ExpireDelegationTokenResponse> = {
  facts: expireToken.expireDelegationTokenApi,
  write: expireToken.writeExpireDelegationTokenRequest,
  read: expireToken.readExpireDelegationTokenResponse,
};
const DESCRIBE_TOKENS: Codec<
  describeTokens.DescribeDelegationTokenRequest,
  describeTokens.DescribeDelegationTokenResponse
> = {
  facts: describeTokens.describeDelegationTokenApi,
  write: describeTokens.writeDescribeDelegationTokenRequest,
  read: describeTokens.readDescribeDelegationTokenResponse,
};

const upsertion = (fields: Partial<alter.ScramCredentialUpsertion> = {}): alter.ScramCredentialUpsertion =>
  alter.createScramCredentialUpsertion({
    ...{ name: 'carol', mechanism: SHA_256, iterations: ITERATIONS, salt: Buffer.from('salt'), saltedPassword: SALTED },
    ...fields,
  });
const deletion = (name = 'carol', mechanism = SHA_256): alter.ScramCredentialDeletion =>
  alter.createScramCredentialDeletion({ name, mechanism });

type Changes = Partial<alter.AlterUserScramCredentialsRequest>;

/** None of these changes who is there. */
const REFUSED: Readonly<Record<string, Changes>> = {
  'of nobody': {},
  'a deletion of who does not exist': { deletions: [deletion('nobody')] },
  'a deletion by an unknown mechanism': { deletions: [deletion('nobody', 0)] },
  'a deletion without a name': { deletions: [deletion('')] },
  'an unknown mechanism': { upsertions: [upsertion({ mechanism: 0 })] },
  'a mechanism that does not exist': { upsertions: [upsertion({ mechanism: 3 })] },
  'too few iterations': { upsertions: [upsertion({ iterations: 4_095 })] },
  'too many iterations': { upsertions: [upsertion({ iterations: 16_385 })] },
  'iterations below zero': { upsertions: [upsertion({ iterations: -1 })] },
  'no name': { upsertions: [upsertion({ name: '' })] },
  'the same twice': { upsertions: [upsertion(), upsertion()] },
  'two mechanisms of one user': { upsertions: [upsertion(), upsertion({ mechanism: SHA_512 })] },
  'a deletion and an upsertion of one user': { deletions: [deletion()], upsertions: [upsertion()] },
  'a wrong mechanism with too few iterations': { upsertions: [upsertion({ mechanism: 9, iterations: 1 })] },
};

/** In this order. */
const DONE: Readonly<Record<string, Changes>> = {
  'one that is new': { upsertions: [upsertion()] },
  'one by another mechanism': { upsertions: [upsertion({ mechanism: SHA_512, iterations: 16_384 })] },
  'one that is there, with other iterations': { upsertions: [upsertion({ iterations: 8_192 })] },
  'a name with special characters': { upsertions: [upsertion({ name: 'a=b, c/d ü' })] },
  'one right, one wrong': { upsertions: [upsertion({ name: 'dave' }), upsertion({ name: 'erin', iterations: 1 })] },
};
const USERS_THEN = ['a=b, c/d ü', 'carol', 'dave'];

const REMOVED: Readonly<Record<string, Changes>> = {
  'a deletion by one of two mechanisms': { deletions: [deletion()] },
  'a deletion once more': { deletions: [deletion()] },
  'a deletion by the other': { deletions: [deletion('carol', SHA_512)] },
  'deletions of several': { deletions: [deletion('dave'), deletion('a=b, c/d ü'), deletion('nobody')] },
};

const described = (...names: readonly string[]): describe.DescribeUserScramCredentialsRequest =>
  describe.createDescribeUserScramCredentialsRequest({ users: names.map((name) => describe.createUserName({ name })) });

async function usersOf(script: Script): Promise<readonly string[]> {
  const answer = await script.untold(DESCRIBE, described());
  return answer?.results.map(({ user }) => user) ?? [];
}

/** Resolves when the broker that is asked knows exactly these besides the others. Kafka's controller answers before its brokers know. */
async function known(script: Script, others: readonly string[], users: readonly string[]): Promise<void> {
  const expected = [...others, ...users].sort().join();
  while ([...(await usersOf(script))].sort().join() !== expected);
}

export async function usersScript(connect: () => Promise<KafkaClient>): Promise<readonly Exchange[]> {
  const script = new Script(connect);
  const askAll = async (changes: Readonly<Record<string, Changes>>): Promise<void> => {
    for (const [what, each] of Object.entries(changes))
      await script.ask(ALTER, what, alter.createAlterUserScramCredentialsRequest(each));
  };
  try {
    const others = await usersOf(script);
    await askAll(REFUSED);
    await askAll(DONE);
    await known(script, others, USERS_THEN);
    await script.ask(DESCRIBE, 'one of them', described('carol'));
    await script.ask(DESCRIBE, 'several', described('dave', 'a=b, c/d ü'));
    await script.ask(DESCRIBE, 'one who does not exist', described('nobody'));
    await script.ask(DESCRIBE, 'one twice', described('carol', 'carol', 'dave'));
    await script.ask(DESCRIBE, 'one without a name', described(''));
    await script.ask(DESCRIBE, 'all', described());
    await script.ask(DESCRIBE, 'all, by null', describe.createDescribeUserScramCredentialsRequest({ users: null }));
    await askAll(REMOVED);
    await known(script, others, []);
    return script.exchanges;
  } finally {
    await script.end();
  }
}

export interface ScriptUser {
  readonly name: string;
  readonly password: string;
  readonly mechanisms: readonly ScramMechanism[];
}

export async function addUsers(connect: () => Promise<KafkaClient>, users: readonly ScriptUser[]): Promise<void> {
  const client = await connect();
  const salt = Buffer.from('a salt');
  try {
    for (const { name, password, mechanisms } of users)
      for (const mechanism of mechanisms) {
        const saltedPassword = await salted(mechanism, Buffer.from(password), { salt, iterations: ITERATIONS });
        const upsertions = [upsertion({ name, mechanism: scramType(mechanism), salt, saltedPassword })];
        const { results } = await client.call(ALTER, alter.createAlterUserScramCredentialsRequest({ upsertions }));
        if (results.some(({ errorCode }) => errorCode !== 0)) throw new Error(`${name} was not added`);
      }
  } finally {
    await client.close();
  }
}

/** `who` tells by which listener and as whom the client comes. */
export async function tokensScript(connect: () => Promise<KafkaClient>, who: string): Promise<readonly Exchange[]> {
  const script = new Script(connect);
  try {
    const token = Buffer.from('no token');
    await script.askInAll(CREATE_TOKEN, who, createToken.createCreateDelegationTokenRequest());
    await script.askInAll(RENEW_TOKEN, who, renewToken.createRenewDelegationTokenRequest({ hmac: token }));
    await script.askInAll(EXPIRE_TOKEN, who, expireToken.createExpireDelegationTokenRequest({ hmac: token }));
    await script.askInAll(DESCRIBE_TOKENS, who, describeTokens.createDescribeDelegationTokenRequest({ owners: null }));
    return script.exchanges;
  } finally {
    await script.end();
  }
}
