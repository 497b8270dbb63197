/**
 * "Trace client Y, topic X, group Z for five minutes": while a target lives, every trace that fits it is kept, whatever the keep rule
 * says. A target ends by itself; their number is bounded. Each is logged when it begins and when it ends.
 */
import type { Clock, Timer } from '../../clock';
import type { Logger } from '../log/log';
import { clientName } from './client-name';
import { KeepQuota } from './keep-quota';
import type { OperationTree } from './light-operation';

/** What must fit, all that is given; at least one is. */
export interface TargetedNames {
  readonly client?: string | undefined;
  readonly topic?: string | undefined;
  readonly group?: string | undefined;
}

export interface TraceTarget extends TargetedNames {
  readonly id: string;
  /** Unix time in ms when it ends. */
  readonly untilMs: number;
  /** Traces that fitted it so far. */
  readonly traces: number;
}

export const TARGETS_MAX = 16;
export const TARGET_MS_MAX = 3_600_000;

/** Of each target; a client may ask far more. */
const PER_SECOND_MAX = 100;

type Held = { -readonly [K in keyof TraceTarget]: TraceTarget[K] } & { timer: Timer | undefined; quota: KeepQuota };

export class TraceTargets {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #targets = new Map<string, Held>();
  #lastId = 0;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  get size(): number {
    return this.#targets.size;
  }

  list(): readonly TraceTarget[] {
    return [...this.#targets.values()].map(viewOf);
  }

  /** `by` is who asked: an address. Throws RangeError where nothing is named, the time is out of range, or there are as many as may be. */
  add(names: TargetedNames, forMs: number, by: string): TraceTarget {
    const { client, topic, group } = escaped(names);
    if (client === undefined && topic === undefined && group === undefined)
      throw new RangeError('name a client, a topic or a group');
    if (!(forMs >= 1_000 && forMs <= TARGET_MS_MAX))
      throw new RangeError(`the time must be 1 s to ${TARGET_MS_MAX / 60_000} min`);
    if (this.#targets.size >= TARGETS_MAX) throw new RangeError(`${TARGETS_MAX} targets are traced already`);
    const id = `t${++this.#lastId}`;
    const untilMs = this.#clock.nowMs() + forMs;
    const target: Held = { id, ...escaped(names), untilMs, traces: 0, timer: undefined, quota: new KeepQuota() };
    target.timer = this.#clock.after(forMs, () => this.#end(id, 'its time is over'));
    this.#targets.set(id, target);
    this.#tell('trace.target.begun', target, `for ${Math.round(forMs / 1_000)} s (${by})`);
    return viewOf(target);
  }

  /** False where there is none of that id. */
  remove(id: string, by: string): boolean {
    return this.#end(id, by);
  }

  /** Whether a trace that has ended at `nowMs`, monotonic, fits a target that has room for it in this second; counts it there. */
  fits(tree: OperationTree, nowMs: number): boolean {
    let any = false;
    for (const target of this.#targets.values()) {
      if (!fits(tree, target) || !target.quota.take(nowMs, PER_SECOND_MAX)) continue;
      target.traces++;
      any = true;
    }
    return any;
  }

  close(): void {
    for (const { timer } of this.#targets.values()) timer?.cancel();
    this.#targets.clear();
  }

  #end(id: string, why: string): boolean {
    const target = this.#targets.get(id);
    if (target === undefined) return false;
    target.timer?.cancel();
    this.#targets.delete(id);
    this.#tell('trace.target.ended', target, `after ${target.traces} traces (${why})`);
    return true;
  }

  #tell(event: string, { id, client, topic, group }: Held, more: string): void {
    const what = [
      ...(client === undefined ? [] : [`client ${client}`]),
      ...(topic === undefined ? [] : [`topic ${topic}`]),
      ...(group === undefined ? [] : [`group ${group}`]),
    ].join(', ');
    const verb = event.endsWith('begun') ? 'every trace is kept of' : 'no longer every trace is kept of';
    this.#log.write('warn', event, `${verb} ${what} ${more}`, { 'seaglass.trace.target': id });
  }
}

function viewOf({ timer: _timer, quota: _quota, ...target }: Held): TraceTarget {
  return target;
}

/** As spans show them. */
function escaped(names: TargetedNames): TargetedNames {
  const given = Object.entries(names).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([kind, name]) => [kind, clientName(name)]));
}

/** Client and group stand on the root; a topic on the root of a request about one, else on the spans of its partitions. */
function fits({ members }: OperationTree, { client, topic, group }: TargetedNames): boolean {
  const [root] = members;
  if (root === undefined) return false;
  if (client !== undefined && root.attribute('messaging.client.id') !== client) return false;
  if (group !== undefined && root.attribute('messaging.consumer.group.name') !== group) return false;
  return topic === undefined || members.some((each) => each.attribute('messaging.destination.name') === topic);
}
