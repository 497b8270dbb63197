/** AlterClientQuotas: nobody is held to a quota here, so setting one is refused rather than taken and not obeyed (KIP-546). */
import { ErrorCode } from '../../protocol/error-code';
import {
  alterClientQuotasApi,
  createAlterClientQuotasResponse,
  createAlterClientQuotasResponseEntityData,
  createAlterClientQuotasResponseEntryData,
  readAlterClientQuotasRequest,
  writeAlterClientQuotasResponse,
} from '../../protocol/generated/alter-client-quotas';
import type { AlterClientQuotasRequest, AlterClientQuotasResponse } from '../../protocol/generated/alter-client-quotas';
import { codesOf } from '../admin/error-codes';
import { defineApi } from './define-api';

export const alterClientQuotas = defineApi<AlterClientQuotasRequest, AlterClientQuotasResponse>({
  facts: alterClientQuotasApi,
  read: readAlterClientQuotasRequest,
  write: writeAlterClientQuotasResponse,
  handle: (request) =>
    Promise.resolve(answer(request, ErrorCode.SECURITY_DISABLED, 'This broker enforces no client quotas.')),
  failure: (request, errorCode) => answer(request, errorCode, null),
  errors: (response) => codesOf(response.entries),
});

function answer({ entries }: AlterClientQuotasRequest, errorCode: ErrorCode, errorMessage: string | null) {
  return createAlterClientQuotasResponse({
    entries: entries.map(({ entity }) =>
      createAlterClientQuotasResponseEntryData({
        errorCode,
        errorMessage,
        entity: entity.map((each) => createAlterClientQuotasResponseEntityData(each)),
      }),
    ),
  });
}
