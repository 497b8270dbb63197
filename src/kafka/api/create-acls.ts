/** CreateAcls (KIP-140, KIP-290): each entry is checked and stored for itself; one that is there already is made again without harm. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createAclCreationResult,
  createAclsApi,
  createCreateAclsResponse,
  readCreateAclsRequest,
  writeCreateAclsResponse,
} from '../../protocol/generated/create-acls';
import type { AclCreation, CreateAclsRequest, CreateAclsResponse } from '../../protocol/generated/create-acls';
import { type Refusal, refusalOf } from '../admin/admin-error';
import { codesOf } from '../admin/error-codes';
import type { Acl } from '../security/acl';
import { clusterWords } from '../security/access-words';
import { onlyFinds, saysUnknown } from '../security/acl-filter';
import { checkNewAcl } from '../security/new-acl';
import { defineApi } from './define-api';

export const createAcls = defineApi<CreateAclsRequest, CreateAclsResponse>({
  facts: createAclsApi,
  read: (reader, version) => {
    const request = readCreateAclsRequest(reader, version);
    for (const { resourceType, resourcePatternType, operation, permissionType } of request.creations) {
      if (saysUnknown(resourceType, resourcePatternType, operation, permissionType)) {
        throw reader.error('entries without the code for unknown', 'one with it');
      }
    }
    return request;
  },
  write: writeCreateAclsResponse,
  handle: async (request, context, { authorizer }) => {
    if (authorizer === undefined) {
      return answer(request, ErrorCode.SECURITY_DISABLED, 'No Authorizer is configured.');
    }
    // Kafka fails over them, and makes none of the request's entries.
    if (!request.creations.every(isSpecific)) return answer(request, ErrorCode.UNKNOWN_SERVER_ERROR, null);
    const checked = request.creations.map(checkedAcl);
    const good = checked.filter((each): each is Acl => !('errorCode' in each));
    const outcomes = (await authorizer.acls.add(good, context)).values();
    const results = checked.map((each) => {
      if ('errorCode' in each) return createAclCreationResult(each);
      const { value: failure } = outcomes.next();
      return createAclCreationResult(failure === undefined ? undefined : refusalOf(failure));
    });
    return createCreateAclsResponse({ results });
  },
  failure: (request, errorCode) => answer(request, errorCode, clusterWords(errorCode)),
  errors: (response) => codesOf(response.results),
  isWrong: ({ creations }) => !creations.every(isSpecific),
});

function checkedAcl(creation: AclCreation): Acl | Refusal {
  try {
    return checkNewAcl(creation);
  } catch (error) {
    return refusalOf(error);
  }
}

/** An entry is not of "any" of something, nor of what only filters have. */
const isSpecific = ({ resourceType, resourcePatternType, operation, permissionType }: AclCreation): boolean =>
  !onlyFinds({ resourceType, resourcePatternType, operation, permissionType });

function answer({ creations }: CreateAclsRequest, errorCode: ErrorCode, errorMessage: string | null) {
  return createCreateAclsResponse({
    results: creations.map(() => createAclCreationResult({ errorCode, errorMessage })),
  });
}
