/** One API's generated functions put together. */
import type { Codec } from '../support/kafka-client';

export function codec<Request, Response>(
  facts: Codec<Request, Response>['facts'],
  write: Codec<Request, Response>['write'],
  read: Codec<Request, Response>['read'],
): Codec<Request, Response> {
  return { facts, write, read };
}
