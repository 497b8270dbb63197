/**
 * Makes hangs visible while they hang. A span is exported when it ends, so a wait that never ends would never be seen; the watch
 * looks at all leaf operations and exports short, ended *stall* spans beneath those that are overdue, in their own trace. If the
 * process dies, they stay behind as evidence.
 */
import type { Clock, Timer } from '../clock';
import type { FinishedSpan } from './trace/finished-span';
import { operationPath } from './trace/finished-span';
import { newSpanId } from './trace/ids';
import { inheritedAttributes, overdueMs } from './trace/inflight';
import type { EventLoopWatch } from './event-loop/event-loop-watch';
import type { Incidents } from './incidents/incidents';
import type { StallIncidents } from './incidents/stall-incidents';
import { targetOf } from './incidents/waiting-requests';
import type { Instruments } from './metrics/instruments';
import type { LightOperation } from './trace/light-operation';
import type { Logger } from './log/log';
import type { AttributeValue } from './trace/operation';
import type { Tracer } from './trace/tracer';

export interface HangWatchOptions {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  /** Where one explains a stall, its span and its line name it. */
  readonly incidents: Pick<Incidents, 'concerning'>;
  /** Makes incidents of waits that are one of their own. */
  readonly stalls: Pick<StallIncidents, 'stalled' | 'look'>;
  /** What the gateway slept through is not held against an operation. */
  readonly eventLoop: Pick<EventLoopWatch, 'look' | 'blockedMs'>;
  readonly log: Logger;
  /** How far past its budget an operation is when its first stall is reported, ms. */
  readonly thresholdMs: number;
  readonly periodMs?: number;
}

const PERIOD_MS = 250;
const REPEAT_MS_MAX = 60_000;
/** When everything hangs at once, reports are spread over the sweeps, oldest first. */
const STALLS_PER_SWEEP_MAX = 128;

export class HangWatch {
  readonly #options: HangWatchOptions;
  readonly #timer: Timer;

  constructor(options: HangWatchOptions) {
    this.#options = options;
    this.#timer = options.clock.every(options.periodMs ?? PERIOD_MS, () => this.sweep());
  }

  close(): void {
    this.#timer.cancel();
  }

  /** Looks once at everything in flight. What was never reported comes before what is reported again. */
  sweep(): void {
    this.#options.eventLoop.look();
    this.#options.stalls.look(this.#options.tracer.now());
    const left = this.#sweepPhases('first', STALLS_PER_SWEEP_MAX);
    if (left > 0) this.#sweepPhases('again', left);
  }

  /** How many more reports this sweep may make. */
  #sweepPhases(which: 'first' | 'again', reportsMax: number): number {
    const { tracer, eventLoop, thresholdMs } = this.#options;
    const nowMs = tracer.now();
    let left = reportsMax;
    for (const phase of tracer.phases) {
      for (let each = phase.head; each !== undefined && left > 0; each = each.next) {
        if ((each.stallCount === 0) !== (which === 'first')) continue;
        const dueMs = dueAtMs(each.stallCount, thresholdMs);
        let overdue = overdueMs(each, nowMs);
        if (overdue < dueMs) continue;
        overdue -= eventLoop.blockedMs(each.startMs);
        if (overdue < dueMs) continue;
        // A sweep that comes late, or an operation that was told of late, reports once for all the times it missed.
        do each.stallCount++;
        while (overdue >= dueAtMs(each.stallCount, thresholdMs));
        this.#report(each, { overdue, nowMs });
        left--;
      }
    }
    return left;
  }

  #report(operation: LightOperation, at: { readonly overdue: number; readonly nowMs: number }): void {
    const { tracer, instruments, incidents, log } = this.#options;
    if (!operation.member) {
      operation.tree.admitStalled(operation);
      operation.member = true;
    }
    tracer.keep(operation.tree, 'stalled');
    this.#options.stalls.stalled(operation, at.nowMs);
    const epochOffsetMs = tracer.epochOffsetMs(operation.tree);
    const span = stallSpan(operation, { ...at, epochOffsetMs, incidents });
    const exemplar = { traceId: span.traceId, spanId: span.spanId, kept: tracer.exporting };
    instruments.add('seaglass_stalls_total', { phase: operation.prepared.phase.name }, 1, exemplar);
    tracer.recent.addStall(span, at.nowMs);
    tracer.sink?.exportUrgently(span);
    if (operation.stallLogged) return;
    operation.stallLogged = true;
    const { 'seaglass.path': path, ...rest } = span.attributes;
    log.write('warn', 'operation.stalled', `${String(path)}: ${span.error?.message ?? ''}`, {
      ...rest,
      'seaglass.path': path,
      trace_id: span.traceId,
      span_id: operation.spanId,
    });
  }
}

/** How overdue an operation is when its next stall is due: the threshold, twice, four times … and every minute from then on. */
function dueAtMs(stallCount: number, thresholdMs: number): number {
  const doubled = thresholdMs * 2 ** Math.min(stallCount, 30);
  if (doubled < REPEAT_MS_MAX) return doubled;
  const doublings = Math.max(0, Math.ceil(Math.log2(REPEAT_MS_MAX / thresholdMs)));
  return Math.max(thresholdMs, REPEAT_MS_MAX) * (stallCount - doublings + 1);
}

interface StallMoment {
  readonly overdue: number;
  readonly nowMs: number;
  readonly epochOffsetMs: number;
  readonly incidents: Pick<Incidents, 'concerning'>;
}

/** What an incident that explains the wait may be about. */
function targetsOf(attributes: Readonly<Record<string, AttributeValue>>): readonly unknown[] {
  const topic = attributes['messaging.destination.name'];
  const partition = attributes['messaging.destination.partition.id'];
  return [
    targetOf((key) => attributes[key]),
    topic === undefined ? undefined : `${String(topic)}-${String(partition)}`,
    attributes['messaging.consumer.group.name'],
    attributes['messaging.client.id'],
  ].filter((target) => target !== undefined);
}

function stallSpan(operation: LightOperation, at: StallMoment): FinishedSpan {
  const phase = operation.prepared.phase.name;
  const seconds = ((at.nowMs - operation.startMs) / 1_000).toFixed(1);
  const { rootEndMs } = operation.tree;
  const inherited = inheritedAttributes(operation);
  const incident = at.incidents.concerning(targetsOf(inherited));
  const attributes: Record<string, AttributeValue> = {
    ...inherited,
    ...(incident === undefined ? {} : { 'seaglass.incident.kind': incident.kind, 'seaglass.incident.id': incident.id }),
    'seaglass.phase': phase,
    'seaglass.path': operationPath(operation),
    'seaglass.wait.budget_ms': Math.round(operation.budgetMs),
    'seaglass.stall': true,
    'seaglass.stall.seq': operation.stallCount,
    'seaglass.stall.overdue_ms': Math.round(at.overdue),
    'seaglass.stall.age_ms': Math.round(at.nowMs - operation.startMs),
    'error.type': 'stall',
  };
  return {
    traceId: operation.traceId,
    spanId: newSpanId(),
    parentSpanId: operation.spanId,
    parentIsRemote: false,
    name: `stall ${phase}`,
    kind: 'INTERNAL',
    // Beneath a request that has ended, the stall is drawn no longer than the request: the age says the rest.
    startMs: Math.min(operation.startMs, rootEndMs) + at.epochOffsetMs,
    endMs: Math.min(at.nowMs, rootEndMs) + at.epochOffsetMs,
    attributes,
    links: [],
    linksDropped: 0,
    events: [],
    error: { message: `${phase} still waiting after ${seconds} s` },
  };
}
