/**
 * The contract of auditing: who did what to what, by which right. Handlers, sign-ins and the console tell it here; nothing of it waits,
 * throws, or holds record content or credentials. Texts may be the client's: they are escaped and cut where an event is written.
 */
import type { AuditKind, AuditVerdict, ResourceType } from './audit-kinds';

/** Who did it. */
export interface AuditActor {
  /** Without Kafka's `User:` before it; `ANONYMOUS` where nothing was shown. */
  readonly principal: string;
  readonly listener: string;
  readonly clientAddress: string;
  readonly clientId: string | null;
}

export interface AuditEvent {
  readonly kind: AuditKind;
  readonly actor: AuditActor;
  /** The API of Kafka by its name, `TLS`, or the path of the console. */
  readonly api: string;
  readonly resource: { readonly type: ResourceType; readonly name: string };
  readonly verdict: AuditVerdict;
  /** What decided; absent where nothing had to. */
  readonly rule?: string | undefined;
  /** Kafka's name of the error, or words. */
  readonly error?: string | undefined;
  /**
   * Of what comes again and again: what is the same then, beside who, API and resource. It is told at first, and counted over an interval.
   */
  readonly repeats?: string | undefined;
  /** What was changed. Never a credential. */
  readonly detail?: string | undefined;
  /** `traceIds(operation)` where there is one. */
  readonly trace?: { readonly trace_id: string; readonly span_id: string } | undefined;
}

/** A request as the trail sees it; a RequestContext is one. */
export interface AuditedRequest {
  readonly session: {
    readonly principal: string;
    readonly clientAddress: string;
    readonly listener: { readonly name: string };
  };
  readonly clientId: string | null;
  readonly operation: { readonly traceId: string; readonly spanId: string };
}

/** Records of a topic that a request had read or written. */
export interface TopicUsed {
  /** The API of Kafka by its name. */
  readonly api: string;
  readonly topic: string;
  readonly request: AuditedRequest;
}

/** Records of a topic that went one way. */
export type TopicUse = 'topic_read' | 'topic_written';

export interface AuditTrail {
  /** Returns at once. */
  record(event: AuditEvent): void;
  /** Whether `used` is to be called; nothing is worked out for it otherwise. */
  audits(use: TopicUse): boolean;
  /**
   * Records of the topic were read or written; told once an interval for each principal, topic and API. `ruleOf` says what allowed it;
   * it is asked of the first alone.
   */
  used(use: TopicUse, used: TopicUsed, ruleOf: () => string | undefined): void;
}

/** Tells nobody. */
export const silentAuditTrail: AuditTrail = { record: () => undefined, audits: () => false, used: () => undefined };

export const actorOf = ({ session, clientId }: AuditedRequest): AuditActor => ({
  principal: session.principal,
  listener: session.listener.name,
  clientAddress: session.clientAddress,
  clientId,
});
