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
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { defineApi } from './define-api';

export const describeTransactions = defineApi<DescribeTransactionsRequest, DescribeTransactionsResponse>({
  facts: describeTransactionsApi,
  read: readDescribeTransactionsRequest,
  write: writeDescribeTransactionsResponse,
  handle: ({ transactionalIds }, context, services) => {
    const denied = accessOf(context, services).denied(
      AUTHORIZATION.describeTransactions.transactionalId,
      transactionalIds,
    );
    const transactionStates = transactionalIds.map((transactionalId) =>
      createTransactionState({
        transactionalId,
        errorCode: denied.has(transactionalId)
          ? ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
          : transactionalId === ''
            ? ErrorCode.INVALID_REQUEST
            : ErrorCode.TRANSACTIONAL_ID_NOT_FOUND,
      }),
    );
    return Promise.resolve(createDescribeTransactionsResponse({ transactionStates }));
  },
  failure: ({ transactionalIds }, errorCode) =>
    createDescribeTransactionsResponse({
      transactionStates: transactionalIds.map((transactionalId) =>
        createTransactionState({ transactionalId, errorCode }),
      ),
    }),
  errors: (response) => codesOf(response.transactionStates),
});
