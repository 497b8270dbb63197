/** DescribeConfigs' numbers for where a value comes from and for what type it has. */
import type { HeldValue } from '../../topic-settings/holding';
import type { SettingType } from '../../topic-settings/setting';

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

const SOURCES: Readonly<Record<HeldValue['from'], ConfigSource>> = {
  topic: CONFIG_SOURCE.topic,
  broker: CONFIG_SOURCE.staticBroker,
  default: CONFIG_SOURCE.default,
};
export const sourceOf = ({ from }: HeldValue): ConfigSource => SOURCES[from];
