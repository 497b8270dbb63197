/** Which entries a DescribeAcls or DeleteAcls asks for, as Kafka's AclBindingFilter finds them. */
import type { DescribeAclsRequest } from '../../protocol/generated/describe-acls';
import {
  type Acl,
  OPERATIONS,
  PATTERN_TYPES,
  PERMISSIONS,
  RESOURCE_TYPES,
  OPERATION_BY_CODE,
  PATTERN_TYPE_BY_CODE,
  PERMISSION_BY_CODE,
  RESOURCE_TYPE_BY_CODE,
  WILDCARD,
} from './acl';

/** The code that says "unknown", in every one of Kafka's enumerations. */
const UNKNOWN = 0;
/** The code that lets everything pass, in every one of them. */
const ANY = 1;
/** The pattern type that finds all patterns that a name matches. */
const MATCH = 2;

/** As it stands in a request: codes, and null for any. */
export type AclFilter = Pick<
  DescribeAclsRequest,
  | 'resourceTypeFilter'
  | 'resourceNameFilter'
  | 'patternTypeFilter'
  | 'principalFilter'
  | 'hostFilter'
  | 'operation'
  | 'permissionType'
>;

export function matchesFilter(acl: Acl, filter: AclFilter): boolean {
  return (
    isWanted(filter.resourceTypeFilter, RESOURCE_TYPES[acl.resourceType]) &&
    matchesPattern(acl, filter) &&
    (filter.principalFilter === null || filter.principalFilter === acl.principal) &&
    (filter.hostFilter === null || filter.hostFilter === acl.host) &&
    isWanted(filter.operation, OPERATIONS[acl.operation]) &&
    isWanted(filter.permissionType, PERMISSIONS[acl.permission])
  );
}

const isWanted = (wanted: number, code: number): boolean => wanted === ANY || wanted === code;

function matchesPattern({ patternType, resourceName }: Acl, filter: AclFilter): boolean {
  const wanted = filter.patternTypeFilter;
  if (wanted !== ANY && wanted !== MATCH && wanted !== PATTERN_TYPES[patternType]) return false;
  const name = filter.resourceNameFilter;
  if (name === null) return true;
  if (wanted !== MATCH) return name === resourceName;
  if (patternType === 'PREFIXED') return name.startsWith(resourceName);
  return resourceName === name || resourceName === WILDCARD;
}

/** True where the filter has a code that Kafka has no meaning for. */
export const isUnknownPattern = ({
  resourceTypeFilter: resourceType,
  patternTypeFilter: patternType,
}: AclFilter): boolean =>
  !(resourceType === ANY || RESOURCE_TYPE_BY_CODE.has(resourceType)) ||
  !(patternType === ANY || patternType === MATCH || PATTERN_TYPE_BY_CODE.has(patternType));

export const isUnknownEntry = ({ operation, permissionType: permission }: AclFilter): boolean =>
  !(operation === ANY || OPERATION_BY_CODE.has(operation)) ||
  !(permission === ANY || PERMISSION_BY_CODE.has(permission));

/** Kafka takes a request with such codes for bytes that it cannot read, and closes the connection. */
export const saysUnknown = (...codes: readonly number[]): boolean => codes.includes(UNKNOWN);

export const isUnreadable = (filter: AclFilter): boolean =>
  saysUnknown(filter.resourceTypeFilter, filter.patternTypeFilter, filter.operation, filter.permissionType);

/** Codes that only a filter can have; no entry is of any resource type, of any pattern or of one that matches, and so on. */
export const onlyFinds = (codes: {
  readonly resourceType: number;
  readonly resourcePatternType: number;
  readonly operation: number;
  readonly permissionType: number;
}): boolean =>
  codes.resourcePatternType === MATCH ||
  [codes.resourceType, codes.resourcePatternType, codes.operation, codes.permissionType].includes(ANY);
