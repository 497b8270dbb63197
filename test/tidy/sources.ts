/** The project's own files, for the checks that read them as text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export const root = join(__dirname, '..', '..');

export interface SourceFile {
  /** Relative to the top of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

const LEFT_OUT = new Set(['node_modules', 'dist', '.git', '.cache', 'data', 'coverage', 'results']);

/** Every file below `directory` (relative to the top) whose name ends in one of `endings`. */
export function filesBelow(directory: string, endings: readonly string[]): readonly SourceFile[] {
  const found: SourceFile[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) {
        if (!LEFT_OUT.has(entry.name)) visit(child);
      } else if (endings.some((ending) => entry.name.endsWith(ending))) {
        found.push({ path: relative(root, child).split(sep).join('/'), text: readFileSync(child, 'utf8') });
      }
    }
  };
  visit(join(root, directory));
  return found.sort((left, right) => (left.path < right.path ? -1 : 1));
}

export const isGenerated = (path: string): boolean =>
  path.startsWith('src/rpc/') || path.startsWith('src/protocol/generated/');

/** Code without comments, so that a ban does not hit the sentence that explains it. Line count is kept. */
export function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`\\])\/\/[^\n]*/g, '$1');
}

/** `path:line: text` of every line that matches. */
export function hits(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}
