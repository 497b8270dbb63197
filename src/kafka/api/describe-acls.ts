/** DescribeAcls: there is no authorizer, which is said as Kafka says it (KIP-140). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createDescribeAclsResponse,
  describeAclsApi,
  readDescribeAclsRequest,
  writeDescribeAclsResponse,
} from '../../protocol/generated/describe-acls';
import type { DescribeAclsRequest, DescribeAclsResponse } from '../../protocol/generated/describe-acls';
import { codesOf } from '../admin/error-codes';
import { defineApi } from './define-api';

export const describeAcls = defineApi<DescribeAclsRequest, DescribeAclsResponse>({
  facts: describeAclsApi,
  read: readDescribeAclsRequest,
  write: writeDescribeAclsResponse,
  handle: () =>
    Promise.resolve(
      createDescribeAclsResponse({
        errorCode: ErrorCode.SECURITY_DISABLED,
        errorMessage: 'No Authorizer is configured on the broker',
      }),
    ),
  failure: (_, errorCode) => createDescribeAclsResponse({ errorCode, errorMessage: null }),
  errors: (response) => codesOf([response]),
});
