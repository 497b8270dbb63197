/** DescribeClientQuotas: there are no quotas, so every filter that makes sense finds none (KIP-546). */
import {
  createDescribeClientQuotasResponse,
  describeClientQuotasApi,
  readDescribeClientQuotasRequest,
  writeDescribeClientQuotasResponse,
} from '../../protocol/generated/describe-client-quotas';
import type {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponse,
} from '../../protocol/generated/describe-client-quotas';
import { codesOf } from '../admin/error-codes';
import { quotaFilterProblem } from '../admin/quota-filter';
import { defineApi } from './define-api';

export const describeClientQuotas = defineApi<DescribeClientQuotasRequest, DescribeClientQuotasResponse>({
  facts: describeClientQuotasApi,
  read: readDescribeClientQuotasRequest,
  write: writeDescribeClientQuotasResponse,
  handle: (request) => {
    const problem = quotaFilterProblem(request.components);
    return Promise.resolve(
      createDescribeClientQuotasResponse(
        problem === undefined ? { errorMessage: null, entries: [] } : { ...problem, entries: null },
      ),
    );
  },
  failure: (_, errorCode) => createDescribeClientQuotasResponse({ errorCode, errorMessage: null, entries: null }),
  errors: (response) => codesOf([response]),
});
