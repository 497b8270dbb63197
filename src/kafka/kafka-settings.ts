/** The settings that handlers go by. */
import type { SettingTexts } from '../topic-settings/holding';

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
