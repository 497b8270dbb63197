/** What the node refuses, with a code of the protocol's closed set and a text that says what was expected, what came, and where. */
import { ErrorCode } from '../rpc/record_log';
import type { Error as WireError } from '../rpc/record_log';

export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The disk refused `action` on `file`. */
export function storageError(action: string, file: string, cause: unknown): NodeError {
  const reason = reasonOf(cause);
  return new NodeError(ErrorCode.STORAGE_ERROR, `cannot ${action} ${file}: ${reason}`, { cause });
}

/** Runs `action`; what the disk throws becomes a STORAGE_ERROR that names the file. */
export function onDisk<T>(what: string, file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof NodeError) throw error;
    throw storageError(what, file, error);
  }
}

/** For answers: any failure as the protocol's Error. What is not a NodeError is our own fault, and is said as a storage error. */
export function toWireError(error: unknown): WireError {
  if (error instanceof NodeError) return { code: error.code, message: error.message };
  return {
    code: ErrorCode.STORAGE_ERROR,
    message: `internal error: ${reasonOf(error)}`,
  };
}

/** A failure's text. */
export function reasonOf(error: unknown): string {
  const hasText = typeof error === 'object' && error !== null && 'message' in error;
  return hasText ? String(error.message) : String(error);
}
