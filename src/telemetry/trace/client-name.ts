/** Names that clients choose (client id, topic, group) before they enter spans, labels or logs: escaped and cut in one place. */

/** Kafka's own limit of a topic name. */
export const CLIENT_NAME_LENGTH_MAX = 249;

/** Controls, format characters (direction overrides, byte order marks), line separators, lone surrogates, the escape itself. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/u;

/** Unsafe characters become `\u{1b}`; at most 249 characters. */
export const clientName = (name: string | null): string =>
  name === null ? '' : clientText(name, CLIENT_NAME_LENGTH_MAX);

/** As `clientName`, of at most `lengthMax` characters. */
export function clientText(name: string, lengthMax: number): string {
  if (name.length <= lengthMax && !UNSAFE.test(name)) return name;
  let safe = '';
  for (const character of name) {
    const shown = UNSAFE.test(character) ? escaped(character) : character;
    if (safe.length + shown.length > lengthMax) break;
    safe += shown;
  }
  return safe;
}

function escaped(character: string): string {
  if (character === '\\') return '\\\\';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
