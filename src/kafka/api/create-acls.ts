/** CreateAcls: there is no authorizer, which is said as Kafka says it, once for each entry (KIP-140). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createAclCreationResult,
  createAclsApi,
  createCreateAclsResponse,
  readCreateAclsRequest,
  writeCreateAclsResponse,
} from '../../protocol/generated/create-acls';
import type { CreateAclsRequest, CreateAclsResponse } from '../../protocol/generated/create-acls';
import { codesOf } from '../admin/error-codes';
import { defineApi } from './define-api';

export const createAcls = defineApi<CreateAclsRequest, CreateAclsResponse>({
  facts: createAclsApi,
  read: readCreateAclsRequest,
  write: writeCreateAclsResponse,
  handle: (request) => Promise.resolve(answer(request, ErrorCode.SECURITY_DISABLED, 'No Authorizer is configured.')),
  failure: (request, errorCode) => answer(request, errorCode, null),
  errors: (response) => codesOf(response.results),
});

function answer({ creations }: CreateAclsRequest, errorCode: ErrorCode, errorMessage: string | null) {
  return createCreateAclsResponse({
    results: creations.map(() => createAclCreationResult({ errorCode, errorMessage })),
  });
}
