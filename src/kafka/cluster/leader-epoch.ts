/** Leader epochs (KIP-320): every partition is led by the same broker since it exists, so there is one epoch for ever. */
import { ErrorCode } from '../../protocol/error-code';
import { toLeaderEpoch } from '../../types';

export const LEADER_EPOCH = toLeaderEpoch(0);

/** What is wrong with the leader epoch that a client believes in; a negative one is none. */
export function leaderEpochProblem(currentLeaderEpoch: number): ErrorCode {
  return currentLeaderEpoch <= LEADER_EPOCH ? ErrorCode.NONE : ErrorCode.UNKNOWN_LEADER_EPOCH;
}
