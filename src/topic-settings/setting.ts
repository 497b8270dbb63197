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

/**
 * What engines do, or do not, with what a topic is set to: keep the last record of each key, remove what is old or too much, cut the log
 * into files as it says, wrap records that its own form cannot carry.
 */
export type EngineAbility = 'compaction' | 'retention' | 'segments' | 'envelopes';

export interface TopicSetting {
  readonly name: string;
  readonly type: SettingType;
  /** As DescribeConfigs shows it. Absent where Kafka has none; such a setting is described only where a topic has it. */
  readonly default: string | undefined;
  readonly allowed: Allowed;
  /** The broker setting it falls back to; absent where Kafka has none. */
  readonly serverName?: string;
  /**
   * False where the broker setting of that name has no default of its own (log.retention.ms stands behind log.retention.hours), so
   * that it is a synonym only where it was set.
   */
  readonly serverHasDefault?: boolean;
  readonly documentation: string;
  /** Where something changes when it is set: everywhere, or on engines that can do so. Elsewhere it is stored and described, and nothing else. */
  readonly obeyed?: 'always' | EngineAbility;
}

/** The numbers that an integer type holds. */
export const INTEGERS = {
  int: { min: -2_147_483_648n, max: 2_147_483_647n },
  long: { min: -9_223_372_036_854_775_808n, max: 9_223_372_036_854_775_807n },
} as const;
