/**
 * A topic's settings as the code that obeys them reads them: typed, with the broker's defaults behind them. Worked out once per
 * Topic object, so that asking on every produce and fetch costs one map look-up.
 */
import type { Topic } from '../../engine/engine';
import type { KafkaSettings } from '../services';
import { parseSetting } from './parse';
import type { ConfigSource } from './setting';
import { CONFIG_SOURCE } from './setting';
import { TOPIC_SETTINGS } from './table';

export type CompressionType = 'uncompressed' | 'zstd' | 'lz4' | 'snappy' | 'gzip' | 'producer';

/** Times in ms, sizes in bytes. "Never" and "no limit" upwards are Number.MAX_SAFE_INTEGER; -1 stands where Kafka's setting says so. */
export interface TopicConfig {
  /** Both false: everything is kept. */
  readonly cleanupPolicy: { readonly compact: boolean; readonly delete: boolean };
  readonly compressionType: CompressionType;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly timestampBeforeMsMax: number;
  readonly timestampAfterMsMax: number;
  readonly maxMessageBytes: number;
  readonly maxDecompressedMessageBytes: number;
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly minInsyncReplicas: number;
  readonly recordEnvelope: 'auto' | 'always' | 'never';
  /** True where values of length 0 are expected. */
  readonly emptyValuesAllowed: boolean;
}

const memo = new WeakMap<Topic, { readonly settings: KafkaSettings; readonly config: TopicConfig }>();

export function effectiveTopicConfig(topic: Topic, settings: KafkaSettings): TopicConfig {
  const known = memo.get(topic);
  if (known?.settings === settings) return known.config;
  const config = workOut(topic, settings);
  memo.set(topic, { settings, config });
  return config;
}

function workOut(topic: Topic, settings: KafkaSettings): TopicConfig {
  const text = (name: string): string => effectiveValue(name, topic.configs, settings).value;
  const number = (name: string): number => {
    const value = BigInt(text(name));
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  };
  const cleanup = text('cleanup.policy').split(',');
  return {
    cleanupPolicy: { compact: cleanup.includes('compact'), delete: cleanup.includes('delete') },
    compressionType: text('compression.type') as CompressionType,
    timestampType: text('message.timestamp.type') as TopicConfig['timestampType'],
    timestampBeforeMsMax: number('message.timestamp.before.max.ms'),
    timestampAfterMsMax: number('message.timestamp.after.max.ms'),
    maxMessageBytes: number('max.message.bytes'),
    maxDecompressedMessageBytes: number('max.decompressed.message.bytes'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    minInsyncReplicas: number('min.insync.replicas'),
    recordEnvelope: text('seaglass.record.envelope') as TopicConfig['recordEnvelope'],
    emptyValuesAllowed: text('seaglass.empty.values') === 'allow',
  };
}

/**
 * The value that holds for a topic and where it comes from. A stored value that this version would refuse (written by another
 * program) counts as not set, so that one odd topic cannot break every request that names it.
 */
export function effectiveValue(
  name: string,
  configs: ReadonlyMap<string, string>,
  settings: KafkaSettings,
): { readonly value: string; readonly source: ConfigSource } {
  const own = allowedValue(name, configs.get(name));
  if (own !== undefined) return { value: own, source: CONFIG_SOURCE.topic };
  return brokerValue(name, settings) ?? { value: defaultOf(name), source: CONFIG_SOURCE.default };
}

/** What the broker's own configuration says; undefined where it says nothing. */
export function brokerValue(
  name: string,
  settings: KafkaSettings,
): { readonly value: string; readonly source: ConfigSource } | undefined {
  const configured = allowedValue(name, settings.topicDefaults.get(name));
  if (configured !== undefined) return { value: configured, source: CONFIG_SOURCE.staticBroker };
  if (name === 'max.message.bytes' && String(settings.messageBytesMax) !== defaultOf(name)) {
    return { value: String(settings.messageBytesMax), source: CONFIG_SOURCE.staticBroker };
  }
  return undefined;
}

export function defaultOf(name: string): string {
  return TOPIC_SETTINGS.get(name)?.default ?? '';
}

function allowedValue(name: string, text: string | undefined): string | undefined {
  const setting = TOPIC_SETTINGS.get(name);
  if (text === undefined || setting === undefined) return undefined;
  try {
    return parseSetting(setting, text).canonical;
  } catch {
    return undefined;
  }
}
