/** DescribeClientQuotas: quotas that are set, by a filter of users, client ids and addresses (KIP-546). */
import {
  createDescribeClientQuotasResponse,
  createEntityData,
  createEntryData,
  createValueData,
  describeClientQuotasApi,
  readDescribeClientQuotasRequest,
  writeDescribeClientQuotasResponse,
} from '../../protocol/generated/describe-client-quotas';
import type {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponse,
  EntryData,
} from '../../protocol/generated/describe-client-quotas';
import { codesOf } from '../admin/error-codes';
import type { StoredQuota } from '../quotas/quota-entity';
import { fittingQuotas, quotaFilterProblem } from '../quotas/quota-filter';
import { defineApi } from './define-api';

export const describeClientQuotas = defineApi<DescribeClientQuotasRequest, DescribeClientQuotasResponse>({
  facts: describeClientQuotasApi,
  read: readDescribeClientQuotasRequest,
  write: writeDescribeClientQuotasResponse,
  handle: ({ components, strict }, _context, { quotaStore }) => {
    const problem = quotaFilterProblem(components);
    if (problem !== undefined)
      return Promise.resolve(createDescribeClientQuotasResponse({ ...problem, entries: null }));
    const entries = fittingQuotas(quotaStore.all(), components, strict).map(entryOf);
    return Promise.resolve(createDescribeClientQuotasResponse({ entries }));
  },
  failure: (_, errorCode) => createDescribeClientQuotasResponse({ errorCode, errorMessage: null, entries: null }),
  errors: (response) => codesOf([response]),
});

const entryOf = ({ entity, values }: StoredQuota): EntryData =>
  createEntryData({
    entity: [...entity].map(([entityType, entityName]) => createEntityData({ entityType, entityName })),
    values: [...values].map(([key, value]) => createValueData({ key, value })),
  });
