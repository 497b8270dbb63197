/** What requests that make or delete partitions ask before they do, under their client's quota of such changes (KIP-599). */
import { ErrorCode } from '../../protocol/error-code';
import { AdminError } from '../admin/admin-error';
import type { RequestContext } from '../api/define-api';
import type { Services } from '../services';

const EXCEEDED = 'The throttling quota has been exceeded.';

/** To be called before so many partitions are made or deleted. Throws AdminError where the quota is used up. */
export type TakePermits = (partitions: number) => void;

/** Of one request; from version `strictSince` on its clients know the error. */
export function permitsOf(context: RequestContext, { quotas }: Services, strictSince: number): TakePermits {
  const { session, clientId, apiVersion } = context;
  const isStrict = apiVersion >= strictSince;
  return (partitions) => {
    if (!quotas.mutation.isActive) return;
    const who = { user: session.principal, clientId: clientId ?? '' };
    const ms = quotas.mutation.record({ ...who, partitions, isStrict }, quotas.nowMs());
    if (ms === 0) return;
    context.throttled({ quota: 'controller_mutation', ms });
    if (isStrict) throw new AdminError(ErrorCode.THROTTLING_QUOTA_EXCEEDED, EXCEEDED);
  };
}
