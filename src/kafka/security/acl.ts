/** Access control entries as Kafka has them: who may do what to which resources, or must not. Names and codes are Kafka's. */

/** The codes of `ResourceType`. */
export const RESOURCE_TYPES = {
  TOPIC: 2,
  GROUP: 3,
  CLUSTER: 4,
  TRANSACTIONAL_ID: 5,
  DELEGATION_TOKEN: 6,
  USER: 7,
} as const;

/** The codes of `AclOperation`. */
export const OPERATIONS = {
  ALL: 2,
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
  CREATE_TOKENS: 13,
  DESCRIBE_TOKENS: 14,
  TWO_PHASE_COMMIT: 15,
} as const;

/** The codes of `PatternType` that an entry can have. */
export const PATTERN_TYPES = { LITERAL: 3, PREFIXED: 4 } as const;

/** The codes of `AclPermissionType`. */
export const PERMISSIONS = { DENY: 2, ALLOW: 3 } as const;

export type ResourceType = keyof typeof RESOURCE_TYPES;
export type Operation = Exclude<keyof typeof OPERATIONS, 'ALL'>;
export type PatternType = keyof typeof PATTERN_TYPES;
export type Permission = keyof typeof PERMISSIONS;

/** The one resource of type CLUSTER. */
export const CLUSTER_NAME = 'kafka-cluster';
/** As a literal resource name, a host, or the name in `User:*`: any. */
export const WILDCARD = '*';
export const ANY_USER = 'User:*';

export interface Acl {
  readonly resourceType: ResourceType;
  readonly resourceName: string;
  readonly patternType: PatternType;
  /** With its type: `User:alice`. */
  readonly principal: string;
  /** An address, or `*`. */
  readonly host: string;
  readonly operation: keyof typeof OPERATIONS;
  readonly permission: Permission;
}

const byCode = <T extends string>(codes: Readonly<Record<T, number>>): ReadonlyMap<number, T> =>
  new Map((Object.entries(codes) as [T, number][]).map(([name, code]) => [code, name]));

export const RESOURCE_TYPE_BY_CODE: ReadonlyMap<number, ResourceType> = byCode(RESOURCE_TYPES);
export const OPERATION_BY_CODE: ReadonlyMap<number, keyof typeof OPERATIONS> = byCode(OPERATIONS);
export const PATTERN_TYPE_BY_CODE: ReadonlyMap<number, PatternType> = byCode(PATTERN_TYPES);
export const PERMISSION_BY_CODE: ReadonlyMap<number, Permission> = byCode(PERMISSIONS);

/** The same for two entries that say the same. */
export function aclKey(acl: Acl): string {
  const { resourceType, resourceName, patternType, principal, host, operation, permission } = acl;
  return JSON.stringify([resourceType, resourceName, patternType, principal, host, operation, permission]);
}

/** One line for people: `ALLOW User:alice READ on TOPIC PREFIXED orders- from *`. */
export function aclText({
  resourceType,
  resourceName,
  patternType,
  ...acl
}: Readonly<Record<keyof Acl, string>>): string {
  const { principal, host, operation, permission } = acl;
  return `${permission} ${principal} ${operation} on ${resourceType} ${patternType} ${resourceName} from ${host}`;
}

/** As requests and answers have it. */
export interface AclCodes {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}
