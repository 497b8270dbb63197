/**
 * What can be changed while it runs: the log level and which traces are kept. Each change is logged with who made it, and may be for a time,
 * after which the value that held at the start comes back.
 */
import type { Clock, Timer } from '../clock';
import type { LogLevel } from './log/log';
import type { LeveledLogger } from './log/winston-logger';
import type { TraceMode } from './trace/keep';
import type { Tracer } from './trace/tracer';

/** By the names of the settings. */
export interface RuntimeValues {
  readonly 'log.level': LogLevel;
  readonly trace: TraceMode;
}
export type RuntimeKey = keyof RuntimeValues;

/** What each may be; a synonym of a value stands beside it. */
export const RUNTIME_VALUES: { readonly [K in RuntimeKey]: Readonly<Record<string, RuntimeValues[K]>> } = {
  'log.level': { debug: 'debug', info: 'info', warn: 'warn', error: 'error' },
  trace: { all: 'all', default: 'default', off: 'off', none: 'off' },
};

export interface RuntimeChange {
  readonly key: RuntimeKey;
  /** A name in RUNTIME_VALUES. */
  readonly value: string;
  /** The value of the start comes back so many ms later; undefined keeps the new one until the process ends. */
  readonly forMs?: number | undefined;
  /** Who asked: an address. */
  readonly by: string;
}

/** One setting as it holds. */
export interface RuntimeSetting {
  readonly key: RuntimeKey;
  readonly value: string;
  readonly initial: string;
  /** Unix time in ms when `initial` comes back; undefined where nothing will. */
  readonly untilMs: number | undefined;
}

export class RuntimeSettings {
  readonly #parts: { readonly clock: Clock; readonly log: LeveledLogger; readonly tracer: Tracer };
  readonly #initial: RuntimeValues;
  readonly #returning = new Map<RuntimeKey, { readonly timer: Timer; readonly atMs: number }>();

  constructor(parts: { readonly clock: Clock; readonly log: LeveledLogger; readonly tracer: Tracer }) {
    this.#parts = parts;
    this.#initial = { 'log.level': parts.log.level, trace: parts.tracer.mode };
  }

  current(): readonly RuntimeSetting[] {
    return (Object.keys(RUNTIME_VALUES) as RuntimeKey[]).map((key) => ({
      key,
      value: this.#value(key),
      initial: this.#initial[key],
      untilMs: this.#returning.get(key)?.atMs,
    }));
  }

  /** Throws RangeError where the value is none of RUNTIME_VALUES. */
  change({ key, value, forMs, by }: RuntimeChange): void {
    const { clock } = this.#parts;
    this.#returning.get(key)?.timer.cancel();
    this.#returning.delete(key);
    this.#apply(key, value, `${by}${forMs === undefined ? '' : ` for ${forMs / 1_000} s`}`);
    if (forMs === undefined) return;
    const timer = clock.after(forMs, () => {
      this.#returning.delete(key);
      this.#apply(key, this.#initial[key], 'its time was over');
    });
    this.#returning.set(key, { timer, atMs: clock.nowMs() + forMs });
  }

  #value(key: RuntimeKey): string {
    return key === 'trace' ? this.#parts.tracer.mode : this.#parts.log.level;
  }

  #apply(key: RuntimeKey, value: string, why: string): void {
    const { log, tracer } = this.#parts;
    const from = this.#value(key);
    const tell = (to: string): void =>
      log.write('warn', 'settings.changed', `${key} is ${to} now and was ${from} (${why})`, {
        'seaglass.setting': key,
        'seaglass.setting.from': from,
        'seaglass.setting.to': to,
      });
    if (key === 'trace') {
      const mode = known(key, value);
      tracer.setMode(mode);
      tell(mode);
      return;
    }
    const level = known(key, value);
    // Told while the more talkative of both levels holds.
    const before = log.enabled('warn');
    if (before) tell(level);
    log.setLevel(level);
    if (!before) tell(level);
  }
}

function known<K extends RuntimeKey>(key: K, value: string): RuntimeValues[K] {
  const values: Readonly<Record<string, RuntimeValues[K]>> = RUNTIME_VALUES[key];
  const found = Object.hasOwn(values, value) ? values[value] : undefined;
  if (found === undefined) throw new RangeError(`${key} may be ${Object.keys(values).join(', ')}, not ${value}`);
  return found;
}
