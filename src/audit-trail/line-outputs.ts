/** Outputs that are no file of ours: log records by OTLP, and lines on a stream. */
import type { LogLine } from '../telemetry/log/winston-logger';
import { brokenness } from '../telemetry/log/broken-stream';
import { jsonLine } from './audit-line';
import type { AuditOutput } from './audit-queue';

/** `sink` hands a line to the exporter of logs, which has a bounded queue of its own and counts what it drops. */
export const logRecords = (sink: (line: LogLine) => void): AuditOutput => ({
  name: 'otlp',
  write(lines) {
    for (const line of lines) sink(line);
    return Promise.resolve('written');
  },
  close: () => Promise.resolve(),
});

/** Lines for whoever reads the stream; where it is closed, events are dropped. */
export function streamLines(stream: NodeJS.WritableStream): AuditOutput {
  const isBroken = brokenness(stream);
  return {
    name: 'stdout',
    write: (lines, signal) =>
      new Promise((resolve) => {
        if (isBroken() || !stream.writable) return resolve('given_up');
        if (stream.write(lines.map(jsonLine).join(''))) return resolve('written');
        const done = (outcome: 'written' | 'given_up') => (): void => {
          stream.removeListener('drain', drained);
          stream.removeListener('close', ended);
          stream.removeListener('error', ended);
          signal.removeEventListener('abort', ended);
          resolve(outcome);
        };
        const drained = done('written');
        const ended = done('given_up');
        stream.once('drain', drained).once('close', ended).once('error', ended);
        signal.addEventListener('abort', ended, { once: true });
      }),
    close: () => Promise.resolve(),
  };
}
