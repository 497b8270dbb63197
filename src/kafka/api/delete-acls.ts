/** DeleteAcls (KIP-140, KIP-290): every entry that a filter finds is deleted; each filter is answered with what it found. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createDeleteAclsFilterResult,
  createDeleteAclsMatchingAcl,
  createDeleteAclsResponse,
  deleteAclsApi,
  readDeleteAclsRequest,
  writeDeleteAclsResponse,
} from '../../protocol/generated/delete-acls';
import type {
  DeleteAclsFilter,
  DeleteAclsFilterResult,
  DeleteAclsMatchingAcl,
  DeleteAclsRequest,
  DeleteAclsResponse,
} from '../../protocol/generated/delete-acls';
import { NO_ERROR, type Refusal, refusalOf } from '../admin/admin-error';
import { codesOf } from '../admin/error-codes';
import { type Acl, OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES } from '../security/acl';
import { clusterWords } from '../security/access-words';
import { isUnknownEntry, isUnknownPattern, isUnreadable, matchesFilter } from '../security/acl-filter';
import { defineApi } from './define-api';

export const deleteAcls = defineApi<DeleteAclsRequest, DeleteAclsResponse>({
  facts: deleteAclsApi,
  read: (reader, version) => {
    const request = readDeleteAclsRequest(reader, version);
    if (request.filters.some(isUnreadable)) throw reader.error('filters without the code for unknown', 'one with it');
    return request;
  },
  write: writeDeleteAclsResponse,
  handle: async (request, context, { authorizer }) => {
    if (authorizer === undefined) {
      return answer(request, ErrorCode.SECURITY_DISABLED, 'No Authorizer is configured.');
    }
    // As in Kafka all filters look at the entries that were there before.
    const all = [...authorizer.acls.all()];
    const asked = request.filters.map((filter) => ({ filter, found: foundBy(filter, all) }));
    const found = [...new Set(asked.flatMap((each) => each.found))];
    const failures = await authorizer.acls.remove(found, context);
    const outcomes = new Map(
      found.map((acl, index) => [acl, failures[index] === undefined ? NO_ERROR : refusalOf(failures[index])]),
    );
    return createDeleteAclsResponse({ filterResults: asked.map((each) => answerTo(each, outcomes)) });
  },
  failure: (request, errorCode) => answer(request, errorCode, clusterWords(errorCode)),
  errors: function* (response) {
    yield* codesOf(response.filterResults);
    for (const { matchingAcls } of response.filterResults) yield* codesOf(matchingAcls);
  },
});

interface AskedFilter {
  readonly filter: DeleteAclsFilter;
  readonly found: readonly Acl[];
}

function foundBy(filter: DeleteAclsFilter, all: readonly Acl[]): readonly Acl[] {
  if (isUnknownPattern(filter) || isUnknownEntry(filter)) return [];
  return all.filter((acl) => matchesFilter(acl, filter));
}

function answerTo({ filter, found }: AskedFilter, outcomes: ReadonlyMap<Acl, Refusal>): DeleteAclsFilterResult {
  if (isUnknownPattern(filter)) return invalid('Unknown patternFilter.');
  if (isUnknownEntry(filter)) return invalid('Unknown entryFilter.');
  const matchingAcls = found.map((acl) => matching(acl, outcomes.get(acl) ?? NO_ERROR));
  return createDeleteAclsFilterResult({ errorMessage: null, matchingAcls });
}

const invalid = (errorMessage: string): DeleteAclsFilterResult =>
  createDeleteAclsFilterResult({ errorCode: ErrorCode.INVALID_REQUEST, errorMessage });

const matching = (acl: Acl, refusal: Refusal): DeleteAclsMatchingAcl =>
  createDeleteAclsMatchingAcl({
    ...refusal,
    resourceType: RESOURCE_TYPES[acl.resourceType],
    resourceName: acl.resourceName,
    patternType: PATTERN_TYPES[acl.patternType],
    principal: acl.principal,
    host: acl.host,
    operation: OPERATIONS[acl.operation],
    permissionType: PERMISSIONS[acl.permission],
  });

function answer({ filters }: DeleteAclsRequest, errorCode: ErrorCode, errorMessage: string | null) {
  return createDeleteAclsResponse({
    filterResults: filters.map(() => createDeleteAclsFilterResult({ errorCode, errorMessage })),
  });
}
