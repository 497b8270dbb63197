/** DeleteAcls: there is no authorizer, which is said as Kafka says it, once for each filter (KIP-140). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createDeleteAclsFilterResult,
  createDeleteAclsResponse,
  deleteAclsApi,
  readDeleteAclsRequest,
  writeDeleteAclsResponse,
} from '../../protocol/generated/delete-acls';
import type { DeleteAclsRequest, DeleteAclsResponse } from '../../protocol/generated/delete-acls';
import { codesOf } from '../admin/error-codes';
import { defineApi } from './define-api';

export const deleteAcls = defineApi<DeleteAclsRequest, DeleteAclsResponse>({
  facts: deleteAclsApi,
  read: readDeleteAclsRequest,
  write: writeDeleteAclsResponse,
  handle: (request) => Promise.resolve(answer(request, ErrorCode.SECURITY_DISABLED, 'No Authorizer is configured.')),
  failure: (request, errorCode) => answer(request, errorCode, null),
  errors: (response) => codesOf(response.filterResults),
});

function answer({ filters }: DeleteAclsRequest, errorCode: ErrorCode, errorMessage: string | null) {
  return createDeleteAclsResponse({
    filterResults: filters.map(() => createDeleteAclsFilterResult({ errorCode, errorMessage })),
  });
}
