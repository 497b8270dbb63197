/** What one request changed, as the table of audited APIs reads it from the request and its answer. */
import type { AuditKind, ResourceType } from '../../audit-trail/audit-kinds';
import type { ApiFacts } from '../api/define-api';

export interface AuditedChange {
  readonly kind: AuditKind;
  readonly type: ResourceType;
  readonly name: string;
  /** 0 where it was done. */
  readonly errorCode: number;
  readonly detail?: string;
  /** As of an event of the trail. */
  readonly repeats?: string;
}

/** One row of the table. */
export interface AuditedApi<Request, Response> {
  readonly facts: ApiFacts;
  /** Nothing where nothing was to be changed. */
  readonly changes: (request: Request, response: Response) => Iterable<AuditedChange>;
}

/** A row whose types only its own function knows. */
export type AnyAuditedApi = AuditedApi<unknown, unknown>;

/** Keeps the types of one row together and hides them from the table. */
export function audited<Request, Response>(row: AuditedApi<Request, Response>): AnyAuditedApi {
  return row as AnyAuditedApi;
}
