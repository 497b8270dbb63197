/** What a CreateAcls asks for, checked in Kafka's order and words. */
import { ErrorCode } from '../../protocol/error-code';
import type { AclCreation } from '../../protocol/generated/create-acls';
import { shortened } from '../../topic-settings/refusal';
import { AdminError } from '../admin/admin-error';
import {
  type Acl,
  CLUSTER_NAME,
  OPERATION_BY_CODE,
  PATTERN_TYPE_BY_CODE,
  PERMISSION_BY_CODE,
  RESOURCE_TYPE_BY_CODE,
} from './acl';

/** Of codes that Kafka knows or has no meaning for; those that only filters have were refused before. Throws AdminError(INVALID_REQUEST). */
export function checkNewAcl(creation: AclCreation): Acl {
  const { resourceName, principal, host } = creation;
  const resourceType = RESOURCE_TYPE_BY_CODE.get(creation.resourceType);
  if (resourceType === 'CLUSTER' && resourceName !== CLUSTER_NAME) {
    throw invalid(`The only valid name for the CLUSTER resource is ${CLUSTER_NAME}`);
  }
  if (resourceName === '') throw invalid('Invalid empty resource name');
  if (resourceType === undefined) throw invalid('Invalid resourceType UNKNOWN');
  const patternType = PATTERN_TYPE_BY_CODE.get(creation.resourcePatternType);
  if (patternType === undefined) throw invalid('Invalid patternType UNKNOWN');
  const operation = OPERATION_BY_CODE.get(creation.operation);
  if (operation === undefined) throw invalid('Invalid operation UNKNOWN');
  const permission = PERMISSION_BY_CODE.get(creation.permissionType);
  if (permission === undefined) throw invalid('Invalid permissionType UNKNOWN');
  if (!principal.includes(':')) {
    const what = 'no colon is present separating the principal type from the principal name';
    throw invalid(`Could not parse principal from \`${shortened(principal)}\` (${what})`);
  }
  return { resourceType, resourceName, patternType, principal, host, operation, permission };
}

const invalid = (message: string): AdminError => new AdminError(ErrorCode.INVALID_REQUEST, message);
