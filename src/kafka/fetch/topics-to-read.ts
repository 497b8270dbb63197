/** Which topics a fetch may read: a consumer those that it may READ; a replica, which acts for the cluster, all of them. */
import type { FetchRequest } from '../../protocol/generated/fetch';
import type { Access } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';

const { follower, topic } = AUTHORIZATION.fetch;

export function topicsToRead({ replicaId, replicaState }: FetchRequest, access: Access): (name: string) => boolean {
  // The one that the version does not have is at its default, which is that of a consumer.
  if (replicaId < 0 && replicaState.replicaId < 0) return (name) => access.allows(topic, name);
  const allowed = access.allows(follower);
  return () => allowed;
}
