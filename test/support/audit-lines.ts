/** Audit events as tests read them, each held to the list of kinds and fields that the document is made of. */
import { existsSync, readFileSync } from 'node:fs';
import { jsonLine } from '../../src/audit-trail/audit-line';
import {
  AUDIT_FIELDS,
  AUDIT_KINDS,
  type AuditField,
  type AuditKind,
  RESOURCE_TYPES,
  VERDICTS,
} from '../../src/audit-trail/audit-kinds';
import type { AuditOutput } from '../../src/audit-trail/audit-queue';

export type AuditLine = Readonly<Record<string, unknown>>;

/** What every line has beside the fields. */
const OF_EVERY_LINE = ['time', 'level', 'event', 'message'];
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** What nobody may write into a line: controls, and what turns its direction. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Each line as its fields; throws where one is not as the list says. */
export function auditLines(text: string): readonly AuditLine[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error(`the last line has no end: ${text.slice(-200)}`);
  return lines.map((line) => checked(JSON.parse(line) as AuditLine));
}

/** Of a file that may not be there yet. */
export const auditFileLines = (path: string): readonly AuditLine[] =>
  existsSync(path) ? auditLines(readFileSync(path, 'utf8')) : [];

/** Kind, resource and verdict of each, for comparing. */
export const brief = (lines: readonly AuditLine[]): readonly string[] =>
  lines.map(({ event, resource_type: type, resource_name: name, verdict }) =>
    [String(event).replace('audit.', ''), type, name, verdict].join(' '),
  );

function checked(line: AuditLine): AuditLine {
  const wrong = (what: string): Error => new Error(`${what}: ${JSON.stringify(line)}`);
  for (const key of Object.keys(line))
    if (!OF_EVERY_LINE.includes(key) && !Object.hasOwn(AUDIT_FIELDS, key)) throw wrong(`an unknown field ${key}`);
  for (const [key, field] of Object.entries<AuditField>(AUDIT_FIELDS)) {
    const value = line[key];
    if (value === undefined) {
      if (field.always) throw wrong(`no ${key}`);
      continue;
    }
    if (typeof value !== field.type) throw wrong(`${key} is no ${field.type}`);
    if (typeof value === 'string' && value.length > (field.lengthMax ?? 0)) throw wrong(`${key} is too long`);
  }
  if (Object.values(line).some((value) => typeof value === 'string' && UNSAFE.test(value))) throw wrong('unsafe text');
  if (!ISO.test(String(line['time']))) throw wrong('no time');
  const kind = String(line['event']).replace(/^audit\./, '');
  if (!Object.hasOwn(AUDIT_KINDS, kind)) throw wrong('an unknown kind');
  if (!Object.hasOwn(VERDICTS, String(line['verdict']))) throw wrong('an unknown verdict');
  if (!RESOURCE_TYPES.some((type) => type === line['resource_type'])) throw wrong('an unknown type of resource');
  return line;
}

/** An output that keeps what it is given, each line checked. */
export class MemoryOutput implements AuditOutput {
  readonly name = 'file';
  text = '';
  readonly #watchers = new Set<() => void>();

  write(lines: Parameters<AuditOutput['write']>[0]): Promise<'written'> {
    this.text += lines.map(jsonLine).join('');
    for (const watcher of this.#watchers) watcher();
    return Promise.resolve('written');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get lines(): readonly AuditLine[] {
    return auditLines(this.text);
  }

  ofKind(kind: AuditKind): readonly AuditLine[] {
    return this.lines.filter(({ event }) => event === `audit.${kind}`);
  }

  /** Resolves when there are so many lines; what else is there then is the caller's to look at. */
  has(count: number): Promise<void> {
    return this.#until(() => this.lines.length >= count);
  }

  /** Resolves when such a line is there. */
  until(found: (line: AuditLine) => boolean): Promise<void> {
    return this.#until(() => this.lines.some(found));
  }

  async #until(there: () => boolean): Promise<void> {
    while (!there())
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
  }
}
