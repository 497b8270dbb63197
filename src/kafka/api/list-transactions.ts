/** ListTransactions: there are none (KIP-664). States that no transaction can be in are named, as Kafka names them. */
import {
  createListTransactionsResponse,
  listTransactionsApi,
  readListTransactionsRequest,
  writeListTransactionsResponse,
} from '../../protocol/generated/list-transactions';
import type { ListTransactionsRequest, ListTransactionsResponse } from '../../protocol/generated/list-transactions';
import { codesOf } from '../admin/error-codes';
import { defineApi } from './define-api';

const STATES: ReadonlySet<string> = new Set([
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Empty',
  'Dead',
  'PrepareEpochFence',
]);

export const listTransactions = defineApi<ListTransactionsRequest, ListTransactionsResponse>({
  facts: listTransactionsApi,
  read: readListTransactionsRequest,
  write: writeListTransactionsResponse,
  handle: ({ stateFilters }) => {
    const unknownStateFilters = [...new Set(stateFilters)].filter((each) => !STATES.has(each));
    return Promise.resolve(createListTransactionsResponse({ unknownStateFilters }));
  },
  failure: (_, errorCode) => createListTransactionsResponse({ errorCode }),
  errors: (response) => codesOf([response]),
});
