/**
 * TOML as far as SeaweedFS's security.toml uses it: tables, and keys with a string, a number or a boolean. Values of other kinds (arrays, dates,
 * text over several lines) belong to settings that nobody asks for here, and are passed over.
 */

/** By the whole dotted name: `grpc.client.cert`. Numbers and booleans are as they were written. */
export type TomlValues = ReadonlyMap<string, string>;

const TABLE = /^\[\s*([\w.\- ]+?)\s*\]$/;
const PAIR = /^([\w.-]+)\s*=\s*(.*)$/;
const BASIC = /^"((?:[^"\\]|\\.)*)"/;
const LITERAL = /^'([^']*)'/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** Throws Error with the number of a line that is neither. */
export function parseToml(text: string): TomlValues {
  const values = new Map<string, string>();
  let table = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, header] = TABLE.exec(line.replace(/\s*#.*$/, '')) ?? [];
    if (header !== undefined) {
      table = `${header.replaceAll(' ', '')}.`;
      continue;
    }
    const [, key, rest = ''] = PAIR.exec(line) ?? [];
    if (key === undefined) throw new Error(`line ${String(index + 1)} is neither [table] nor key = value`);
    values.set(table + key, valueOf(rest));
  }
  return values;
}

function valueOf(rest: string): string {
  const basic = BASIC.exec(rest)?.[1];
  if (basic !== undefined) return basic.replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);
  return LITERAL.exec(rest)?.[1] ?? rest.replace(/\s*#.*$/, '');
}
