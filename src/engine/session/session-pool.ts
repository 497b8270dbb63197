/**
 * All subscriber sessions of the engine side, and their common bounds: how many, how old, how many bytes they hold. Sessions that
 * nobody waits on are closed first, the one used least recently before the others.
 */
import type { Timer, Clock } from '../../clock';
import type { Instruments } from '../../telemetry/metrics/instruments';
import type { LogUnit } from '../dialect';
import type { QueuesBudget, Session } from './session';
import { SESSION_EVENTS, type SessionStateKind } from './session-state';
import type { EngineSettings } from '../settings';

const SWEEP_INTERVAL_MS = 250;
const SLICE_MS = 300_000;
const SHARE_BYTES_MIN = 64 * 1024;

export interface SessionPoolOptions {
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly instruments: Instruments;
  /** True where the engine sends heartbeats: then silence is a stall. */
  readonly heartbeats: boolean;
}

export class SessionPool<U extends LogUnit> implements QueuesBudget<U> {
  readonly #options: SessionPoolOptions;
  readonly #sessions = new Set<Session<U>>();
  readonly #sweeper: Timer;
  #queuedBytes = 0;
  /** Sessions whose queue holds something. */
  #holding = 0;
  #lastId = 0;

  constructor(options: SessionPoolOptions) {
    this.#options = options;
    this.#sweeper = options.clock.every(SWEEP_INTERVAL_MS, () => this.#sweep());
    for (const event of SESSION_EVENTS) options.instruments.add('seaglass_session_events_total', { event }, 0);
    options.instruments.observe('seaglass_sessions', () => this.#byState());
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Bytes received and not yet read, over all sessions. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  nextId(): string {
    this.#lastId += 1;
    return `s${this.#lastId}`;
  }

  /** Makes room for one more; false where every session is waited on. */
  makeRoom(): boolean {
    if (this.#sessions.size < this.#options.settings.sessionsMax) return true;
    const idle = this.#leastRecentlyUsed(() => true);
    idle?.close('evicted');
    return idle !== undefined;
  }

  add(session: Session<U>): void {
    this.#sessions.add(session);
  }

  remove(session: Session<U>): void {
    this.#sessions.delete(session);
  }

  /** What one session may hold when all that hold something share alike. */
  fairShare(): number {
    const { sessionQueuesBytesMax } = this.#options.settings;
    return Math.max(SHARE_BYTES_MIN, Math.floor(sessionQueuesBytesMax / Math.max(1, this.#holding)));
  }

  /** Bytes arrived in a session's queue; others pay where all together hold too much. */
  queued(session: Session<U>, bytes: number): void {
    if (bytes > 0 && session.queueBytes === bytes) this.#holding += 1;
    this.#queuedBytes += bytes;
    while (this.#queuedBytes > this.#options.settings.sessionQueuesBytesMax) {
      const idle = this.#leastRecentlyUsed((other) => other !== session && other.hasData);
      if (idle === undefined) return;
      idle.close('evicted');
    }
  }

  /** Bytes left a session's queue: taken, or dropped with it. */
  released(session: Session<U>, bytes: number): void {
    if (bytes > 0 && session.queueBytes === 0) this.#holding -= 1;
    this.#queuedBytes -= bytes;
  }

  close(): void {
    this.#sweeper.cancel();
    for (const session of [...this.#sessions]) session.close('shutdown');
  }

  #sweep(): void {
    const { settings, clock, heartbeats } = this.#options;
    const now = clock.monotonicMs();
    const silentMsMax = 3 * settings.heartbeatIntervalMs + 1_000;
    for (const session of [...this.#sessions]) {
      if (session.leases === 0 && now - session.usedMs > settings.sessionIdleMsMax) session.close('aged');
      else if (heartbeats && session.live && now - session.lastFrameMs > silentMsMax) {
        session.stall(`no heartbeat for ${Math.round(now - session.lastFrameMs)} ms`);
      } else session.slice(now, SLICE_MS);
    }
  }

  #leastRecentlyUsed(eligible: (session: Session<U>) => boolean): Session<U> | undefined {
    let oldest: Session<U> | undefined;
    for (const session of this.#sessions) {
      if (session.leases > 0 || !eligible(session)) continue;
      if (oldest === undefined || session.usedMs < oldest.usedMs) oldest = session;
    }
    return oldest;
  }

  #byState(): Iterable<readonly [{ readonly state: SessionStateKind }, number]> {
    const states: SessionStateKind[] = ['assigning', 'opening', 'initSent', 'idle', 'streaming', 'stalled', 'closing'];
    const counts = new Map<SessionStateKind, number>(states.map((state) => [state, 0]));
    for (const session of this.#sessions) counts.set(session.state.kind, (counts.get(session.state.kind) ?? 0) + 1);
    return [...counts].map(([state, count]) => [{ state }, count] as const);
  }
}
