/**
 * A file of audit events, one JSON object a line, appended. Where it was renamed or removed (logrotate), the next write begins a new one
 * under its name. A disk that is full, or a directory that is gone, is tried again each second: events wait meanwhile in their queue.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Clock } from '../clock';
import type { LogLine } from '../telemetry/log/winston-logger';
import { giveUpAfter } from '../waiting/give-up';
import { jsonLine } from './audit-line';
import type { AuditOutput } from './audit-queue';

export interface AuditFileOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Told once when it cannot be written, and without an error when it can again. */
  readonly told: (error: Error | undefined) => void;
}

/** Who did what is for the owner of the gateway alone. */
const MODE = 0o600;
const RETRY_MS = 1_000;
const LINE_END = 0x0a;

/** Rejects with the system's error where it cannot be opened for appending. */
export async function openAuditFile(options: AuditFileOptions): Promise<AuditOutput> {
  return new AuditFile(options, await openForAppend(options.path));
}

interface OpenFile {
  readonly handle: FileHandle;
  /** Tells whether the name still leads to it. */
  readonly identity: string;
}

class AuditFile implements AuditOutput {
  readonly name = 'file';
  readonly #options: AuditFileOptions;
  #file: OpenFile;
  #failing = false;

  constructor(options: AuditFileOptions, file: OpenFile) {
    this.#options = options;
    this.#file = file;
  }

  async write(lines: readonly LogLine[], signal: AbortSignal): Promise<'written' | 'given_up'> {
    const text = Buffer.from(lines.map(jsonLine).join(''));
    let written = 0;
    for (;;) {
      try {
        // A line that was cut by a full disk is written whole where the file is a new one.
        if ((await this.#follow()) && written > 0) written = text.lastIndexOf(LINE_END, written - 1) + 1;
        while (written < text.byteLength) written += (await this.#file.handle.write(text, written)).bytesWritten;
        this.#tell(undefined);
        return 'written';
      } catch (error) {
        this.#tell(error instanceof Error ? error : new Error(String(error)));
        const pause = giveUpAfter(RETRY_MS, signal, this.#options.clock);
        await pause.reached;
        pause.end();
        if (signal.aborted) return 'given_up';
      }
    }
  }

  close(): Promise<void> {
    return this.#file.handle.close();
  }

  /** True where a new file was begun. */
  async #follow(): Promise<boolean> {
    const { path } = this.#options;
    if ((await identityAt(path)) === this.#file.identity) return false;
    const before = this.#file;
    this.#file = await openForAppend(path);
    await before.handle.close();
    return true;
  }

  #tell(error: Error | undefined): void {
    if (this.#failing === (error !== undefined)) return;
    this.#failing = error !== undefined;
    this.#options.told(error);
  }
}

async function openForAppend(path: string): Promise<OpenFile> {
  const handle = await open(path, 'a', MODE);
  const { dev, ino } = await handle.stat();
  return { handle, identity: `${dev} ${ino}` };
}

/** Undefined where nothing has the name, or it cannot be looked at; opening it says why. */
async function identityAt(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? undefined : `${found.dev} ${found.ino}`;
}
