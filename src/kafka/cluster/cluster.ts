/**
 * Who leads and who coordinates. Handlers ask here and believe nothing of their own; today the answer is "this broker, for all", and
 * a cluster of gateways is another implementation of this interface.
 */
import type { LeaderEpoch, PartitionId } from '../../types';
import type { ListenerIdentity } from '../connection-session';

/** A broker as the clients of one listener reach it. */
export interface Broker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

export interface Leadership {
  readonly leaderId: number;
  readonly leaderEpoch: LeaderEpoch;
  /** Broker ids; the leader is one of them. */
  readonly replicas: readonly number[];
}

export interface Cluster {
  /** What clients see as the cluster's id. */
  readonly id: string;
  /** The broker that this gateway is: its id, and where clients come in. */
  readonly selfId: number;
  readonly listeners: readonly ListenerIdentity[];
  readonly controllerId: number;
  brokers(listener: ListenerIdentity): readonly Broker[];
  leadership(topic: string, partition: PartitionId): Leadership;
  /** The coordinator of a consumer group. */
  coordinator(groupId: string, listener: ListenerIdentity): Broker;
}
