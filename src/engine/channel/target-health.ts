/**
 * What the gateway knows of one engine target from its own calls. Unreachable: connections are refused for more than a second. Silent:
 * it accepts connections, and calls of more than two seconds have no answer while none was answered. The first answer ends both.
 * Where nobody asks meanwhile, the target is probed, so that a trouble does not outlast itself. Where some calls are answered and others
 * are not, `target-parts.ts` tells it.
 */
import type { Clock } from '../../clock';
import { UntoldFailures } from '../../telemetry/incidents/failed-requests';
import type { Telemetry } from '../../telemetry/telemetry';
import type { IncidentKind } from '../../telemetry/incidents/incident-kinds';
import { SETTLE_MS } from '../../telemetry/incidents/incidents';
import type { Waiting } from '../../telemetry/incidents/waiting-requests';
import { BreakerRecord } from './breaker-record';
import { TargetParts } from './target-parts';
import { TOLD, type TargetRole } from './target-role';
import { type BegunAt, type CallEnd, counted, SUSPECT_MS_MIN, Unanswered } from './unanswered';

export interface TargetHealthOptions {
  readonly address: string;
  readonly role: TargetRole;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Asks the target anything, and tells of the outcome here; must not throw. */
  readonly probe: () => void;
}

const REFUSED_MS_MIN = 1_000;
/** Several calls, or one that reached its deadline, are enough for a verdict. */
const SILENT_MS_MIN = { several: 2_000, one: 2_900 };
/** Nobody asked for so long: the target is probed. */
const PROBE_MS = { refused: 1_000, silent: 3_000 };
/** How often a record is looked at. */
export const JUDGE_MS = 250;

type TroubleKind = Extract<IncidentKind, 'engine_unreachable' | 'engine_silent' | 'filer_failing'>;

/** What the caller of `began` hands back when the call ends. */
export interface BegunCall {
  readonly beganMs: number;
  readonly whole: BegunAt;
  /** Of a call to a method: its path. */
  readonly path: string | undefined;
  readonly ofKind: BegunAt;
}

export class TargetHealth {
  readonly #options: TargetHealthOptions;
  readonly #breakers: BreakerRecord;
  readonly #calls: Unanswered;
  readonly #parts: TargetParts;
  #refusals = 0;
  #refusedSinceMs = 0;
  #refusedMs = 0;
  /** Why the last connection could not be made. */
  #why: string | undefined;
  #trouble: TroubleKind | undefined;
  /** Who waited when it was last looked at; a request may give up before the verdict. */
  #waiting: Waiting | undefined;
  /** The trouble before, whose requests may still fail. */
  #over: { readonly kind: TroubleKind; readonly untilMs: number } | undefined;
  readonly #failures: UntoldFailures;

  constructor(options: TargetHealthOptions) {
    this.#options = options;
    this.#failures = new UntoldFailures(options.telemetry.failedRequests);
    this.#breakers = new BreakerRecord(options);
    this.#calls = new Unanswered(options.clock.monotonicMs());
    this.#parts = new TargetParts(options);
  }

  get address(): string {
    return this.#options.address;
  }

  get role(): TargetRole {
    return this.#options.role;
  }

  /** Whether it serves what it is there for, as far as is known. */
  get up(): boolean {
    return this.#trouble === undefined && this.#parts.up;
  }

  get breakers(): BreakerRecord {
    return this.#breakers;
  }

  /** How long it had to answer since then, ms: what the gateway itself slept through says nothing of others. */
  awakeMs(sinceMs: number): number {
    return this.#options.telemetry.eventLoop.awakeMs(sinceMs);
  }

  /** A call begins; `path` is its method's, absent where it is none. */
  began(path?: string): BegunCall {
    const beganMs = this.#options.clock.monotonicMs();
    if (this.#calls.count === 0) this.#suspect();
    const whole = this.#calls.began(beganMs);
    return { beganMs, whole, path, ofKind: path === undefined ? 0 : this.#parts.began(path, beganMs) };
  }

  /** Any word of the target is an answer, an error of its own, too. */
  ended({ whole, path, ofKind }: BegunCall, how: CallEnd): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (how === 'unanswered' && this.#calls.count === 0) this.#suspect();
    this.#calls.ended(whole, how, nowMs);
    if (how === 'answered') this.#heard(nowMs);
    if (path !== undefined) this.#parts.ended(path, ofKind, how, nowMs);
  }

  /** It said something on a stream of the method. */
  answered(path: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.#calls.answered(nowMs);
    this.#heard(nowMs);
    this.#parts.answered(path, nowMs);
  }

  #heard(nowMs: number): void {
    this.#refusals = 0;
    this.#waiting = undefined;
    if (this.#trouble === undefined) return;
    this.#recover(this.#trouble);
    this.#parts.forget(nowMs);
  }

  /** A connection stands: that is no answer yet, a process that hangs accepts them, too. */
  connected(): void {
    if (this.#refusals === 0) return;
    this.#refusals = 0;
    this.#calls.restart(this.#options.clock.monotonicMs());
  }

  /** A connection could not be made; `why` in words, where it is known. */
  refused(why: string | undefined): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#refusals === 0) {
      if (this.#calls.count === 0) {
        this.#suspect();
        this.#calls.restart(nowMs);
      }
      this.#refusedSinceMs = nowMs;
    }
    this.#refusals += 1;
    this.#why = why ?? this.#why;
    this.#refusedMs = nowMs;
    this.#calls.asked(nowMs);
  }

  /** Looks at what is known by now; called every quarter of a second. */
  judge(nowMs: number): void {
    this.#settle(nowMs);
    this.#breakers.tell(nowMs);
    if (this.#trouble === undefined) this.#parts.judge(nowMs);
    if (this.#trouble === undefined && this.#calls.count === 0 && this.#refusals === 0) return;
    if (nowMs - this.#calls.sinceMs >= SUSPECT_MS_MIN)
      this.#waiting = this.#options.telemetry.waiting.on(this.address) ?? this.#waiting;
    const verdict = this.#refusals > 0 ? this.#unreachable() : this.#silent();
    if (verdict !== undefined) this.#tell(verdict, nowMs);
    this.#probeWhereIdle(nowMs);
  }

  /** Of a target in doubt that nobody asks. */
  #probeWhereIdle(nowMs: number): void {
    const isSuspect = this.#trouble !== undefined || this.#refusals > 0;
    const idleMs = this.#refusals > 0 || this.#trouble === 'engine_unreachable' ? PROBE_MS.refused : PROBE_MS.silent;
    if (!isSuspect || this.#calls.underWay > 0 || nowMs - this.#calls.askedMs < idleMs) return;
    this.#calls.asked(nowMs);
    this.#options.probe();
  }

  /** More than one attempt, and some time between them. */
  #unreachable(): TroubleKind | undefined {
    if (this.#trouble === 'engine_unreachable') return this.#trouble;
    const forMs = this.awakeMs(this.#refusedSinceMs);
    const triedMs = this.#refusedMs - this.#refusedSinceMs;
    return forMs >= REFUSED_MS_MIN && triedMs >= REFUSED_MS_MIN / 2 ? 'engine_unreachable' : undefined;
  }

  #silent(): TroubleKind | undefined {
    const kind = this.role === 'filer' ? 'filer_failing' : 'engine_silent';
    if (this.#trouble === kind) return kind;
    const { count, sinceMs } = this.#calls;
    if (count === 0) return undefined;
    const forMs = this.awakeMs(sinceMs);
    return forMs >= (count > 1 ? SILENT_MS_MIN.several : SILENT_MS_MIN.one) ? kind : undefined;
  }

  /** What failed before is not due to what may begin now. */
  #suspect(): void {
    const isNew = this.#refusals === 0 && this.up && this.#over === undefined;
    if (isNew) this.#failures.take(this.address);
  }

  #tell(kind: TroubleKind, nowMs: number): void {
    const { telemetry, address, role } = this.#options;
    const { incidents } = telemetry;
    if (this.#trouble !== undefined && this.#trouble !== kind) incidents.supersede(this.#trouble, address);
    this.#parts.overshadowed(kind);
    this.#trouble = kind;
    this.#over = undefined;
    const waiting = this.#waiting;
    incidents.open(kind, address, {
      noun: role,
      consequence: TOLD[role],
      evidence: this.#evidence(kind, nowMs, waiting?.clients),
      failed: this.#failures.take(this.address),
      ...(waiting === undefined ? {} : { hurt: waiting.hurt, traceId: waiting.traceId }),
    });
  }

  #evidence(kind: TroubleKind, nowMs: number, clients: number | undefined): string {
    const seconds = (sinceMs: number): string => ((nowMs - sinceMs) / 1_000).toFixed(1);
    const who = clients === undefined ? '' : `, ${counted(clients, 'client')}`;
    if (kind === 'engine_unreachable')
      return `cannot be connected to for ${seconds(this.#refusedSinceMs)} s (${counted(this.#refusals, 'attempt')}${who})${because(this.#why)}`;
    const calls = counted(this.#calls.count, 'call');
    return `accepts connections and has answered nothing for ${seconds(this.#calls.sinceMs)} s (${calls}${who})`;
  }

  #recover(kind: TroubleKind): void {
    const { telemetry, address } = this.#options;
    telemetry.incidents.failed(kind, address, this.#failures.take(this.address));
    telemetry.incidents.close(kind, address, 'answers again');
    this.#over = { kind, untilMs: this.#calls.heardMs + SETTLE_MS - JUDGE_MS };
    this.#trouble = undefined;
  }

  /** A request that began before the target answered again may fail a moment later. */
  #settle(nowMs: number): void {
    if (this.#over === undefined) return;
    this.#options.telemetry.incidents.failed(this.#over.kind, this.address, this.#failures.take(this.address));
    if (nowMs >= this.#over.untilMs) this.#over = undefined;
  }
}

const because = (why: string | undefined): string => (why === undefined ? '' : `: ${why}`);
