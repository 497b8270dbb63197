/**
 * Settings of one listener alone, by Kafka's names: `listener.name.external.ssl.keystore.location`. What a listener does not say of itself, the
 * setting without the prefix says for all of them.
 */
import { z } from 'zod';
import { limits, ssl } from './client-side-settings';
import { refuseKey, refuseValue } from './config-error';
import { sasl } from './sasl-settings';
import type { Setting, SettingPlace, ValueOf } from './setting';

/** THE list: what a listener may have of its own, by Kafka's name behind `listener.name.<name>.`. */
export const LISTENER_SETTINGS = {
  'ssl.keystore.location': ssl.keystoreLocation,
  'ssl.key.location': ssl.keyLocation,
  'ssl.key.password': ssl.keyPassword,
  'ssl.truststore.location': ssl.truststoreLocation,
  'ssl.client.auth': ssl.clientAuth,
  'ssl.principal.mapping.rules': ssl.principalMappingRules,
  'ssl.enabled.protocols': ssl.enabledProtocols,
  'sasl.enabled.mechanisms': sasl.enabledMechanisms,
  'max.connections': limits.connectionsMax,
  'max.connection.creation.rate': limits.connectionRateMax,
};

type ListenerSettings = typeof LISTENER_SETTINGS;
export type ListenerSettingName = keyof ListenerSettings;
/** What one listener says of itself; absent is what it leaves to the setting for all. */
export type OwnValues = { readonly [K in ListenerSettingName]?: ValueOf<ListenerSettings[K]> };

/** As written: `external.ssl.client.auth` to its value. */
export type ListenerTexts = ReadonlyMap<string, string>;

const NAMES = Object.keys(LISTENER_SETTINGS) as ListenerSettingName[];
const SECRET_MASK = '********';

/** A YAML mapping of any depth, or text `name.setting=value;name.setting=value`. */
export function listenerSettings(meaning: string): Setting<ListenerTexts> {
  const texts = z.record(z.string(), z.string()).transform((value): ListenerTexts => new Map(Object.entries(value)));
  return {
    schema: z.preprocess(pairsOf, texts),
    default: new Map(),
    allowed: 'NAME.setting=value pairs parted by semicolons, or a YAML mapping of listener.name.NAME.setting to values',
    meaning,
    secret: false,
    isPrefix: true,
    print: (value) => [...value].map(([key, text]) => `${key}=${isSecret(key) ? SECRET_MASK : text}`).join(';'),
    checkParts,
  };
}

/** By the listener's name in capitals. Only for texts that were checked. */
export function ownValues(texts: ListenerTexts): ReadonlyMap<string, OwnValues> {
  const own = new Map<string, Record<string, unknown>>();
  for (const [key, text] of texts) {
    const part = partOf(key);
    if (part === undefined) continue;
    const values = own.get(part.listener) ?? {};
    values[part.setting] = LISTENER_SETTINGS[part.setting].schema.parse(text);
    own.set(part.listener, values);
  }
  // Each value is the output of its own setting's schema.
  return own;
}

interface Part {
  readonly listener: string;
  readonly setting: ListenerSettingName;
}

/** A listener's name may have dots of its own; our own way of writing settings has dashes where Kafka's has dots. */
function partOf(key: string): Part | undefined {
  const dotted = key.replaceAll('-', '.');
  const setting = NAMES.find((name) => dotted.endsWith(`.${name}`));
  if (setting === undefined) return undefined;
  return { listener: key.slice(0, -setting.length - 1).toUpperCase(), setting };
}

function isSecret(key: string): boolean {
  const part = partOf(key);
  return part === undefined || LISTENER_SETTINGS[part.setting].secret;
}

function checkParts(texts: ListenerTexts, { key: within, from }: SettingPlace): void {
  for (const [key, text] of texts) {
    const value = isSecret(key) ? SECRET_MASK : text;
    const part = partOf(key);
    if (part === undefined) {
      const listener = key.slice(0, Math.max(0, key.indexOf('.')));
      throw refuseKey({ within, key, value, from, known: NAMES.map((name) => `${listener}.${name}`) });
    }
    const { schema, allowed } = LISTENER_SETTINGS[part.setting];
    if (!schema.safeParse(text).success) throw refuseValue({ key: `${within}.${key}`, value, from, allowed });
  }
}

function pairsOf(value: unknown): unknown {
  if (typeof value !== 'string') return flattened(value, '') ?? value;
  const pairs = value.split(';').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}

/** Undefined where it is no mapping of values. */
function flattened(value: unknown, prefix: string): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const flat: Record<string, string> = {};
  for (const [name, inner] of Object.entries(value)) {
    const key = prefix === '' ? name : `${prefix}.${name}`;
    if (Array.isArray(inner)) flat[key] = inner.join(',');
    else if (typeof inner === 'object' && inner !== null) Object.assign(flat, flattened(inner, key));
    else flat[key] = String(inner);
  }
  return flat;
}
