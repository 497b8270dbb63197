/** A topic's settings as a whole: every name known, every value allowed, no two in conflict. */
import { InvalidSetting, parseSetting } from './parse';
import { TOPIC_SETTINGS } from './table';

/**
 * The settings in the form they are stored in. `defaults` are the values of what is not among them (the broker's), needed for the rules
 * that look at two settings. Throws InvalidSetting with what the client is told.
 */
export function validateTopicConfigs(
  configs: Iterable<readonly [string, string | null]>,
  defaults: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const entries = [...configs];
  const withoutValue = entries.filter(([, value]) => value === null).map(([name]) => name);
  if (withoutValue.length > 0) {
    throw new InvalidSetting(`Null value not supported for topic configs: ${withoutValue.map(shown).join(',')}`);
  }
  const valid = new Map<string, string>();
  for (const [name, value] of entries) {
    const setting = TOPIC_SETTINGS.get(name);
    if (setting === undefined) throw new InvalidSetting(`Unknown topic config name: ${shown(name)}`);
    valid.set(name, parseSetting(setting, value ?? '').canonical);
  }
  checkTogether(valid, defaults);
  return valid;
}

function checkTogether(configs: ReadonlyMap<string, string>, defaults: ReadonlyMap<string, string>): void {
  const value = (name: string): string =>
    configs.get(name) ?? defaults.get(name) ?? TOPIC_SETTINGS.get(name)?.default ?? '';
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

const shown = (name: string): string => (name.length > 249 ? `${name.slice(0, 249)}…` : name);
