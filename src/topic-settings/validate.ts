/** Settings as a whole: every name known, every value allowed, no two in conflict. */
import { heldValue, type SettingTexts } from './holding';
import { readText } from './read-text';
import { InvalidSetting, shortened } from './refusal';
import { TOPIC_SETTINGS } from './table';

/**
 * The settings in the form they are stored in. `brokers`: what holds for those that are not among them, needed for the rules that
 * look at two settings. Throws InvalidSetting with what the client is told.
 */
export function validateTopicConfigs(
  configs: Iterable<readonly [string, string | null]>,
  brokers: SettingTexts,
): SettingTexts {
  const entries = [...configs];
  const withoutValue = entries.filter(([, value]) => value === null).map(([name]) => name);
  if (withoutValue.length > 0) {
    throw new InvalidSetting(`Null value not supported for topic configs: ${withoutValue.map(shortened).join(',')}`);
  }
  const valid = new Map<string, string>();
  for (const [name, value] of entries) {
    const setting = TOPIC_SETTINGS.get(name);
    if (setting === undefined) throw new InvalidSetting(`Unknown topic config name: ${shortened(name)}`);
    valid.set(name, readText(setting, value ?? ''));
  }
  checkTogether(valid, brokers);
  return valid;
}

/** Throws InvalidSetting where two settings contradict one another, or one asks for what is not here. */
export function checkTogether(configs: SettingTexts, brokers: SettingTexts): void {
  const value = (name: string): string => heldValue(name, configs, brokers)?.value ?? '';
  const [min, max] = [value('min.compaction.lag.ms'), value('max.compaction.lag.ms')];
  if (BigInt(min) > BigInt(max)) {
    throw new InvalidSetting(
      `conflict topic config setting min.compaction.lag.ms (${min}) > max.compaction.lag.ms (${max})`,
    );
  }
  if (value('remote.storage.enable') === 'true') {
    throw new InvalidSetting(
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    );
  }
}
