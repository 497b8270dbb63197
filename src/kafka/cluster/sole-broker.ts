/** A cluster of one broker: it leads every partition and coordinates every group. */
import type { ListenerIdentity } from '../connection-session';
import type { Broker, Cluster, Leadership } from './cluster';
import { LEADER_EPOCH } from './leader-epoch';

const BROKER_ID = 1;

export function soleBroker(clusterId: string, listeners: readonly ListenerIdentity[]): Cluster {
  const leadership: Leadership = { leaderId: BROKER_ID, leaderEpoch: LEADER_EPOCH, replicas: [BROKER_ID] };
  const self = ({ advertisedHost, advertisedPort }: ListenerIdentity): Broker => ({
    id: BROKER_ID,
    host: advertisedHost,
    port: advertisedPort,
  });
  return {
    id: clusterId,
    selfId: BROKER_ID,
    listeners,
    controllerId: BROKER_ID,
    brokers: (listener) => [self(listener)],
    leadership: () => leadership,
    coordinator: (_groupId, listener) => self(listener),
  };
}
