/** Names that clients choose (client id, topic, group) before they enter spans, labels or logs: escaped and cut in one place. */

/** Kafka's own limit of a topic name. */
export const CLIENT_NAME_LENGTH_MAX = 249;

// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufeff\u202a-\u202e\u2066-\u2069\\]/;

/** Control characters, line separators, direction overrides and lone surrogates become `\u001b`; at most 249 characters. */
export function clientName(name: string | null): string {
  if (name === null) return '';
  if (name.length <= CLIENT_NAME_LENGTH_MAX && !UNSAFE.test(name)) return name;
  let safe = '';
  for (const character of name) {
    const shown = UNSAFE.test(character) ? escaped(character) : character;
    if (safe.length + shown.length > CLIENT_NAME_LENGTH_MAX) break;
    safe += shown;
  }
  return safe;
}

function escaped(character: string): string {
  if (character === '\\') return '\\\\';
  // A pair of surrogates is one character and safe; alone each is half of one.
  if (character.length === 2) return character;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
