/**
 * What the node does with a topic's settings that are not allowed: a new one is refused, and one that is stored (an older version's)
 * counts as not set, with a warning at each start. Names that the node does not know are kept as they are: a later gateway may.
 */
import { ErrorCode } from '../../rpc/record_log';
import type { Logger } from '../../telemetry/log/log';
import { refusedTexts, type SettingTexts } from '../../topic-settings/holding';
import { InvalidSetting } from '../../topic-settings/refusal';
import { checkTogether } from '../../topic-settings/validate';
import { NodeError } from '../node-error';
import type { StoredTopic } from './topic-file';

type Configs = Readonly<Record<string, string>>;

const known = new WeakMap<Configs, SettingTexts>();

/** One map for each object. */
export function settingTexts(configs: Configs): SettingTexts {
  let texts = known.get(configs);
  if (texts === undefined) known.set(configs, (texts = new Map(Object.entries(configs))));
  return texts;
}

/** Throws INVALID_CONFIG in Kafka's words. */
export function checkTopicConfigs(configs: Configs, defaults: SettingTexts): void {
  const texts = settingTexts(configs);
  try {
    for (const refused of refusedTexts(texts)) throw refused;
    checkTogether(texts, defaults);
  } catch (error) {
    if (!(error instanceof InvalidSetting)) throw error;
    throw new NodeError(ErrorCode.INVALID_CONFIG, error.message, { cause: error });
  }
}

export function warnOfRefused({ name: topic, configs }: StoredTopic, logger: Logger): void {
  for (const { message } of refusedTexts(settingTexts(configs))) {
    logger.write('warn', 'node.topic.setting_ignored', 'a stored setting counts as not set', {
      topic,
      reason: message,
    });
  }
}
