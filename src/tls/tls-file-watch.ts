/** The files of a TLS identity, looked at every second and read again when they change; what cannot be used is told, and the old ones stay. */
import type { Clock, Timer } from '../clock';
import { readTlsFiles, tlsFilesMark, type TlsIdentity, type TlsSettings } from './tls-files';

const CHECK_PERIOD_MS = 1_000;

export interface TlsFileWatchOptions {
  readonly settings: TlsSettings;
  readonly clock: Clock;
  /** Told what was read again, or what is wrong with it. */
  readonly reloaded: (read: TlsIdentity | Error) => void;
}

export class TlsFileWatch {
  readonly #options: TlsFileWatchOptions;
  readonly #checks: Timer;
  #mark: string;
  #identity: TlsIdentity;

  /** Throws Error where the files cannot be used. */
  constructor(options: TlsFileWatchOptions) {
    this.#options = options;
    this.#identity = readTlsFiles(options.settings);
    this.#mark = tlsFilesMark(options.settings);
    this.#checks = options.clock.every(CHECK_PERIOD_MS, () => this.#check());
  }

  get identity(): TlsIdentity {
    return this.#identity;
  }

  close(): void {
    this.#checks.cancel();
  }

  #check(): void {
    const { settings, reloaded } = this.#options;
    const mark = tlsFilesMark(settings);
    if (mark === this.#mark) return;
    this.#mark = mark;
    try {
      this.#identity = readTlsFiles(settings);
      reloaded(this.#identity);
    } catch (error) {
      reloaded(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
