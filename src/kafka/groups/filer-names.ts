/**
 * Group and topic names as names of filer entries. Ordinary names stay as they are, so that other programs find them; what cannot be
 * a name there (`/`, control characters, `.` and `..`) and the escape itself are written as %XX of their UTF-8 bytes. The empty name,
 * which Kafka allows a group of old clients, is a lone `%`.
 */
export function escapeName(name: string): string {
  if (name === '') return '%';
  if (name === '.' || name === '..') return name.replaceAll('.', '%2E');
  return name.replace(/[%/\\\u0000-\u001f\u007f]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/** Undefined for a name that no `escapeName` has made: nothing is ever found under it. */
export function unescapeName(escaped: string): string | undefined {
  const name = escaped === '%' ? '' : unescape(escaped);
  return escapeName(name) === escaped ? name : undefined;
}

function unescape(name: string): string {
  return name.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
