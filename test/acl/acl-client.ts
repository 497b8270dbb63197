/** Access control entries made and taken away over the wire, and waited for until the broker that was asked goes by them. */
import { createAclCreation, createCreateAclsRequest } from '../../src/protocol/generated/create-acls';
import { createDeleteAclsFilter, createDeleteAclsRequest } from '../../src/protocol/generated/delete-acls';
import { createDescribeAclsRequest } from '../../src/protocol/generated/describe-acls';
import { type Acl, OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES } from '../../src/kafka/security/acl';
import type { KafkaClient } from '../support/kafka-client';
import { CREATE_ACLS, DELETE_ACLS, DESCRIBE_ACLS } from './cluster-requests';

const ANY = 1;
const ANYTHING = {
  resourceTypeFilter: ANY,
  resourceNameFilter: null,
  patternTypeFilter: ANY,
  principalFilter: null,
  hostFilter: null,
  operation: ANY,
  permissionType: ANY,
} as const;

export async function createAcls(client: KafkaClient, acls: readonly Acl[]): Promise<void> {
  const creations = acls.map((acl) =>
    createAclCreation({
      resourceType: RESOURCE_TYPES[acl.resourceType],
      resourceName: acl.resourceName,
      resourcePatternType: PATTERN_TYPES[acl.patternType],
      principal: acl.principal,
      host: acl.host,
      operation: OPERATIONS[acl.operation],
      permissionType: PERMISSIONS[acl.permission],
    }),
  );
  const { results } = await client.call(CREATE_ACLS, createCreateAclsRequest({ creations }));
  const refused = results.find(({ errorCode }) => errorCode !== 0);
  if (refused !== undefined) throw new Error(`error ${refused.errorCode}: ${refused.errorMessage}`);
}

export async function deleteAllAcls(client: KafkaClient): Promise<void> {
  await client.call(DELETE_ACLS, createDeleteAclsRequest({ filters: [createDeleteAclsFilter(ANYTHING)] }));
}

export async function countAcls(client: KafkaClient): Promise<number> {
  const { resources } = await client.call(DESCRIBE_ACLS, createDescribeAclsRequest(ANYTHING));
  return resources.reduce((count, { acls }) => count + acls.length, 0);
}

/** Exactly these, each once; resolves when the broker knows them. Kafka's controller answers before its brokers know. */
export async function setAcls(client: KafkaClient, acls: readonly Acl[]): Promise<void> {
  await deleteAllAcls(client);
  while ((await countAcls(client)) !== 0);
  if (acls.length === 0) return;
  await createAcls(client, acls);
  while ((await countAcls(client)) !== acls.length);
}
