/** An event as it leaves: a line of the log with the fields of the list, every text escaped and cut. */
import type { LogLine } from '../telemetry/log/winston-logger';
import { clientName, clientText } from '../telemetry/trace/client-name';
import { type AuditFieldName, AUDIT_FIELDS, DETAIL_LENGTH_MAX } from './audit-kinds';
import type { AuditEvent } from './audit-trail';

/** Several requests that one event stands for. */
export interface Repeated {
  readonly count: number;
  readonly sinceMs: number;
}

export function auditLine(event: AuditEvent, atMs: number, repeated?: Repeated): LogLine {
  const { kind, actor, resource, verdict } = event;
  const principal = `User:${actor.principal}`;
  const fields: Readonly<Record<AuditFieldName, string | number | undefined>> = {
    principal,
    listener: actor.listener,
    client_address: actor.clientAddress,
    client_id: actor.clientId ?? undefined,
    api: event.api,
    resource_type: resource.type,
    resource_name: resource.name,
    verdict,
    rule: event.rule,
    error: event.error,
    detail: event.detail,
    count: repeated?.count,
    since: repeated === undefined ? undefined : new Date(repeated.sinceMs).toISOString(),
    ...{ trace_id: event.trace?.trace_id, span_id: event.trace?.span_id },
  };
  const attributes: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) attributes[key] = typeof value === 'number' ? value : shown(key as AuditFieldName, value);
  }
  return {
    level: verdict === 'denied' ? 'warn' : 'info',
    event: `audit.${kind}`,
    message: `${clientName(principal)} ${event.api} ${resource.type} ${clientName(resource.name)}: ${verdict}`,
    atMs,
    attributes,
  };
}

/** Of one line, and of no more characters than the list says. */
function shown(field: AuditFieldName, text: string): string {
  const { lengthMax } = { lengthMax: DETAIL_LENGTH_MAX, ...AUDIT_FIELDS[field] };
  return clientText(text, lengthMax);
}

/** A line of a file: one JSON object and its end. */
export function jsonLine({ level, event, message, atMs, attributes }: LogLine): string {
  return `${JSON.stringify({ time: new Date(atMs).toISOString(), level, event, message, ...attributes })}\n`;
}
