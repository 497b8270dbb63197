/**
 * Which value of a setting holds: the topic's own, else the broker's, else Kafka's default. A stored text that is not allowed (an
 * older version's, another program's) counts as not set, so that one odd topic can be opened, described and put right.
 */
import { tryRead } from './read-text';
import { InvalidSetting } from './refusal';
import { TOPIC_SETTINGS } from './table';

/** Texts by the settings' names. Never changed in place: what was read from them is remembered. */
export type SettingTexts = ReadonlyMap<string, string>;

export interface HeldValue {
  /** In canonical form. */
  readonly value: string;
  readonly from: 'topic' | 'broker' | 'default';
}

/** Undefined for a name that is unknown or that nothing sets and that has no default. */
export function heldValue(name: string, configs: SettingTexts, brokers: SettingTexts): HeldValue | undefined {
  const own = canonicalOf(name, configs);
  return own === undefined ? brokerValue(name, brokers) : { value: own, from: 'topic' };
}

/** What holds where a topic says nothing. */
export function brokerValue(name: string, brokers: SettingTexts): HeldValue | undefined {
  const configured = canonicalOf(name, brokers);
  if (configured !== undefined) return { value: configured, from: 'broker' };
  const initial = TOPIC_SETTINGS.get(name)?.default;
  return initial === undefined ? undefined : { value: initial, from: 'default' };
}

function canonicalOf(name: string, texts: SettingTexts): string | undefined {
  const text = texts.get(name);
  const setting = TOPIC_SETTINGS.get(name);
  if (text === undefined || setting === undefined) return undefined;
  const read = tryRead(setting, text);
  return read instanceof InvalidSetting ? undefined : read;
}

/** The texts that are not allowed. Unknown names are not looked at. */
export function refusedTexts(configs: SettingTexts): readonly InvalidSetting[] {
  const refused: InvalidSetting[] = [];
  for (const [name, text] of configs) {
    const setting = TOPIC_SETTINGS.get(name);
    const read = setting === undefined ? undefined : tryRead(setting, text);
    if (read instanceof InvalidSetting) refused.push(read);
  }
  return refused;
}
