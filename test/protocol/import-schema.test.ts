/** Goal: facts come out of Kafka's own files unchanged. Method: the schema folder itself as a source; a file with comments and prose. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { readJar } from '../../src/protocol/generator/jar';
import { factsOf } from '../../src/protocol/import-schema';

const SCHEMA = join(__dirname, '../../src/protocol/schema');

test('the schema is what importing it again gives', () => {
  for (const file of readdirSync(SCHEMA)) {
    const text = readFileSync(join(SCHEMA, file), 'utf8');
    expect(factsOf(text).trimEnd()).toBe(text.trimEnd());
  }
});

test('comments and prose are left out, facts are kept', () => {
  const text =
    '// License\n{\n  // Version 1 adds nothing.\n  "name": "X",\n  "about": "prose",\n  "fields": [{ "name": "A", "default": "//x", "about": "p" }]\n}';
  expect(JSON.parse(factsOf(text))).toEqual({ name: 'X', fields: [{ name: 'A', default: '//x' }] });
});

/** A zip archive of one file. */
function zip(name: string, text: string): Buffer {
  const data = deflateRawSync(Buffer.from(text));
  const local = Buffer.alloc(30 + name.length);
  local.write(name, 30);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46 + name.length);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(data.byteLength, 20);
  entry.writeUInt16LE(name.length, 28);
  entry.write(name, 46);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.byteLength + data.byteLength, 16);
  return Buffer.concat([local, data, entry, end]);
}

test('messages are found in a jar', () => {
  const jar = zip('common/message/FetchRequest.json', '{ "name": "FetchRequest" }');
  expect([...readJar(jar, 'common/message/')]).toEqual([['FetchRequest.json', '{ "name": "FetchRequest" }']]);
});
