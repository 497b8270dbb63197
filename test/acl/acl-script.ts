/** What a super user may ask of CreateAcls, DescribeAcls and DeleteAcls, right and wrong, one request after the other. */
import { type AclCreation, createAclCreation, createCreateAclsRequest } from '../../src/protocol/generated/create-acls';
import {
  createDeleteAclsFilter,
  createDeleteAclsRequest,
  type DeleteAclsFilter,
} from '../../src/protocol/generated/delete-acls';
import { createDescribeAclsRequest } from '../../src/protocol/generated/describe-acls';
import { type Exchange, Script } from '../kafka-answers/script';
import type { KafkaClient } from '../support/kafka-client';
import { countAcls, deleteAllAcls } from './acl-client';
import { CREATE_ACLS, DELETE_ACLS, DESCRIBE_ACLS } from './cluster-requests';

const RIGHT = {
  resourceType: 2,
  resourceName: 'orders',
  resourcePatternType: 3,
  principal: 'User:alice',
  host: '*',
  operation: 3,
  permissionType: 3,
} as const;
const ANY = {
  resourceTypeFilter: 1,
  resourceNameFilter: null,
  patternTypeFilter: 1,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
} as const;

const CREATIONS: Readonly<Record<string, Partial<AclCreation>>> = {
  'a topic by its name': {},
  'the same once more': {},
  'topics by a prefix': { resourcePatternType: 4, resourceName: 'ord' },
  'any topic': { resourceName: '*' },
  'a denial': { permissionType: 2, operation: 4 },
  'a host': { host: '192.0.2.7', operation: 5 },
  'all operations': { operation: 2, principal: 'User:*' },
  'a group': { resourceType: 3, resourceName: 'readers' },
  'the cluster': { resourceType: 4, resourceName: 'kafka-cluster', operation: 7 },
  'a cluster of another name': { resourceType: 4, resourceName: 'other' },
  'a prefix of the cluster': { resourceType: 4, resourceName: 'kafka', resourcePatternType: 4 },
  'a transactional id': { resourceType: 5, resourceName: 'payer' },
  'a delegation token': { resourceType: 6, resourceName: 'token', operation: 8 },
  'a user': { resourceType: 7, resourceName: 'User:bob', operation: 13 },
  'an operation that the resource has not': { resourceType: 3, resourceName: 'readers', operation: 12 },
  'an empty name': { resourceName: '' },
  'an empty name of the cluster': { resourceType: 4, resourceName: '' },
  'any resource type': { resourceType: 1 },
  'a resource type that does not exist': { resourceType: 99 },
  'any pattern': { resourcePatternType: 1 },
  'a pattern that only finds': { resourcePatternType: 2 },
  'a pattern that does not exist': { resourcePatternType: 99 },
  'any operation': { operation: 1 },
  'an operation that does not exist': { operation: 99 },
  'any permission': { permissionType: 1 },
  'a permission that does not exist': { permissionType: 99 },
  'a principal without a type': { principal: 'alice' },
  'an empty principal': { principal: '' },
  'a principal of another type': { principal: 'Group:staff' },
  'an empty host': { host: '' },
};

/** Kafka closes the connection. */
const UNKNOWN: readonly (keyof AclCreation)[] = ['resourceType', 'resourcePatternType', 'operation', 'permissionType'];

const FILTERS: Readonly<Record<string, Partial<DeleteAclsFilter>>> = {
  everything: {},
  'of topics': { resourceTypeFilter: 2 },
  'of a name': { resourceNameFilter: 'orders' },
  'of a name, literal': { resourceNameFilter: 'orders', patternTypeFilter: 3 },
  'of a name, as a prefix': { resourceNameFilter: 'ord', patternTypeFilter: 4 },
  'that match a name': { resourceTypeFilter: 2, resourceNameFilter: 'orders', patternTypeFilter: 2 },
  'that match another name': { resourceTypeFilter: 2, resourceNameFilter: 'ordinary', patternTypeFilter: 2 },
  'of any name, by the name *': { resourceNameFilter: '*' },
  'of a principal': { principalFilter: 'User:alice' },
  'of everybody': { principalFilter: 'User:*' },
  'of a host': { hostFilter: '192.0.2.7' },
  'of an operation': { operation: 3 },
  'of denials': { permissionType: 2 },
  'of a resource type that does not exist': { resourceTypeFilter: 99 },
  'of an operation that does not exist': { operation: 99 },
};
const UNKNOWN_FILTERS: readonly (keyof DeleteAclsFilter)[] = [
  'resourceTypeFilter',
  'patternTypeFilter',
  'operation',
  'permissionType',
];

export async function aclScript(asAdmin: () => Promise<KafkaClient>): Promise<readonly Exchange[]> {
  const script = new Script(asAdmin);
  try {
    await create(script);
    await find(script);
    await remove(script);
    return script.exchanges;
  } finally {
    await script.end();
  }
}

async function create(script: Script): Promise<void> {
  for (const [what, fields] of Object.entries(CREATIONS)) {
    const creations = [createAclCreation({ ...RIGHT, ...fields })];
    await script.askInAll(CREATE_ACLS, what, createCreateAclsRequest({ creations }), 3);
  }
  const wrongBesideRight = [{ ...RIGHT, resourceName: '' }, RIGHT, { ...RIGHT, operation: 1 }];
  const creations = wrongBesideRight.map((each) => createAclCreation(each));
  await script.askInAll(CREATE_ACLS, 'wrong ones beside a right one', createCreateAclsRequest({ creations }));
  await script.ask(CREATE_ACLS, 'none', createCreateAclsRequest());
  for (const field of UNKNOWN) {
    const request = createCreateAclsRequest({ creations: [createAclCreation({ ...RIGHT, [field]: 0 })] });
    await script.ask(CREATE_ACLS, `${field} unknown`, request);
  }
}

async function find(script: Script): Promise<void> {
  // Kafka's controller answers before its brokers know.
  const client = await script.client();
  for (
    let [before, now] = [-1, await countAcls(client)];
    before !== now;
    [before, now] = [now, await countAcls(client)]
  );
  for (const [what, fields] of Object.entries(FILTERS)) {
    await script.ask(DESCRIBE_ACLS, `those ${what}`, createDescribeAclsRequest({ ...ANY, ...fields }));
  }
  await script.askInAll(DESCRIBE_ACLS, 'those of everything', createDescribeAclsRequest(ANY));
  for (const field of UNKNOWN_FILTERS) {
    await script.ask(DESCRIBE_ACLS, `${field} unknown`, createDescribeAclsRequest({ ...ANY, [field]: 0 }));
  }
}

async function remove(script: Script): Promise<void> {
  const ask = (what: string, ...filters: readonly Partial<DeleteAclsFilter>[]) =>
    script.ask(
      DELETE_ACLS,
      what,
      createDeleteAclsRequest({ filters: filters.map((each) => createDeleteAclsFilter({ ...ANY, ...each })) }),
    );
  await ask('none');
  await ask('those of a host', { hostFilter: '192.0.2.7' });
  await ask('those of a host once more', { hostFilter: '192.0.2.7' });
  await ask('one by two filters', { resourceTypeFilter: 6 }, { resourceTypeFilter: 6 });
  await ask('with a filter that means nothing', { resourceTypeFilter: 99 }, { operation: 99 });
  await ask('those that match a name', { resourceTypeFilter: 2, resourceNameFilter: 'orders', patternTypeFilter: 2 });
  for (const field of UNKNOWN_FILTERS) await ask(`${field} unknown`, { [field]: 0 });
  await ask('all that are left', {});
  await deleteAllAcls(await script.client());
}
