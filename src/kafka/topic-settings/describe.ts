/** A topic's settings as DescribeConfigs and CreateTopics answer them: value, source, synonyms. */
import type { KafkaSettings } from '../services';
import { brokerValue, defaultOf, effectiveValue } from './effective';
import type { ConfigSource, TopicSetting } from './setting';
import { CONFIG_SOURCE, CONFIG_TYPE } from './setting';
import { TOPIC_SETTINGS } from './table';

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

/** All settings, or those of `keys`; unknown keys are left out, as Kafka does. */
export function describeTopicConfigs(
  configs: ReadonlyMap<string, string>,
  settings: KafkaSettings,
  keys: readonly string[] | null,
): readonly DescribedConfig[] {
  const wanted = keys === null || keys.length === 0 ? undefined : new Set(keys);
  const described: DescribedConfig[] = [];
  for (const setting of TOPIC_SETTINGS.values()) {
    if (wanted === undefined || wanted.has(setting.name)) described.push(describeOne(setting, configs, settings));
  }
  return described;
}

function describeOne(
  setting: TopicSetting,
  configs: ReadonlyMap<string, string>,
  settings: KafkaSettings,
): DescribedConfig {
  const { value, source } = effectiveValue(setting.name, configs, settings);
  const synonyms: ConfigSynonym[] = [];
  if (source === CONFIG_SOURCE.topic) synonyms.push({ name: setting.name, value, source });
  if (setting.serverName !== undefined) {
    const broker = brokerValue(setting.name, settings);
    if (broker !== undefined) synonyms.push({ name: setting.serverName, ...broker });
    if (setting.serverHasDefault) {
      synonyms.push({ name: setting.serverName, value: defaultOf(setting.name), source: CONFIG_SOURCE.default });
    }
  }
  return {
    name: setting.name,
    value,
    source,
    synonyms,
    configType: CONFIG_TYPE[setting.type],
    documentation: setting.documentation,
  };
}
