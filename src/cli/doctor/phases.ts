/** How long each phase of the engine took while the doctor probed: what /metrics counted before is taken from what it counts after. */
import { OPERATIONS } from '../../telemetry/trace/operations';
import { type CheckResult, passed, skipped, warned } from './check';

/** Phases that wait for a client or for an append, and phases that are no wait: their time says nothing of the engine. */
const NOT_THE_ENGINE: ReadonlySet<string> = new Set([
  ...['request', 'decode', 'encode', 'response.turn', 'response.write'],
  ...['long_poll', 'poll', 'send', 'subscriber.session'],
  ...['group.join', 'group.sync', 'group.rebalance', 'group.lag', 'offset.expiry', 'session.acquire'],
]);

const BUDGETS = new Map<string, number>(Object.values(OPERATIONS).map(({ phase, budgetMs }) => [phase, budgetMs]));

interface Timed {
  readonly count: number;
  readonly seconds: number;
}

export function phaseChecks(before: string, after: string): readonly CheckResult[] {
  const earlier = phasesIn(before);
  const checks: CheckResult[] = [];
  for (const [phase, { count, seconds }] of phasesIn(after)) {
    if (NOT_THE_ENGINE.has(phase)) continue;
    const was = earlier.get(phase) ?? { count: 0, seconds: 0 };
    const times = count - was.count;
    if (times > 0) checks.push(phaseCheck(phase, times, ((seconds - was.seconds) / times) * 1_000));
  }
  if (checks.length === 0) return [skipped('phases', 'the engine was asked nothing')];
  return checks.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function phaseCheck(phase: string, times: number, meanMs: number): CheckResult {
  const name = `phase ${phase}`;
  const budgetMs = BUDGETS.get(phase) ?? 0;
  const found = `${meanMs < 10 ? meanMs.toFixed(1) : Math.round(meanMs)} ms in the mean of ${times}`;
  if (budgetMs === 0 || meanMs <= budgetMs) return passed(name, found);
  return warned(
    name,
    `${found}; up to ${budgetMs} ms are usual`,
    'seaglass explain --slowest says what was waited for; seaglass top, what waits now',
  );
}

/** Sums and counts of seaglass_phase_duration_seconds, over outcomes. */
function phasesIn(metrics: string): ReadonlyMap<string, Timed> {
  const found = new Map<string, { count: number; seconds: number }>();
  for (const [, part, labels = '', value] of metrics.matchAll(
    /^seaglass_phase_duration_seconds_(sum|count)\{([^}]*)\} (\S+)$/gm,
  )) {
    const phase = /phase="([^"]*)"/.exec(labels)?.[1] ?? '';
    const timed = found.get(phase) ?? { count: 0, seconds: 0 };
    if (part === 'count') timed.count += Number(value);
    else timed.seconds += Number(value);
    found.set(phase, timed);
  }
  return found;
}
