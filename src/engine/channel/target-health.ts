/**
 * What the gateway knows of one engine target from its own calls. Unreachable: connections are refused for more than a second. Silent:
 * it accepts connections, and calls of more than two seconds have no answer while none was answered. The first answer ends both.
 * Where nobody asks meanwhile, the target is probed, so that a trouble does not outlast itself.
 */
import type { Clock } from '../../clock';
import type { Telemetry } from '../../telemetry/telemetry';
import type { IncidentKind } from '../../telemetry/incidents/incident-kinds';
import { SETTLE_MS } from '../../telemetry/incidents/incidents';
import type { Waiting } from '../../telemetry/incidents/waiting-requests';
import { BreakerRecord } from './breaker-record';

export type TargetRole = 'broker' | 'master' | 'filer' | 'node';

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
/** From then on who waits is kept in mind. */
const SUSPECT_MS_MIN = 1_000;
/** Nobody asked for so long: the target is probed. */
const PROBE_MS = { refused: 1_000, silent: 3_000 };
/** How often a record is looked at. */
export const JUDGE_MS = 250;

type TroubleKind = Extract<IncidentKind, 'engine_unreachable' | 'engine_silent' | 'filer_failing'>;

/** What the caller of `began` hands back when the call ends. */
export interface BegunCall {
  readonly beganMs: number;
  /** Answers heard when it began. */
  readonly answers: number;
}

/** `neutral`: it says nothing of the target. */
type CallEnd = 'answered' | 'unanswered' | 'neutral';

const TOLD: Readonly<Record<TargetRole, string>> = {
  broker: 'fetches are told NOT_LEADER_OR_FOLLOWER and produces REQUEST_TIMED_OUT until it answers',
  master: 'new brokers are not found until it answers',
  filer: 'commits are told COORDINATOR_NOT_AVAILABLE and topic changes time out until it answers',
  node: 'fetches and produces are told a retriable error until it answers',
};

export class TargetHealth {
  readonly #options: TargetHealthOptions;
  readonly #breakers: BreakerRecord;
  #answers = 0;
  #heardMs: number;
  /** Calls that began since the last answer, or ended without one. */
  #unanswered = 0;
  #silentSinceMs = 0;
  #underWay = 0;
  #askedMs = 0;
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
  /** Of the requests that failed because of this target, those that were told. */
  #failedTold = 0;

  constructor(options: TargetHealthOptions) {
    this.#options = options;
    this.#breakers = new BreakerRecord(options);
    this.#heardMs = options.clock.monotonicMs();
  }

  get address(): string {
    return this.#options.address;
  }

  get role(): TargetRole {
    return this.#options.role;
  }

  get up(): boolean {
    return this.#trouble === undefined;
  }

  get breakers(): BreakerRecord {
    return this.#breakers;
  }

  began(): BegunCall {
    const beganMs = this.#options.clock.monotonicMs();
    this.#underWay += 1;
    this.#askedMs = beganMs;
    if (this.#unanswered === 0) this.#suspect(beganMs);
    this.#unanswered += 1;
    return { beganMs, answers: this.#answers };
  }

  /** Any word of the target is an answer, an error of its own, too. */
  ended(call: BegunCall, how: CallEnd): void {
    this.#underWay -= 1;
    if (how === 'answered') {
      this.answered();
      return;
    }
    const isCounted = call.answers === this.#answers;
    if (how === 'neutral') {
      if (isCounted) this.#unanswered -= 1;
    } else if (!isCounted) {
      // Others were answered after it began.
      if (this.#unanswered === 0) this.#suspect(this.#heardMs);
      this.#unanswered += 1;
    }
  }

  answered(): void {
    this.#answers += 1;
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#unanswered = 0;
    this.#refusals = 0;
    this.#waiting = undefined;
    if (this.#trouble !== undefined) this.#recover(this.#trouble);
  }

  /** A connection stands: that is no answer yet, a process that hangs accepts them, too. */
  connected(): void {
    if (this.#refusals === 0) return;
    this.#refusals = 0;
    this.#silentSinceMs = this.#options.clock.monotonicMs();
  }

  /** A connection could not be made; `why` in words, where it is known. */
  refused(why: string | undefined): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#refusals === 0) {
      if (this.#unanswered === 0) this.#suspect(nowMs);
      this.#refusedSinceMs = nowMs;
    }
    this.#refusals += 1;
    this.#why = why ?? this.#why;
    this.#refusedMs = nowMs;
    this.#askedMs = nowMs;
  }

  /** Looks at what is known by now; called every quarter of a second. */
  judge(nowMs: number): void {
    this.#settle(nowMs);
    this.#breakers.tell();
    if (this.up && this.#unanswered === 0 && this.#refusals === 0) return;
    if (nowMs - this.#silentSinceMs >= SUSPECT_MS_MIN)
      this.#waiting = this.#options.telemetry.waiting.on(this.address) ?? this.#waiting;
    const verdict = this.#refusals > 0 ? this.#unreachable(nowMs) : this.#silent(nowMs);
    if (verdict !== undefined) this.#tell(verdict, nowMs);
    const isSuspect = !this.up || this.#refusals > 0;
    const idleMs = this.#refusals > 0 || this.#trouble === 'engine_unreachable' ? PROBE_MS.refused : PROBE_MS.silent;
    if (!isSuspect || this.#underWay > 0 || nowMs - this.#askedMs < idleMs) return;
    this.#askedMs = nowMs;
    this.#options.probe();
  }

  /** More than one attempt, and some time between them. */
  #unreachable(nowMs: number): TroubleKind | undefined {
    if (this.#trouble === 'engine_unreachable') return this.#trouble;
    const forMs = nowMs - this.#refusedSinceMs - this.#blockedMs(this.#refusedSinceMs);
    const triedMs = this.#refusedMs - this.#refusedSinceMs;
    return forMs >= REFUSED_MS_MIN && triedMs >= REFUSED_MS_MIN / 2 ? 'engine_unreachable' : undefined;
  }

  #silent(nowMs: number): TroubleKind | undefined {
    const kind = this.role === 'filer' ? 'filer_failing' : 'engine_silent';
    if (this.#trouble === kind) return kind;
    if (this.#unanswered === 0) return undefined;
    const forMs = nowMs - this.#silentSinceMs - this.#blockedMs(this.#silentSinceMs);
    return forMs >= (this.#unanswered > 1 ? SILENT_MS_MIN.several : SILENT_MS_MIN.one) ? kind : undefined;
  }

  /** What the gateway itself slept through says nothing of others. */
  #blockedMs(sinceMs: number): number {
    return this.#options.telemetry.eventLoop.blockedMs(sinceMs);
  }

  #suspect(sinceMs: number): void {
    this.#silentSinceMs = sinceMs;
    const isNew = this.#refusals === 0 && this.up && this.#over === undefined;
    if (isNew) this.#failedTold = this.#options.telemetry.failedRequests.of(this.address);
  }

  #tell(kind: TroubleKind, nowMs: number): void {
    const { telemetry, address, role } = this.#options;
    const { incidents } = telemetry;
    if (this.#trouble !== undefined && this.#trouble !== kind) incidents.supersede(this.#trouble, address);
    this.#trouble = kind;
    this.#over = undefined;
    const waiting = this.#waiting;
    incidents.open(kind, address, {
      noun: role,
      consequence: TOLD[role],
      evidence: this.#evidence(kind, nowMs, waiting?.clients),
      failed: this.#newlyFailed(),
      ...(waiting === undefined ? {} : { hurt: waiting.hurt, traceId: waiting.traceId }),
    });
  }

  #evidence(kind: TroubleKind, nowMs: number, clients: number | undefined): string {
    const seconds = (sinceMs: number): string => ((nowMs - sinceMs) / 1_000).toFixed(1);
    const who = clients === undefined ? '' : `, ${counted(clients, 'client')}`;
    if (kind === 'engine_unreachable')
      return `cannot be connected to for ${seconds(this.#refusedSinceMs)} s (${counted(this.#refusals, 'attempt')}${who})${because(this.#why)}`;
    const calls = counted(this.#unanswered, 'call');
    return `accepts connections and has answered nothing for ${seconds(this.#silentSinceMs)} s (${calls}${who})`;
  }

  #recover(kind: TroubleKind): void {
    const { telemetry, address } = this.#options;
    telemetry.incidents.failed(kind, address, this.#newlyFailed());
    telemetry.incidents.close(kind, address, 'answers again');
    this.#over = { kind, untilMs: this.#heardMs + SETTLE_MS - JUDGE_MS };
    this.#trouble = undefined;
  }

  /** A request that began before the target answered again may fail a moment later. */
  #settle(nowMs: number): void {
    if (this.#over === undefined) return;
    this.#options.telemetry.incidents.failed(this.#over.kind, this.address, this.#newlyFailed());
    if (nowMs >= this.#over.untilMs) this.#over = undefined;
  }

  #newlyFailed(): number {
    const failed = this.#options.telemetry.failedRequests.of(this.address);
    const fresh = failed - this.#failedTold;
    this.#failedTold = failed;
    return fresh;
  }
}

const because = (why: string | undefined): string => (why === undefined ? '' : `: ${why}`);
const counted = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
