/**
 * Where lines go: a stream whose reader may be slow or stuck. Lines are handed on while it takes them; past a bound they are
 * dropped and counted, and nobody waits.
 */
import { Writable } from 'node:stream';
import { brokenness } from './broken-stream';

/** Bytes waiting for a reader of our log. */
export const LOG_BYTES_WAITING_MAX = 1024 * 1024;

export interface LogStreamOptions {
  readonly target: NodeJS.WritableStream & { readonly writableLength?: number };
  readonly dropped: (lines: number) => void;
}

export function logStream(options: LogStreamOptions): Writable {
  const { target, dropped } = options;
  const isBroken = brokenness(target);
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done): void {
      if (isBroken() || (target.writableLength ?? 0) > LOG_BYTES_WAITING_MAX) dropped(1);
      else target.write(line);
      done();
    },
  });
}
