/** Who leads a topic's partitions, as the brokers know it; where that is in doubt, the cluster is made to see to it. */
import type { Clock } from '../../../clock';
import { SeaweedMessagingService } from '../../../rpc/mq_broker';
import type { BrokerPartitionAssignment } from '../../../rpc/mq_broker';
import type { CallContext } from '../../../telemetry/trace/operation';
import { EngineError } from '../../../engine-error';
import { unlessCancelled } from '../../../waiting/deadline';
import type { MqCluster } from '../mq-cluster';
import { configureTopic } from './configure-topic';
import { mqTopic } from './partition-ring';
import type { TopicEntries } from './topic-entries';

export interface TopicLeadersOptions {
  readonly cluster: MqCluster;
  readonly entries: TopicEntries;
  readonly clock: Clock;
  /** Aborts when the dialect closes. */
  readonly lifetime: AbortSignal;
  /** The generation of a topic that is known; undefined for any other. */
  readonly generationOf: (name: string) => bigint | undefined;
}

/** So long an answer to a doubt serves all who have it. */
const SEEN_TO_MS = 250;

export class TopicLeaders {
  readonly #options: TopicLeadersOptions;
  /** Topics whose leaders are to be seen to before they are believed; true where a broker is known to repeat that there is none. */
  readonly #doubted = new Map<string, boolean>();
  readonly #asked = new Map<
    string,
    { readonly atMs: number; readonly answer: Promise<readonly BrokerPartitionAssignment[]> }
  >();

  constructor(options: TopicLeadersOptions) {
    this.#options = options;
  }

  /**
   * An error said that a partition's leader may be another, or away: the next lookup of its topic has the cluster see to it.
   * `refused` where the leader itself said so.
   */
  doubt(name: string, refused: boolean): void {
    if (this.#isKnown(name)) this.#doubted.set(name, refused || this.#doubted.get(name) === true);
  }

  /** The assignments as the brokers know them; `unavailable` where a broker still answers from before the topic was made anew. */
  async lookUp(name: string, context: CallContext): Promise<readonly BrokerPartitionAssignment[]> {
    const assignments = this.#doubted.has(name) ? await this.#seenTo(name, context) : await this.#lookUp(name, context);
    const generation = this.#options.generationOf(name);
    const answered = assignments[0]?.partition?.unixTimeNs;
    if (generation !== undefined && answered !== undefined && answered < generation) {
      throw new EngineError('unavailable', `topic ${name}: the broker still knows its generation ${answered}`);
    }
    return assignments;
  }

  /** Forgets the leaders of topics that are not known any more. */
  forgetUnknown(): void {
    for (const name of this.#asked.keys()) if (!this.#isKnown(name)) this.#asked.delete(name);
    for (const name of this.#doubted.keys()) if (!this.#isKnown(name)) this.#doubted.delete(name);
  }

  async #lookUp(name: string, context: CallContext): Promise<readonly BrokerPartitionAssignment[]> {
    const method = SeaweedMessagingService.lookupTopicBrokers;
    return (await this.#options.cluster.anyBroker(method, { topic: mqTopic(name) }, context))
      .brokerPartitionAssignments;
  }

  /** One question for all who ask within a moment. */
  #seenTo(name: string, context: CallContext): Promise<readonly BrokerPartitionAssignment[]> {
    const { clock, lifetime } = this.#options;
    const nowMs = clock.monotonicMs();
    const last = this.#asked.get(name);
    const shared = last !== undefined && nowMs - last.atMs < SEEN_TO_MS ? last.answer : undefined;
    const answer = shared ?? this.#configureAsItIs(name, { ...context, signal: lifetime });
    if (shared === undefined) this.#asked.set(name, { atMs: nowMs, answer });
    return unlessCancelled(answer, context.signal, `leaders of ${name}`);
  }

  /**
   * A broker that is looked up before it knows that it is alive answers for 30 s that nobody leads, and then takes no publisher
   * either. Configuring a topic as it is changes nothing, is answered from no cache, and has the balancer see to its leaders. Not
   * for a topic that is being deleted, which it would make anew.
   */
  async #configureAsItIs(name: string, context: CallContext): Promise<readonly BrokerPartitionAssignment[]> {
    const { cluster, entries } = this.#options;
    const found = await entries.readConf(name, context);
    if (found === undefined || !this.#isKnown(name)) {
      this.#doubted.delete(name);
      return this.#lookUp(name, context);
    }
    const { partitionCount } = found.topic;
    const asItIs = { name, partitionCount, repeatable: true };
    const { retention, brokerPartitionAssignments } = await configureTopic(cluster, asItIs, context);
    if (brokerPartitionAssignments.some(({ leaderBroker }) => leaderBroker === '')) {
      this.#doubted.set(name, true);
      return brokerPartitionAssignments;
    }
    if (this.#doubted.get(name) === true) {
      // Only a change of what is configured empties that cache: the retention, which is not obeyed, and back.
      const { retentionSeconds, enabled } = retention ?? { retentionSeconds: 0n, enabled: false };
      const longer = { retentionSeconds: retentionSeconds + 1n, enabled };
      await configureTopic(cluster, { name, partitionCount, retention: longer }, context);
      await configureTopic(cluster, { name, partitionCount, retention: { retentionSeconds, enabled } }, context);
    }
    this.#doubted.delete(name);
    return brokerPartitionAssignments;
  }

  #isKnown(name: string): boolean {
    return this.#options.generationOf(name) !== undefined;
  }
}
