/** The contract of logging: one JSON line per notable event, with a stable event name; never blocks, never throws, no record content. */
import type { AttributeValue, Operation } from '../trace/operation';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Logger {
  /** `event` is a stable name (`engine.connected`); attributes are flat. Lines are rate-limited per event; what is suppressed is counted. */
  write(
    level: LogLevel,
    event: string,
    message: string,
    attributes?: Readonly<Record<string, AttributeValue | undefined>>,
  ): void;
  /** Guards costly lines. */
  enabled(level: LogLevel): boolean;
}

/** What leads from a line to the trace that it is about. */
export function traceIds(operation: Pick<Operation, 'traceId' | 'spanId'>): {
  readonly trace_id: string;
  readonly span_id: string;
} {
  return { trace_id: operation.traceId, span_id: operation.spanId };
}

/** Writes nothing. */
export const silentLogger: Logger = { write: () => undefined, enabled: () => false };
