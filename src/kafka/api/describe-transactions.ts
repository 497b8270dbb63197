/** DescribeTransactions: no transactional id was ever given out (KIP-664). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createDescribeTransactionsResponse,
  createTransactionState,
  describeTransactionsApi,
  readDescribeTransactionsRequest,
  writeDescribeTransactionsResponse,
} from '../../protocol/generated/describe-transactions';
import type {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../protocol/generated/describe-transactions';
import { codesOf } from '../admin/error-codes';
import { defineApi } from './define-api';

export const describeTransactions = defineApi<DescribeTransactionsRequest, DescribeTransactionsResponse>({
  facts: describeTransactionsApi,
  read: readDescribeTransactionsRequest,
  write: writeDescribeTransactionsResponse,
  handle: ({ transactionalIds }) =>
    Promise.resolve(
      createDescribeTransactionsResponse({
        transactionStates: transactionalIds.map((transactionalId) =>
          createTransactionState({
            transactionalId,
            errorCode: transactionalId === '' ? ErrorCode.INVALID_REQUEST : ErrorCode.TRANSACTIONAL_ID_NOT_FOUND,
          }),
        ),
      }),
    ),
  failure: ({ transactionalIds }, errorCode) =>
    createDescribeTransactionsResponse({
      transactionStates: transactionalIds.map((transactionalId) =>
        createTransactionState({ transactionalId, errorCode }),
      ),
    }),
  errors: (response) => codesOf(response.transactionStates),
});
