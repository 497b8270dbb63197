/** ListPartitionReassignments: partitions have one replica each, so none is ever on its way (KIP-455). */
import {
  createListPartitionReassignmentsResponse,
  listPartitionReassignmentsApi,
  readListPartitionReassignmentsRequest,
  writeListPartitionReassignmentsResponse,
} from '../../protocol/generated/list-partition-reassignments';
import type {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../protocol/generated/list-partition-reassignments';
import { codesOf } from '../admin/error-codes';
import { clusterWords } from '../security/access-words';
import { defineApi } from './define-api';

export const listPartitionReassignments = defineApi<
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse
>({
  facts: listPartitionReassignmentsApi,
  read: readListPartitionReassignmentsRequest,
  write: writeListPartitionReassignmentsResponse,
  handle: () => Promise.resolve(createListPartitionReassignmentsResponse({ errorMessage: null })),
  failure: (_, errorCode) =>
    createListPartitionReassignmentsResponse({ errorCode, errorMessage: clusterWords(errorCode) }),
  errors: (response) => codesOf([response]),
});
