/**
 * Users who are stored in a cluster, changed by Kafka's own requests to one of its gateways (KIP-554). The password is salted here: the gateway
 * is sent what is kept of it, as by kafka-configs.
 */
import type { DrillClient, DrillCodec } from '../../drills/run/drill-client';
import {
  SALT_SEED_BYTES,
  saltedPassword,
  saltOf,
  SCRAM_MECHANISMS,
  type ScramMechanism,
} from '../../kafka/users/scram-credential';
import { mechanismOfType, scramType } from '../../kafka/users/scram-types';
import { ErrorCode, errorNameOf } from '../../protocol/error-code';
import * as alter from '../../protocol/generated/alter-user-scram-credentials';
import * as describe from '../../protocol/generated/describe-user-scram-credentials';
import { systemRandom } from '../../random';
import type { Kept, NewPassword, UserStore } from './user-store';

const ALTER: DrillCodec<alter.AlterUserScramCredentialsRequest, alter.AlterUserScramCredentialsResponse> = {
  ...{ key: alter.alterUserScramCredentialsApi.key, version: 0 },
  ...{ write: alter.writeAlterUserScramCredentialsRequest, read: alter.readAlterUserScramCredentialsResponse },
};
const DESCRIBE: DrillCodec<
  describe.DescribeUserScramCredentialsRequest,
  describe.DescribeUserScramCredentialsResponse
> = {
  ...{ key: describe.describeUserScramCredentialsApi.key, version: 0 },
  write: describe.writeDescribeUserScramCredentialsRequest,
  read: describe.readDescribeUserScramCredentialsResponse,
};

/** `name`: of the cluster, as people are told. */
export const storedUsers = (client: DrillClient, name: string): UserStore => ({
  name,
  users: () => usersOf(client),
  put: (user, password) => put(client, user, password),
  remove: (user) => removeBy(client, user, SCRAM_MECHANISMS),
});

/** Those of the users file of the gateway are told as well. Rejects with Error that says what it was answered. */
async function usersOf(client: DrillClient): Promise<ReadonlyMap<string, Kept>> {
  const request = describe.createDescribeUserScramCredentialsRequest({ users: null });
  const { errorCode, errorMessage, results } = await client.call(DESCRIBE, request);
  if (errorCode !== ErrorCode.NONE) throw refused('users', { errorCode, errorMessage });
  return new Map(results.map(({ user, credentialInfos }) => [user, keptOf(credentialInfos)]));
}

function keptOf(infos: readonly describe.CredentialInfo[]): Kept {
  const kept: Partial<Record<ScramMechanism, number>> = {};
  for (const { mechanism: type, iterations } of infos) {
    const mechanism = mechanismOfType(type);
    if (mechanism !== undefined) kept[mechanism] = iterations;
  }
  return kept;
}

/** An old password must not outlive the new one by a mechanism that the new one is not for. */
async function put(client: DrillClient, name: string, given: NewPassword): Promise<void> {
  const { password, mechanisms, iterations } = given;
  for (const mechanism of mechanisms) {
    const salt = saltOf(systemRandom.bytes(SALT_SEED_BYTES));
    const salted = await saltedPassword(mechanism, password, { salt, iterations });
    const upsertion = { name, mechanism: scramType(mechanism), iterations, salt, saltedPassword: salted };
    const answer = await change(client, { upsertions: [alter.createScramCredentialUpsertion(upsertion)] });
    if (answer.errorCode !== ErrorCode.NONE) throw refused(name, answer);
  }
  await removeBy(
    client,
    name,
    SCRAM_MECHANISMS.filter((each) => !mechanisms.includes(each)),
  );
}

/** Whether there was anything to remove. */
async function removeBy(client: DrillClient, name: string, mechanisms: readonly ScramMechanism[]): Promise<boolean> {
  let removed = false;
  // Kafka alters a user once a request.
  for (const mechanism of mechanisms) {
    const deletion = alter.createScramCredentialDeletion({ name, mechanism: scramType(mechanism) });
    const answer = await change(client, { deletions: [deletion] });
    if (answer.errorCode === ErrorCode.NONE) removed = true;
    else if (answer.errorCode !== ErrorCode.RESOURCE_NOT_FOUND) throw refused(name, answer);
  }
  return removed;
}

type Answer = Pick<alter.AlterUserScramCredentialsResult, 'errorCode' | 'errorMessage'>;

async function change(client: DrillClient, changes: Partial<alter.AlterUserScramCredentialsRequest>): Promise<Answer> {
  const { results } = await client.call(ALTER, alter.createAlterUserScramCredentialsRequest(changes));
  return results[0] ?? { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: 'an answer without the user' };
}

function refused(what: string, { errorCode, errorMessage }: Answer): Error {
  const words = errorMessage === null || errorMessage === '' ? '' : `: ${errorMessage}`;
  return new Error(`${what}: ${errorNameOf(errorCode) ?? errorCode}${words}`);
}
