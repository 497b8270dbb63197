/** What Kafka says to a client that is not allowed something, where it says more than the code. */
import { ErrorCode } from '../../protocol/error-code';
import type { AccessError } from './authorization-table';

export const ACCESS_WORDS: Readonly<Record<AccessError, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'Topic authorization failed.',
  GROUP_AUTHORIZATION_FAILED: 'Group authorization failed.',
  CLUSTER_AUTHORIZATION_FAILED: 'Cluster authorization failed.',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'The transactional id used by the client is not authorized.',
};

/** For an answer to a whole request: null where it was not for lack of a right on the cluster. */
export const clusterWords = (errorCode: ErrorCode): string | null =>
  errorCode === ErrorCode.CLUSTER_AUTHORIZATION_FAILED ? ACCESS_WORDS.CLUSTER_AUTHORIZATION_FAILED : null;
