/**
 * Kinds of calls that a target leaves unanswered while it answers others: what answers must not hide what hangs. A node serves records and
 * entries of the filer at one address, and gateways ask for the latter all the time. Each service is told by an incident of its own.
 */
import type { Clock } from '../../clock';
import { UntoldFailures } from '../../telemetry/incidents/failed-requests';
import type { IncidentKind } from '../../telemetry/incidents/incident-kinds';
import type { Waiting } from '../../telemetry/incidents/waiting-requests';
import type { Telemetry } from '../../telemetry/telemetry';
import { TOLD, type TargetRole } from './target-role';
import { type BegunAt, type CallEnd, counted, SUSPECT_MS_MIN, Unanswered } from './unanswered';

export interface TargetPartsOptions {
  readonly address: string;
  readonly role: TargetRole;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

type PartTrouble = Extract<IncidentKind, 'engine_silent' | 'filer_failing'>;

/** One slow call among others that are answered is no silence; two that reached their deadlines are. */
const CALLS_MIN = 2;
const SILENT_MS_MIN = 2_900;
/** Where nobody makes such calls any more, they are forgotten after this time. */
const FORGET_MS = 10_000;
const FILER = /^\/(filer_pb|seaglass\.v1\.FilerBatch)/;

interface CallKind {
  /** As people say it: `GetPartitionRange`. */
  readonly name: string;
  /** As operations say it: the path without its first slash. */
  readonly method: string;
  readonly calls: Unanswered;
}

/** The kinds of calls of one service. */
interface Part {
  readonly role: TargetRole;
  readonly trouble: PartTrouble;
  readonly kinds: CallKind[];
  /** Those that the incident names; none where it is not told. */
  told: readonly CallKind[];
  /** Who waited when it was last looked at. */
  waiting: Waiting | undefined;
  readonly failures: UntoldFailures;
}

export class TargetParts {
  readonly #options: TargetPartsOptions;
  readonly #parts = new Map<TargetRole, Part>();
  readonly #kinds = new Map<string, { readonly kind: CallKind; readonly part: Part }>();

  constructor(options: TargetPartsOptions) {
    this.#options = options;
  }

  /** False while calls of its own service, whose name it bears, are told to be unanswered. */
  get up(): boolean {
    for (const { told, trouble } of this.#parts.values())
      if (told.length > 0 && trouble === 'engine_silent') return false;
    return true;
  }

  began(path: string, nowMs: number): BegunAt {
    return this.#of(path).kind.calls.began(nowMs);
  }

  ended(path: string, at: BegunAt, how: CallEnd, nowMs: number): void {
    const { kind, part } = this.#of(path);
    kind.calls.ended(at, how, nowMs);
    if (how === 'answered') this.#served(part);
  }

  answered(path: string, nowMs: number): void {
    const { kind, part } = this.#of(path);
    kind.calls.answered(nowMs);
    this.#served(part);
  }

  /** The whole target is told to answer nothing, by an incident of that kind: that says it all. */
  overshadowed(by: IncidentKind): void {
    for (const part of this.#parts.values()) {
      if (part.told.length > 0 && part.trouble !== by)
        this.#options.telemetry.incidents.supersede(part.trouble, this.#options.address);
      part.told = [];
    }
  }

  /** The target answers again: what it left unanswered before is over. */
  forget(nowMs: number): void {
    for (const { kind } of this.#kinds.values()) kind.calls.forget(nowMs);
  }

  judge(nowMs: number): void {
    for (const part of this.#parts.values()) {
      for (const { calls } of part.kinds)
        if (calls.count > 0 && calls.underWay === 0 && nowMs - calls.askedMs >= FORGET_MS) calls.forget(nowMs);
      const silent = part.kinds.filter((kind) => this.#isSilent(kind, part));
      this.#lookWhoWaits(part, nowMs);
      if (silent.length > 0) this.#tell(part, silent, nowMs);
      else if (part.told.length > 0) this.#close(part, 'is not asked for such calls any more');
    }
  }

  #isSilent({ calls }: CallKind, { told }: Part): boolean {
    if (calls.count === 0 || (told.length === 0 && calls.count < CALLS_MIN)) return false;
    return this.#options.telemetry.eventLoop.awakeMs(calls.sinceMs) >= SILENT_MS_MIN;
  }

  #lookWhoWaits(part: Part, nowMs: number): void {
    const suspects = part.kinds.filter(({ calls }) => calls.count > 0 && nowMs - calls.sinceMs >= SUSPECT_MS_MIN);
    const { telemetry, address } = this.#options;
    if (suspects.length === 0) {
      part.waiting = undefined;
      if (part.told.length === 0) part.failures.take(address);
      return;
    }
    part.waiting = telemetry.waiting.on(address, new Set(suspects.map(({ method }) => method))) ?? part.waiting;
  }

  #tell(part: Part, silent: readonly CallKind[], nowMs: number): void {
    const { telemetry, address } = this.#options;
    const { waiting } = part;
    const sinceMs = Math.min(...silent.map(({ calls }) => calls.sinceMs));
    const count = silent.reduce((sum, { calls }) => sum + calls.count, 0);
    const names = silent.map(({ name }) => name).join(', ');
    const who = waiting === undefined ? '' : `, ${counted(waiting.clients, 'client')}`;
    const seconds = ((nowMs - sinceMs) / 1_000).toFixed(1);
    part.told = silent;
    telemetry.incidents.open(part.trouble, address, {
      noun: part.role,
      consequence: TOLD[part.role],
      evidence: `answers other calls, and has answered no ${names} for ${seconds} s (${counted(count, 'call')}${who})`,
      failed: part.failures.take(address),
      ...(waiting === undefined ? {} : { hurt: waiting.hurt, traceId: waiting.traceId }),
    });
  }

  #served(part: Part): void {
    if (part.told.length > 0 && part.told.every(({ calls }) => calls.count === 0))
      this.#close(part, 'answers such calls again');
  }

  #close(part: Part, evidence: string): void {
    const { telemetry, address } = this.#options;
    part.told = [];
    telemetry.incidents.failed(part.trouble, address, part.failures.take(address));
    telemetry.incidents.close(part.trouble, address, evidence);
  }

  #of(path: string): { readonly kind: CallKind; readonly part: Part } {
    let found = this.#kinds.get(path);
    if (found === undefined) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const calls = new Unanswered(this.#options.clock.monotonicMs());
      found = { kind: { name, method: path.slice(1), calls }, part: this.#partOf(path) };
      found.part.kinds.push(found.kind);
      this.#kinds.set(path, found);
    }
    return found;
  }

  #partOf(path: string): Part {
    const role = FILER.test(path) ? 'filer' : this.#options.role;
    let part = this.#parts.get(role);
    if (part === undefined) {
      const trouble = role === 'filer' ? 'filer_failing' : 'engine_silent';
      const failures = new UntoldFailures(this.#options.telemetry.failedRequests);
      part = { role, trouble, kinds: [], told: [], waiting: undefined, failures };
      this.#parts.set(role, part);
    }
    return part;
  }
}
