/** What handlers work with: built once by `createServices`, passed to every handler. */
import type { Clock } from '../clock';
import type { Engine } from '../engine/engine';
import type { Telemetry } from '../telemetry/telemetry';
import type { SettingTexts } from '../topic-settings/holding';
import type { Cluster } from './cluster/cluster';
import type { FetchSessions } from './fetch/fetch-sessions';
import type { ResponseBudget } from './fetch/response-budget';
import type { ProducerIds } from './producer-ids';
import type { ActiveProducers } from './produce/active-producers';
import type { GroupCoordinator } from './groups/classic/group-coordinator';
import type { ValueWatch } from './fetch/value-watch';

export interface KafkaSettings {
  readonly autoCreateTopics: boolean;
  readonly defaultPartitionCount: number;
  /** Kafka's message.max.bytes: the largest batch accepted unless the topic says otherwise. */
  readonly messageBytesMax: number;
  /** Bytes that one batch may decompress to. */
  readonly decompressedBytesMax: number;
  /** Kafka's fetch.max.bytes: the most one fetch answer holds, whatever the client asks. */
  readonly fetchBytesMax: number;
  /** Bytes of answers waiting for slow sockets, over all connections; beyond it fetches return one batch at a time. */
  readonly responseBytesBudget: number;
  readonly fetchSessionsMax: number;
  /** Longest wait a produce may ask for, ms. */
  readonly requestTimeoutMsMax: number;
  /** Topic settings that hold where a topic has none of its own (broker defaults, Kafka's topic names). */
  readonly topicDefaults: SettingTexts;
}

export interface Services {
  readonly engine: Engine;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly settings: KafkaSettings;
  readonly fetchSessions: FetchSessions;
  readonly responseBudget: ResponseBudget;
  readonly producerIds: ProducerIds;
  readonly activeProducers: ActiveProducers;
  readonly groups: GroupCoordinator;
  readonly valueWatch: ValueWatch;
}
