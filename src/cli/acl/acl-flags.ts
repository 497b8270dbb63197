/** What `seaglass acl` is told, as access control entries to add and as filters to list or remove by. */
import {
  type Acl,
  CLUSTER_NAME,
  OPERATIONS,
  PATTERN_TYPES,
  type PatternType,
  PERMISSIONS,
  RESOURCE_TYPES,
  type ResourceType,
  WILDCARD,
} from '../../kafka/security/acl';
import type { AclFilter } from '../../kafka/security/acl-filter';
import { UsageError } from '../usage-error';

export interface AclFlags {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly principal?: string;
  readonly operation?: readonly string[];
  readonly host?: string;
  readonly topic?: readonly string[];
  readonly group?: readonly string[];
  readonly transactionalId?: readonly string[];
  readonly cluster?: true;
  readonly prefixed?: true;
  readonly producer?: true;
  readonly consumer?: true;
}

type Right = Pick<Acl, 'resourceType' | 'resourceName' | 'patternType' | 'operation'>;
type OperationName = keyof typeof OPERATIONS;

/** The code that lets everything pass. */
const ANY = 1;

/** Throws UsageError where something is missing. */
export function aclsOf(flags: AclFlags): readonly Acl[] {
  const { allow = [], deny = [], host = WILDCARD } = flags;
  const who = [
    ...allow.map((principal) => ({ principal, permission: 'ALLOW' }) as const),
    ...deny.map((principal) => ({ principal, permission: 'DENY' }) as const),
  ];
  if (who.length === 0) throw new UsageError('whom? --allow User:name or --deny User:name');
  for (const { principal } of who) checkPrincipal(principal);
  const rights = flags.producer === true || flags.consumer === true ? rightsOfRole(flags) : namedRights(flags);
  return who.flatMap((each) => rights.map((right) => ({ ...right, ...each, host })));
}

function checkPrincipal(principal: string): void {
  if (!/^\w+:./.test(principal)) {
    throw new UsageError(`${principal} is no principal: write its type before its name, as User:${principal}`);
  }
}

function namedRights(flags: AclFlags): readonly Right[] {
  const { operation = [] } = flags;
  if (operation.length === 0) {
    throw new UsageError(
      `what? --operation ${Object.keys(OPERATIONS).join(', ').toLowerCase()}, --producer or --consumer`,
    );
  }
  const resources = resourcesOf(flags);
  if (resources.length === 0) throw new UsageError('on what? --topic, --group, --transactional-id or --cluster');
  const operations = operation.map(operationOf);
  return resources.flatMap((resource) => operations.map((each) => ({ ...resource, operation: each })));
}

/** What kafka-acls gives for --producer and --consumer. */
function rightsOfRole(flags: AclFlags): readonly Right[] {
  const patternType = patternOf(flags);
  const on = (resourceType: ResourceType, names: readonly string[], operations: readonly OperationName[]): Right[] =>
    names.flatMap((resourceName) =>
      operations.map((operation) => ({ resourceType, resourceName, patternType, operation })),
    );
  const { topic = [], group = [], transactionalId = [] } = flags;
  if (topic.length === 0) throw new UsageError('--producer and --consumer need --topic');
  if (flags.consumer === true && group.length === 0) throw new UsageError('--consumer needs --group');
  return [
    ...(flags.producer === true ? on('TOPIC', topic, ['WRITE', 'DESCRIBE', 'CREATE']) : []),
    ...(flags.producer === true ? on('TRANSACTIONAL_ID', transactionalId, ['WRITE', 'DESCRIBE']) : []),
    ...(flags.consumer === true ? on('TOPIC', topic, ['READ', 'DESCRIBE']) : []),
    ...(flags.consumer === true ? on('GROUP', group, ['READ']) : []),
  ];
}

/** Of everything where nothing is given. Throws UsageError. */
export function filtersOf(flags: AclFlags): readonly AclFilter[] {
  const resources = resourcesOf(flags);
  const operations = flags.operation?.map((name) => OPERATIONS[operationOf(name)]) ?? [ANY];
  const who = [
    ...(flags.allow ?? []).map((principal) => ({ principal, permissionType: PERMISSIONS.ALLOW })),
    ...(flags.deny ?? []).map((principal) => ({ principal, permissionType: PERMISSIONS.DENY })),
    ...(flags.principal === undefined ? [] : [{ principal: flags.principal, permissionType: ANY }]),
  ];
  const principals = who.length === 0 ? [{ principal: null, permissionType: ANY }] : who;
  const patterns =
    resources.length === 0
      ? [{ resourceTypeFilter: ANY, resourceNameFilter: null, patternTypeFilter: ANY }]
      : resources.map((each) => ({
          resourceTypeFilter: RESOURCE_TYPES[each.resourceType],
          resourceNameFilter: each.resourceName,
          patternTypeFilter: PATTERN_TYPES[each.patternType],
        }));
  return patterns.flatMap((pattern) =>
    principals.flatMap(({ principal, permissionType }) =>
      operations.map((operation) => ({
        ...pattern,
        ...{ principalFilter: principal, hostFilter: flags.host ?? null, operation, permissionType },
      })),
    ),
  );
}

/** True where nothing was said of what to look for. */
export const asksForAll = (flags: AclFlags): boolean =>
  [flags.allow, flags.deny, flags.principal, flags.operation, flags.host].every((each) => each === undefined) &&
  resourcesOf(flags).length === 0;

function resourcesOf(flags: AclFlags): readonly Pick<Right, 'resourceType' | 'resourceName' | 'patternType'>[] {
  const patternType = patternOf(flags);
  const of = (resourceType: ResourceType, names: readonly string[] = []) =>
    names.map((resourceName) => ({ resourceType, resourceName, patternType }));
  return [
    ...of('TOPIC', flags.topic),
    ...of('GROUP', flags.group),
    ...of('TRANSACTIONAL_ID', flags.transactionalId),
    ...(flags.cluster === true
      ? [{ resourceType: 'CLUSTER', resourceName: CLUSTER_NAME, patternType: 'LITERAL' } as const]
      : []),
  ];
}

const patternOf = ({ prefixed }: AclFlags): PatternType => (prefixed === true ? 'PREFIXED' : 'LITERAL');

/** In the ways in which people write it: DescribeConfigs, describe-configs, DESCRIBE_CONFIGS. */
function operationOf(text: string): OperationName {
  const plain = (name: string): string => name.replace(/[-_]/g, '').toLowerCase();
  const found = (Object.keys(OPERATIONS) as OperationName[]).find((name) => plain(name) === plain(text));
  if (found !== undefined) return found;
  throw new UsageError(`${text} is no operation; there are ${Object.keys(OPERATIONS).join(', ').toLowerCase()}`);
}
