/** What holds for a topic on this broker: the topic's own settings, with those of the gateway's configuration behind them. */
import type { Topic } from '../engine/engine';
import type { SettingTexts } from '../topic-settings/holding';
import { TOPIC_SETTINGS } from '../topic-settings/table';
import { topicConfig, type TopicConfig } from '../topic-settings/topic-config';
import type { KafkaSettings } from './kafka-settings';

export const effectiveTopicConfig = (topic: Topic, settings: KafkaSettings): TopicConfig =>
  topicConfig(topic.configs, brokerTexts(settings));

const known = new WeakMap<KafkaSettings, SettingTexts>();

/** kafka.topic-defaults, and kafka.message-bytes-max where those do not say max.message.bytes. One object for each settings object. */
export function brokerTexts(settings: KafkaSettings): SettingTexts {
  let texts = known.get(settings);
  if (texts === undefined) known.set(settings, (texts = withMessageBytesMax(settings)));
  return texts;
}

function withMessageBytesMax({ topicDefaults, messageBytesMax }: KafkaSettings): SettingTexts {
  const [name, text] = ['max.message.bytes', String(messageBytesMax)];
  if (TOPIC_SETTINGS.get(name)?.default === text) return topicDefaults;
  return new Map([[name, text], ...topicDefaults]);
}
