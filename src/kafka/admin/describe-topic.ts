/** A topic's settings as DescribeConfigs and CreateTopics answer them: value, source, synonyms. */
import { brokerValue, heldValue, type HeldValue, type SettingTexts } from '../../topic-settings/holding';
import type { TopicSetting } from '../../topic-settings/setting';
import { TOPIC_SETTINGS } from '../../topic-settings/table';
import { CONFIG_SOURCE, CONFIG_TYPE, type ConfigSource, sourceOf } from './config-source';

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string;
  readonly source: ConfigSource;
}

export interface DescribedConfig {
  readonly name: string;
  readonly value: string;
  readonly source: ConfigSource;
  /** From the value that holds to the one that holds last. */
  readonly synonyms: readonly ConfigSynonym[];
  readonly configType: number;
  readonly documentation: string;
}

/** All settings that have a value, or those of `keys`; unknown keys are left out, as Kafka does. */
export function describeTopicConfigs(
  configs: SettingTexts,
  brokers: SettingTexts,
  keys: readonly string[] | null,
): readonly DescribedConfig[] {
  const wanted = keys === null || keys.length === 0 ? undefined : new Set(keys);
  const described: DescribedConfig[] = [];
  for (const setting of TOPIC_SETTINGS.values()) {
    if (wanted?.has(setting.name) === false) continue;
    const held = heldValue(setting.name, configs, brokers);
    if (held !== undefined) described.push(describeOne(setting, held, brokers));
  }
  return described;
}

function describeOne(setting: TopicSetting, held: HeldValue, brokers: SettingTexts): DescribedConfig {
  const { name, documentation } = setting;
  const value = held.value;
  const source = sourceOf(held);
  const synonyms: ConfigSynonym[] = [];
  if (held.from === 'topic') synonyms.push({ name, value, source });
  synonyms.push(...brokerSynonyms(setting, brokers));
  return { name, value, source, synonyms, configType: CONFIG_TYPE[setting.type], documentation };
}

function brokerSynonyms(setting: TopicSetting, brokers: SettingTexts): readonly ConfigSynonym[] {
  const { serverName: name, serverHasDefault, default: initial } = setting;
  if (name === undefined) return [];
  const synonyms: ConfigSynonym[] = [];
  const configured = brokerValue(setting.name, brokers);
  if (configured?.from === 'broker') {
    synonyms.push({ name, value: configured.value, source: CONFIG_SOURCE.staticBroker });
  }
  if (serverHasDefault === true && initial !== undefined) {
    synonyms.push({ name, value: initial, source: CONFIG_SOURCE.default });
  }
  return synonyms;
}
