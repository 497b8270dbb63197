/** The page's own files, read once at the start: they are few and small, and tell nothing of the gateway. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

const DIRECTORY = join(__dirname, 'page');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** By path: `/page/app.js`; the page itself is `/page/index.html`. Throws where the build left them out. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(DIRECTORY, { encoding: 'utf8', recursive: true })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    files.set(`/page/${name.replaceAll('\\', '/')}`, { type, body: readFileSync(join(DIRECTORY, name)) });
  }
  return files;
}
