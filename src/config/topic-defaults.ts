/** kafka.topic-defaults: topic settings by their names, each read as a topic's own is, and refused under its own name. */
import { z } from 'zod';
import { allowedWords } from '../topic-settings/allowed';
import type { SettingTexts } from '../topic-settings/holding';
import { tryRead } from '../topic-settings/read-text';
import { InvalidSetting } from '../topic-settings/refusal';
import { TOPIC_SETTINGS } from '../topic-settings/table';
import { checkTogether } from '../topic-settings/validate';
import { ConfigError, refuseKey, refuseValue } from './config-error';
import type { Setting, SettingPlace } from './setting';

/** A YAML mapping, or text `name=value;name=value`. */
export function topicDefaults(meaning: string): Setting<SettingTexts> {
  const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
  const texts = z.record(z.string(), scalar).transform((value): SettingTexts => new Map(Object.entries(value)));
  return {
    schema: z.preprocess(pairsOf, texts),
    default: new Map(),
    allowed:
      'name=value pairs of topic settings parted by semicolons, each name once, or a YAML mapping of names to values',
    meaning,
    secret: false,
    print: (value) => [...value].map(([name, text]) => `${name}=${text}`).join(';'),
    checkParts,
  };
}

/** What is no such text is left as it is, and refused with all that is allowed. */
function pairsOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const pairs = value.split(';').filter((pair) => pair.trim() !== '');
  const texts = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) return value;
    texts.set(pair.slice(0, at).trim(), pair.slice(at + 1));
  }
  return texts.size === pairs.length ? Object.fromEntries(texts) : value;
}

function checkParts(texts: SettingTexts, { key, from }: SettingPlace): void {
  for (const [name, value] of texts) {
    const setting = TOPIC_SETTINGS.get(name);
    if (setting === undefined)
      throw refuseKey({ within: key, key: name, value, from, known: [...TOPIC_SETTINGS.keys()] });
    if (tryRead(setting, value) instanceof InvalidSetting) {
      throw refuseValue({ key: `${key}.${name}`, value, from, allowed: allowedWords(setting) });
    }
  }
  try {
    checkTogether(texts, new Map());
  } catch (error) {
    if (!(error instanceof InvalidSetting)) throw error;
    throw new ConfigError(`${key} (from ${from}): ${error.message}`, { cause: error });
  }
}
