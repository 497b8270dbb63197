/**
 * The keys of whoever issues tokens, as they are now: fetched when they are first needed, again when they are old or their file has changed,
 * and when a token names a key that is not among them, for issuers change keys. A peer that makes such names up has them fetched seldom.
 */
import { fileURLToPath } from 'node:url';
import type { JSONWebKeySet } from 'jose' with { 'resolution-mode': 'import' };
import type { Clock } from '../../../clock';
import type { Logger } from '../../../telemetry/log/log';
import { withDeadline } from '../../../waiting/deadline';
import { NEVER } from '../../../waiting/never';
import { fileMark } from '../../../watched-files';
import { readKeys } from './read-keys';

export interface IssuerKeysOptions {
  /** An http or https URL, or `file:///…`. */
  readonly url: string;
  /** How old keys from a URL may be before they are fetched anew. */
  readonly refreshMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const FETCH_MS_MAX = 10_000;
/** Between two fetches because of unknown keys, and after one that failed. */
const AGAIN_MS = 10_000;
const FAILED_AGAIN_MS = 1_000;
const LOOK_MS = 1_000;

export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #keys: JSONWebKeySet | undefined;
  #fetching: Promise<void> | undefined;
  #askedMs = -Infinity;
  #fetchedMs = -Infinity;
  #lookedMs = -Infinity;
  #mark = '';

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /** Undefined where they cannot be had; waits only while there are none. */
  async current(): Promise<JSONWebKeySet | undefined> {
    if (this.#keys === undefined) await this.#fetchUnless(FAILED_AGAIN_MS);
    else if (this.#isOld()) {
      const fetching = this.#fetchUnless(FAILED_AGAIN_MS);
      // A file is there at once, and must hold from when it was changed.
      if (this.#isFile) await fetching;
    }
    return this.#keys;
  }

  /** As `current`, fetched anew because a key is not among them; the same ones where that was done a moment ago. */
  async anew(): Promise<JSONWebKeySet | undefined> {
    const hasChanged = this.#isFile && this.#fileMark() !== this.#mark;
    await this.#fetchUnless(hasChanged ? 0 : AGAIN_MS);
    return this.#keys;
  }

  get #isFile(): boolean {
    return this.#options.url.startsWith('file:');
  }

  #isOld(): boolean {
    const { clock, refreshMs } = this.#options;
    const nowMs = clock.monotonicMs();
    if (!this.#isFile) return nowMs - this.#fetchedMs > refreshMs;
    if (nowMs - this.#lookedMs < LOOK_MS) return false;
    this.#lookedMs = nowMs;
    return this.#fileMark() !== this.#mark;
  }

  /** Fetches, unless that was begun less than so long ago; then it only waits for one under way. Never rejects. */
  #fetchUnless(beganMs: number): Promise<void> {
    if (this.#fetching !== undefined) return this.#fetching;
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#askedMs < beganMs) return Promise.resolve();
    this.#askedMs = nowMs;
    this.#fetching = this.#fetch().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { url, clock, log } = this.#options;
    try {
      const mark = this.#isFile ? this.#fileMark() : '';
      const limits = { clock, deadlineMs: FETCH_MS_MAX, what: 'the keys of the issuer' };
      this.#keys = await withDeadline(limits, NEVER, (signal) => readKeys(url, signal));
      this.#mark = mark;
      this.#fetchedMs = clock.monotonicMs();
      log.write('info', 'sasl.keys_read', 'the keys of the issuer of tokens were read', {
        keys: this.#keys.keys.length,
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const left = this.#keys === undefined ? 'nobody can sign in by OAUTHBEARER' : 'those read before stay';
      log.write('warn', 'sasl.keys_unavailable', `the keys of the issuer cannot be read, and ${left}: ${message}`);
    }
  }

  #fileMark(): string {
    return fileMark(fileURLToPath(this.#options.url));
  }
}
