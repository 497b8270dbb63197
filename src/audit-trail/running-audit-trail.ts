/** The trail as it runs: counts every event, puts together what is repeated, and hands lines to the queues of its outputs. */
import { createHash } from 'node:crypto';
import type { Clock } from '../clock';
import { type Logger, traceIds } from '../telemetry/log/log';
import type { Instruments } from '../telemetry/metrics/instruments';
import { auditLine, type Repeated } from './audit-line';
import { type AuditOutput, AuditQueue } from './audit-queue';
import { actorOf, type AuditEvent, type AuditTrail, type TopicUse, type TopicUsed } from './audit-trail';
import { RepeatedEvents } from './repeated-events';

export interface AuditTrailOptions {
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly log: Logger;
  readonly outputs: readonly AuditOutput[];
  readonly uses: readonly TopicUse[];
  /** How long reads, writes and what is repeated are put together. */
  readonly intervalMs: number;
  /** Events that wait for one output. */
  readonly queuedMax: number;
  /** Reads, writes and what is repeated: kinds that are counted at a time. */
  readonly heldMax: number;
}

/** How long a stop waits for outputs that do not take what waits. */
const CLOSE_MS_MAX = 2_000;

export class RunningAuditTrail implements AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #queues: readonly AuditQueue[];
  readonly #uses: ReadonlySet<TopicUse>;
  readonly #repeated: RepeatedEvents;

  constructor(options: AuditTrailOptions) {
    const { clock, intervalMs, heldMax, outputs, uses } = options;
    this.#options = options;
    this.#uses = new Set(uses);
    this.#queues = outputs.map((output) => this.#queueOf(output));
    const tell = (event: AuditEvent, repeated: Repeated): void => this.#tell(event, repeated);
    this.#repeated = new RepeatedEvents({ clock, intervalMs, heldMax, tell });
  }

  record(event: AuditEvent): void {
    const { actor, api, kind, repeats, resource } = event;
    if (repeats === undefined) return this.#tell(event);
    const who = [actor.principal, actor.clientAddress, actor.listener];
    const same = [kind, ...who, api, resource.type, resource.name, repeats].join('\u0000');
    // Of one length, whatever clients call themselves and theirs.
    const key = createHash('sha256').update(same).digest('base64');
    if (this.#repeated.again(key, event)) return;
    this.#tell(event);
    this.#repeated.hold(key, event, 0);
  }

  audits(use: TopicUse): boolean {
    return this.#uses.has(use) && this.#queues.length > 0;
  }

  used(use: TopicUse, { api, topic, request }: TopicUsed, ruleOf: () => string | undefined): void {
    const { principal, listener } = request.session;
    const key = `${use}\u0000${principal}\u0000${listener.name}\u0000${api}\u0000${topic}`;
    if (this.#repeated.again(key)) return;
    const actor = actorOf(request);
    const resource = { type: 'topic', name: topic } as const;
    const trace = traceIds(request.operation);
    this.#repeated.hold(key, { kind: use, actor, api, resource, verdict: 'allowed', rule: ruleOf(), trace }, 1);
  }

  /** Tells what is held and waits until it is written, for at most two seconds. */
  async close(): Promise<void> {
    this.#repeated.close();
    const late = this.#options.clock.after(CLOSE_MS_MAX, () => {
      for (const queue of this.#queues) queue.giveUp();
    });
    await Promise.all(this.#queues.map((queue) => queue.close()));
    late.cancel();
  }

  #tell(event: AuditEvent, repeated?: Repeated): void {
    const { clock, instruments } = this.#options;
    const { kind, verdict } = event;
    instruments.add('seaglass_audit_events_total', { kind, verdict }, repeated?.count ?? 1);
    if (this.#queues.length === 0) return;
    const line = auditLine(event, clock.nowMs(), repeated);
    for (const queue of this.#queues) queue.push(line);
  }

  #queueOf(output: AuditOutput): AuditQueue {
    const { instruments, log, queuedMax } = this.#options;
    return new AuditQueue({
      output,
      eventsMax: queuedMax,
      dropped: (reason, events) =>
        instruments.add('seaglass_audit_events_dropped_total', { output: output.name, reason }, events),
      overflow: (dropped) => {
        if (dropped === undefined)
          log.write('error', 'audit.dropping', `audit events are dropped: ${queuedMax} wait for ${output.name}`);
        else log.write('warn', 'audit.complete_again', `${output.name} takes audit events again`, { dropped });
      },
    });
  }
}
