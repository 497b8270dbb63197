/** ConfigureTopic: makes a topic, or changes nothing of one that is configured so already. */
import { SeaweedMessagingService } from '../../../rpc/mq_broker';
import type { BrokerPartitionAssignment, ConfigureTopicResponse, TopicRetention } from '../../../rpc/mq_broker';
import type { Partition } from '../../../rpc/mq_schema';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset, PartitionId } from '../../../types';
import { EngineError } from '../../../engine-error';
import type { MqCluster } from '../mq-cluster';
import { findAssignment, mqTopic, partitionIds } from './partition-ring';
import type { TopicState } from './topic-state';

export type Led = BrokerPartitionAssignment & { readonly partition: Partition };

/** Where a partition ends now. */
export type HighWatermarkOf = (topic: string, assignment: Led, context: CallContext) => Promise<Offset>;

export interface Configuration {
  readonly name: string;
  readonly partitionCount: number;
  readonly retention?: TopicRetention;
  /** True where it changes nothing: a topic that two brokers make at once could be made twice. */
  readonly repeatable?: boolean;
}

export function configureTopic(
  cluster: MqCluster,
  { name, partitionCount, retention, repeatable = false }: Configuration,
  context: CallContext,
): Promise<ConfigureTopicResponse> {
  const request = { topic: mqTopic(name), partitionCount, retention };
  const method = SeaweedMessagingService.configureTopic;
  return cluster.anyBroker(method, request, context, { repeatable });
}

/** Begins a generation of the topic with that many partitions. */
export async function beginGeneration(
  cluster: MqCluster,
  { name, partitionCount }: { readonly name: string; readonly partitionCount: number },
  highWatermark: HighWatermarkOf,
  context: CallContext,
): Promise<Pick<TopicState, 'generation' | 'logStarts'>> {
  if (partitionCount < 1) throw new EngineError('invalid_partitions', `topic ${name}: ${partitionCount} partitions`);
  const { brokerPartitionAssignments: assignments } = await configureTopic(cluster, { name, partitionCount }, context);
  const generation = assignments[0]?.partition?.unixTimeNs;
  if (assignments.length !== partitionCount || generation === undefined) {
    const got = `${assignments.length} partitions were configured, ${partitionCount} asked for`;
    throw new EngineError('contradiction', `topic ${name}: ${got}`);
  }
  // The broker goes on counting where a deleted topic of this name ended: there the log starts.
  const ends = await Promise.all(
    partitionIds(partitionCount).map(async (id): Promise<readonly [PartitionId, Offset]> => {
      const led = findAssignment(assignments, id);
      return [id, led === undefined ? toOffset(0) : await highWatermark(name, led, context)];
    }),
  );
  return { generation, logStarts: new Map(ends.filter(([, offset]) => offset > 0)) };
}
