/**
 * Which traces are kept, decided when a root has ended: whatever went wrong, whatever the client asked for, everything while there
 * is little of it, the slowest of what is well, and a share of the rest. Idle polls and heartbeats are kept once a minute. A sampler at the start could not know what went wrong.
 */
import type { IdleQuota } from './idle-quota';
import type { KeepQuota } from './keep-quota';
import type { AttributeValue, KeepReason } from './operation';
import type { TraceTree } from './trace-tree';

/** `all` keeps everything, `off` exports nothing at all, `default` is the rule of this file. */
export type TraceMode = 'all' | 'default' | 'off';

export interface KeepSettings {
  readonly mode: TraceMode;
  /** Share of unremarkable traces that is kept, 0 to 1. */
  readonly baseRate: number;
  /** A client's traceparent that is not sampled takes its trace out of the base rate and of the first ones. */
  readonly parentBased: boolean;
  /** So many a second of each API are kept, whatever they are but idle; of a busy one fewer. */
  readonly firstPerSecond: number;
  /** A root later than its budget by more than this is kept. */
  readonly overrunMs: number;
  /** So many of each API and topic are kept in every ten seconds, the slowest. */
  readonly slowestPerTopic: number;
}

export const DEFAULT_KEEP_SETTINGS: KeepSettings = {
  mode: 'default',
  baseRate: 0.01,
  parentBased: true,
  firstPerSecond: 10,
  overrunMs: 500,
  slowestPerTopic: 3,
};

/** A root that has ended with all its descendants, as the rule sees it. */
export interface EndedRoot {
  readonly tree: TraceTree<unknown>;
  readonly root: { attribute(key: string): AttributeValue | undefined };
  readonly overrunMs: number;
  /** What was kept of its API lately. */
  readonly statistics: { readonly quota: KeepQuota; readonly idle: IdleQuota };
  /** On the monotonic clock. */
  readonly nowMs: number;
}

/** Of a busy API so many a second are kept as the first: the slowest and a share of the rest show it as well, and each costs its export. */
const FIRST_OF_BUSY = 2;

/** What went wrong, in whatever mode. */
export function notableReason({ tree, overrunMs }: EndedRoot, settings: KeepSettings): KeepReason | undefined {
  if (tells(tree.keepReason)) return tree.keepReason;
  if (tree.failed) return 'error';
  return overrunMs > settings.overrunMs ? 'overrun' : undefined;
}

/** Why a trace is kept in which nothing went wrong; undefined where it is not. */
export function sampledReason(
  { tree, root, statistics, nowMs }: EndedRoot,
  settings: KeepSettings,
): KeepReason | undefined {
  if (tree.keepReason !== undefined) return tree.keepReason;
  if (tree.straggling) return undefined;
  if (settings.parentBased && tree.remoteParent !== undefined && !tree.remoteParent.sampled) return undefined;
  const { quota, idle } = statistics;
  const { firstPerSecond } = settings;
  if (tree.idle) return idle.take(clientOf(root), subjectOf(root), nowMs, firstPerSecond) ? 'idle' : undefined;
  if (quota.take(nowMs, firstPerSecond, Math.min(firstPerSecond, FIRST_OF_BUSY))) return 'first';
  return tree.lowWord < settings.baseRate * 0x1_0000_0000 ? 'rate' : undefined;
}

const clientOf = (root: EndedRoot['root']): string => String(root.attribute('messaging.client.id') ?? '');

/** What it is about: a topic, several, or a group. */
function subjectOf(root: EndedRoot['root']): string {
  const topic = root.attribute('messaging.destination.name') ?? root.attribute('seaglass.topics');
  return String(topic ?? root.attribute('messaging.consumer.group.name') ?? '');
}

/** Whether the reason says what is wrong; a reason that says so stands before one that only says who asked. */
export function tells(reason: KeepReason | undefined): boolean {
  return reason !== undefined && reason !== 'all' && reason !== 'client_sampled';
}

/** What is known before the root has ended. */
export function earlyReason(tree: TraceTree<unknown>, settings: KeepSettings): KeepReason | undefined {
  if (settings.mode === 'all') return 'all';
  return settings.mode === 'default' && tree.remoteParent?.sampled === true ? 'client_sampled' : undefined;
}

/**
 * The sampler as OpenTelemetry's variables name it, in terms of the rule. `always_off` turns tracing off; a ratio replaces the base
 * rate, and traces that went wrong are kept all the same.
 */
export function samplerSettings(sampler: string | undefined, argument: string | undefined): Partial<KeepSettings> {
  const ratio = Number(argument ?? '1');
  const baseRate = argument !== '' && ratio >= 0 && ratio <= 1 ? ratio : 1;
  switch (sampler) {
    case 'always_on':
      return { mode: 'all' };
    case 'always_off':
      return { mode: 'off' };
    case 'traceidratio':
      return { baseRate, parentBased: false };
    case 'parentbased_always_on':
      return { baseRate: 1, parentBased: true };
    case 'parentbased_always_off':
      return { baseRate: 0, firstPerSecond: 0, slowestPerTopic: 0, parentBased: true };
    case 'parentbased_traceidratio':
      return { baseRate, parentBased: true };
    default:
      return {};
  }
}

/** Whether it says nothing of the trace but that there was room for it. */
export const isOrdinary = (reason: KeepReason): boolean =>
  reason === 'all' || reason === 'first' || reason === 'rate' || reason === 'client_sampled';
