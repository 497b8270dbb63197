/** DescribeAcls (KIP-140, KIP-290): the entries that a filter finds, put together by resource. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createAclDescription,
  createDescribeAclsResource,
  createDescribeAclsResponse,
  describeAclsApi,
  readDescribeAclsRequest,
  writeDescribeAclsResponse,
} from '../../protocol/generated/describe-acls';
import type {
  AclDescription,
  DescribeAclsRequest,
  DescribeAclsResource,
  DescribeAclsResponse,
} from '../../protocol/generated/describe-acls';
import { codesOf } from '../admin/error-codes';
import { type Acl, OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES } from '../security/acl';
import { clusterWords } from '../security/access-words';
import { isUnreadable, matchesFilter } from '../security/acl-filter';
import { defineApi } from './define-api';

export const describeAcls = defineApi<DescribeAclsRequest, DescribeAclsResponse>({
  facts: describeAclsApi,
  read: (reader, version) => {
    const request = readDescribeAclsRequest(reader, version);
    if (isUnreadable(request)) throw reader.error('a filter without the code for unknown', 'one with it');
    return request;
  },
  write: writeDescribeAclsResponse,
  handle: (request, _, { authorizer }) => {
    if (authorizer === undefined) {
      const errorMessage = 'No Authorizer is configured on the broker';
      return Promise.resolve(createDescribeAclsResponse({ errorCode: ErrorCode.SECURITY_DISABLED, errorMessage }));
    }
    const found = [...authorizer.acls.all()].filter((acl) => matchesFilter(acl, request));
    return Promise.resolve(createDescribeAclsResponse({ resources: byResource(found) }));
  },
  failure: (_, errorCode) => createDescribeAclsResponse({ errorCode, errorMessage: clusterWords(errorCode) }),
  errors: (response) => codesOf([response]),
});

function byResource(acls: readonly Acl[]): readonly DescribeAclsResource[] {
  const resources = new Map<string, DescribeAclsResource & { readonly acls: AclDescription[] }>();
  for (const { resourceType, resourceName, patternType, principal, host, operation, permission } of acls) {
    const key = `${resourceType} ${patternType} ${resourceName}`;
    let resource = resources.get(key);
    if (resource === undefined) {
      const codes = { resourceType: RESOURCE_TYPES[resourceType], patternType: PATTERN_TYPES[patternType] };
      resource = { ...createDescribeAclsResource({ ...codes, resourceName }), acls: [] };
      resources.set(key, resource);
    }
    const codes = { operation: OPERATIONS[operation], permissionType: PERMISSIONS[permission] };
    resource.acls.push(createAclDescription({ principal, host, ...codes }));
  }
  return [...resources.values()];
}
