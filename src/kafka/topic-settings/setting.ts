/** What is known about one topic setting: its type, default, allowed values, the broker setting it falls back to, and who obeys it. */
export type SettingType = 'boolean' | 'string' | 'int' | 'long' | 'double' | 'list';

/** Which values are allowed; the words of a refusal follow from it. */
export type Allowed =
  | { readonly kind: 'any' }
  | { readonly kind: 'range'; readonly min?: bigint; readonly max?: bigint }
  /** A range, or one value outside of it that stands for the codec's own default. */
  | { readonly kind: 'levels'; readonly min: bigint; readonly max: bigint; readonly or: bigint }
  | { readonly kind: 'oneOf'; readonly values: readonly string[] }
  | { readonly kind: 'subsetOf'; readonly values: readonly string[] }
  /** `*`, or pairs of partition and broker. */
  | { readonly kind: 'throttledReplicas' };

/** `obeyed`: something changes when it is set. `accepted`: stored and described, and nothing else. */
export type Effect = 'obeyed' | 'accepted';
export type EngineKind = 'embedded' | 'seaweedmq';

export interface TopicSetting {
  readonly name: string;
  readonly type: SettingType;
  /** As DescribeConfigs shows it. */
  readonly default: string;
  readonly allowed: Allowed;
  /** The broker setting it falls back to; undefined where Kafka has none. */
  readonly serverName: string | undefined;
  /**
   * False where the broker setting of that name has no default of its own (log.retention.ms stands behind log.retention.hours), so
   * that it is a synonym only where it was set.
   */
  readonly serverHasDefault: boolean;
  readonly documentation: string;
  readonly effect: Readonly<Record<EngineKind, Effect>>;
}

export const INT_MAX = 2_147_483_647n;
export const INT_MIN = -2_147_483_648n;
export const LONG_MAX = 9_223_372_036_854_775_807n;
export const LONG_MIN = -9_223_372_036_854_775_808n;

/** DescribeConfigs' config types. */
export const CONFIG_TYPE: Readonly<Record<SettingType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
};

/** DescribeConfigs' config sources that a topic's entry can have. */
export const CONFIG_SOURCE = {
  topic: 1,
  staticBroker: 4,
  default: 5,
} as const;
export type ConfigSource = (typeof CONFIG_SOURCE)[keyof typeof CONFIG_SOURCE];
