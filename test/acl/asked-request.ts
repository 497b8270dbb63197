/** A request that is asked with and without rights, by the API's name in the authorization table. */
import type { AUTHORIZATION } from '../../src/kafka/security/authorization-table';
import type { TopicId } from '../../src/types';
import type { Codec } from '../support/kafka-client';

/** What requests name: the rights of the script are on these. */
export interface Names {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly group: string;
  readonly transactionalId: string;
  /** The name of a topic that may come to be, and of one that was made to be deleted; others for each request. */
  readonly made: string;
  readonly doomed: string;
  readonly doomedId: TopicId;
}

export interface AskedRequest {
  readonly api: keyof typeof AUTHORIZATION;
  readonly what: string;
  readonly version: number;
  readonly codec: Codec<unknown, object>;
  readonly make: (names: Names) => unknown;
  /** A topic of its own: one that may come to be, or one that may be deleted. */
  readonly needs?: 'made' | 'doomed';
}

/** Asked in the newest version unless one is given. */
export function request<Request, Response extends object>(
  api: AskedRequest['api'],
  what: string,
  codec: Codec<Request, Response>,
  make: (names: Names) => Request,
  version = codec.facts.requestVersions.max,
): AskedRequest {
  return { api, what, version, codec: codec as unknown as AskedRequest['codec'], make };
}
