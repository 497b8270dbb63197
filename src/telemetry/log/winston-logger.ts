/**
 * The log: one JSON line per notable event (readable lines on a terminal), rate-limited per event and topic, its level changeable
 * while it runs. It never blocks: a reader that does not read costs lines, which are counted.
 */
import type { Logger as WinstonLogger } from 'winston';
import { createLogger, format, transports } from 'winston';
import type { Clock } from '../../clock';
import { clientName } from '../trace/client-name';
import type { Instruments } from '../metrics/instruments';
import type { LogLevel, Logger } from './log';
import { LogLimit } from './log-limit';
import { logStream } from './log-stream';
import type { AttributeValue } from '../trace/operation';

/** One line, as it is also handed to the exporter of logs. */
export interface LogLine {
  readonly level: LogLevel;
  readonly event: string;
  readonly message: string;
  readonly atMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface LeveledLogger extends Logger {
  setLevel(level: LogLevel): void;
  readonly level: LogLevel;
  /** Also hands every line to `sink`, for OTLP. */
  exportTo(sink: (line: LogLine) => void): void;
}

export interface WinstonLoggerOptions {
  readonly clock: Clock;
  readonly level: LogLevel;
  readonly form: 'json' | 'pretty';
  readonly target: NodeJS.WritableStream;
  readonly instruments: Instruments;
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const TEXT_LENGTH_MAX = 2_048;

export function createWinstonLogger(options: WinstonLoggerOptions): LeveledLogger {
  const { clock, instruments } = options;
  const limit = new LogLimit(clock);
  const dropped = (reason: string): void =>
    instruments.add('seaglass_telemetry_dropped_total', { signal: 'logs', reason });
  const stream = logStream({ target: options.target, dropped: () => dropped('slow_reader') });
  const winston = createWinston(stream, options.form);
  const sinks: ((line: LogLine) => void)[] = [];
  let level = options.level;
  return {
    get level() {
      return level;
    },
    setLevel: (next) => void (level = next),
    exportTo: (sink) => void sinks.push(sink),
    enabled: (asked) => RANKS[asked] >= RANKS[level],
    write(at, event, message, attributes = {}) {
      // Compared here, since winston spends as much on a disabled line as on a written one.
      if (RANKS[at] < RANKS[level]) return;
      const suppressed = limit.admit(limitKey(event, attributes));
      if (suppressed === undefined) return dropped('suppressed');
      const shown = safeAttributes(attributes);
      if (suppressed > 0) shown['suppressed'] = suppressed;
      const line = { level: at, event, message: cut(message), atMs: clock.nowMs(), attributes: shown };
      const time = new Date(line.atMs).toISOString();
      winston.log({ level: at, message: line.message, time, 'event.name': event, ...shown });
      for (const sink of sinks) sink(line);
    },
  };
}

/** Lines that are an account, of which none may be left out because other partitions have theirs at the same time. */
const ACCOUNTS: ReadonlySet<string> = new Set(['records.removed', 'records.expired_on_arrival']);

/** The lines that are counted together: those of an event and a topic; of an account, of a partition. */
function limitKey(event: string, attributes: Readonly<Record<string, AttributeValue | undefined>>): string {
  const { topic, partition } = attributes;
  if (ACCOUNTS.has(event)) return `${event}\u0000${String(topic)}\u0000${String(partition)}`;
  return `${event}\u0000${String(attributes['messaging.destination.name'] ?? topic ?? '')}`;
}

function createWinston(stream: NodeJS.WritableStream, form: 'json' | 'pretty'): WinstonLogger {
  return createLogger({
    // Everything passes: the level is decided before winston is asked.
    level: 'debug',
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: form === 'json' ? format.json() : format.printf(prettyLine),
    exitOnError: false,
    // Winston's typing of its own transports comes from two packages, which the rule takes for two classes.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    transports: [new transports.Stream({ stream })],
  });
}

function prettyLine(info: Readonly<Record<string, unknown>>): string {
  const { level, message, time, 'event.name': event, ...rest } = info;
  const details = Object.entries(rest).map(([key, value]) => `${key}=${String(value)}`);
  const clockTime = String(time).slice(11, 23);
  return [clockTime, String(level).toUpperCase().padEnd(5), String(message), `(${String(event)})`, ...details].join(
    ' ',
  );
}

/** Attribute texts may hold names that clients chose. */
function safeAttributes(
  attributes: Readonly<Record<string, AttributeValue | undefined>>,
): Record<string, AttributeValue> {
  const safe: Record<string, AttributeValue> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) safe[key] = typeof value === 'string' ? clientName(value) : value;
  }
  return safe;
}

/** Messages are ours, but may quote what came; on one line and bounded whatever they quote. */
function cut(message: string): string {
  const line = message.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return line.length > TEXT_LENGTH_MAX ? `${line.slice(0, TEXT_LENGTH_MAX)}…` : line;
}
