/**
 * Writes `generated/` from `schema/`: `npm run generate:protocol` runs it and then the formatter. Arguments: the schema folder and
 * the folder to write to.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { emitApi, emitIndex } from './generator/emit-api';
import type { RawMessage } from './generator/raw-message';

/** The generated files, by name, before formatting. */
export function generate(schemaFolder: string): Map<string, string> {
  const messages = new Map<string, RawMessage>();
  for (const file of readdirSync(schemaFolder)) {
    if (!file.endsWith('.json')) continue;
    const message = JSON.parse(readFileSync(join(schemaFolder, file), 'utf8')) as RawMessage;
    messages.set(message.name, message);
  }
  const apis = [...messages.values()]
    .filter((message) => message.type === 'request')
    .sort((a, b) => (a.apiKey ?? 0) - (b.apiKey ?? 0))
    .map((request) => {
      const response = messages.get(request.name.replace(/Request$/, 'Response'));
      if (response === undefined) throw new Error(`${request.name} has no response`);
      return emitApi(request, response);
    });
  return new Map([...apis.map((api) => [api.file, api.text] as const), ['index.ts', emitIndex(apis)] as const]);
}

function main(schemaFolder: string, targetFolder: string): void {
  mkdirSync(targetFolder, { recursive: true });
  for (const [file, text] of generate(schemaFolder)) writeFileSync(join(targetFolder, file), text);
}

if (require.main === module) {
  main(resolve(process.argv[2] ?? 'src/protocol/schema'), resolve(process.argv[3] ?? 'src/protocol/generated'));
}
