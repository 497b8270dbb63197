/** Files of Java's properties: `name=value`, `name: value` or `name value` a line, `\` at a line's end for values of several lines. */

const ENTRY = /^((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)$/s;
const ESCAPED = /\\(?:u([0-9a-fA-F]{4})|(.))/gs;
const LETTERS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };

/** The last value of each name. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [, name = '', value = ''] = ENTRY.exec(line) ?? [];
    found.set(unescaped(name), unescaped(value));
  }
  return found;
}

function* logicalLines(text: string): Iterable<string> {
  let begun = '';
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = begun + natural.trimStart();
    if (begun === '' && (line === '' || /^[#!]/.test(line))) continue;
    const goesOn = /(?:^|[^\\])(?:\\\\)*\\$/.test(line);
    begun = goesOn ? line.slice(0, -1) : '';
    if (!goesOn) yield line.trimEnd();
  }
  if (begun !== '') yield begun;
}

const unescaped = (text: string): string =>
  text.replace(ESCAPED, (_, code: string | undefined, letter = '') =>
    code === undefined ? (LETTERS[letter as string] ?? String(letter)) : String.fromCharCode(parseInt(code, 16)),
  );
