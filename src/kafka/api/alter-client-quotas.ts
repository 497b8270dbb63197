/** AlterClientQuotas: quotas of users, client ids and addresses, for this gateway and all that share its filer (KIP-546). */
import { ErrorCode } from '../../protocol/error-code';
import {
  alterClientQuotasApi,
  createAlterClientQuotasResponse,
  createAlterClientQuotasResponseEntityData,
  createAlterClientQuotasResponseEntryData,
  readAlterClientQuotasRequest,
  writeAlterClientQuotasResponse,
} from '../../protocol/generated/alter-client-quotas';
import type {
  AlterClientQuotasRequest,
  AlterClientQuotasResponse,
  AlterClientQuotasResponseEntryData,
  EntryData,
} from '../../protocol/generated/alter-client-quotas';
import type { CallContext } from '../../telemetry/trace/operation';
import { NO_ERROR, type Refusal, refusalOf } from '../admin/admin-error';
import { codesOf } from '../admin/error-codes';
import { type AskedAlteration, readAlterations } from '../quotas/quota-alteration';
import type { Services } from '../services';
import { defineApi } from './define-api';

export const alterClientQuotas = defineApi<AlterClientQuotasRequest, AlterClientQuotasResponse>({
  facts: alterClientQuotasApi,
  read: readAlterClientQuotasRequest,
  write: writeAlterClientQuotasResponse,
  handle: async ({ entries, validateOnly }, context, services) => {
    const answers: AlterClientQuotasResponseEntryData[] = [];
    for (const asked of await readAlterations(entries, context, services)) {
      const failure = validateOnly ? undefined : await carryOut(asked, services, context);
      answers.push(answer(asked.named, asked.refusal ?? failure ?? NO_ERROR));
    }
    return createAlterClientQuotasResponse({ entries: answers });
  },
  failure: ({ entries }, errorCode) =>
    createAlterClientQuotasResponse({
      entries: entries.map(({ entity }) => answer(entity, { errorCode, errorMessage: null })),
    }),
  errors: (response) => codesOf(response.entries),
});

/** What it failed for; undefined where it did not. */
async function carryOut(
  { alteration }: AskedAlteration,
  { quotaStore }: Services,
  context: CallContext,
): Promise<Refusal | undefined> {
  if (alteration === undefined) return undefined;
  return quotaStore.alter(alteration, context).then(
    () => undefined,
    (error: unknown) => refusalOf(error),
  );
}

function answer(entity: EntryData['entity'], { errorCode, errorMessage }: Refusal): AlterClientQuotasResponseEntryData {
  return createAlterClientQuotasResponseEntryData({
    errorCode,
    errorMessage: errorCode === ErrorCode.NONE ? null : errorMessage,
    entity: entity.map((each) => createAlterClientQuotasResponseEntityData(each)),
  });
}
