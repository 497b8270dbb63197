/** The broker's error codes and texts, turned into ours on purpose: its numbers are not Kafka's, and not one table either. */
import { status } from '@grpc/grpc-js';
import { EngineError } from '../../engine-error';
import type { EngineErrorCode } from '../../engine-error';
import { isServiceError } from '../../grpc/status';

/** Codes of publish answers. What says nothing about the request is retriable. */
const PUBLISH_CODES: ReadonlyMap<number, EngineErrorCode> = new Map([
  [1, 'unavailable'],
  [2, 'topic_not_found'],
  [3, 'partition_not_found'],
  [6, 'not_leader'],
  [7, 'timeout'],
  [8, 'unavailable'],
  [10, 'record_too_large'],
  [13, 'unavailable'],
  [14, 'unavailable'],
  [36, 'topic_exists'],
  [37, 'invalid_partitions'],
  [40, 'invalid_config'],
  [42, 'invalid_record'],
  [100, 'unavailable'],
  [101, 'unavailable'],
  [102, 'unavailable'],
]);

export function publishError(code: number, text: string, what: string): EngineError {
  return new EngineError(PUBLISH_CODES.get(code) ?? 'unavailable', `${what}: broker error ${code}: ${text}`);
}

/** The broker fails calls with status UNKNOWN and says why in words only. */
export function sharpen(error: unknown): unknown {
  if (!(error instanceof EngineError) || !isServiceError(error.cause) || error.cause.code !== status.UNKNOWN) {
    return error;
  }
  const text = error.cause.details;
  const code = codeOfText(text);
  return new EngineError(code, error.message, error.cause);
}

function codeOfText(text: string): EngineErrorCode {
  if (text.includes('all filer connections failed') && !text.includes('no entry is found')) return 'unavailable';
  if (/leader is:|not the leader|not leader/i.test(text)) return 'not_leader';
  if (/partition.*not found/i.test(text)) return 'partition_not_found';
  if (/not found|no entry is found/i.test(text)) return 'topic_not_found';
  return 'unavailable';
}
