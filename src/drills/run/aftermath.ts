/**
 * What a drill leaves behind once it has ended: each incident that it caused is over, or ends by itself at a time that is known. Whoever looks
 * for what has nothing to do with it looks on until then, and for as long as it asks for.
 */
import type { Clock } from '../../clock';
import type { IncidentKind } from '../../telemetry/incidents/incident-kinds';
import type { GatewayClient, ShownIncident } from './gateway-client';
import { pause } from './traffic-parts';

export interface Remnant {
  readonly kind: string;
  readonly target: string;
  /** `over`: told to be, so long after the drill · `held`: ends by itself then, Unix ms · `open`: nobody knows when. */
  readonly end:
    | { readonly how: 'over'; readonly afterMs: number }
    | { readonly how: 'held'; readonly untilMs: number }
    | { readonly how: 'open' };
}

const LOOK_MS = 200;
const OVER_MS_MAX = 30_000;
/** What ends by itself in any case is given this long to be seen to be over before. */
const HELD_MS_MAX = 2_000;

export interface AftermathOptions {
  /** What the drill may cause. */
  readonly kinds: ReadonlySet<IncidentKind>;
  /** Called with every look; true where nothing is left to wait for. */
  readonly look: () => Promise<boolean>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Resolves once nothing of these kinds goes on, or all that does is known to end; and nothing else is waited for. */
export async function aftermath(
  gateway: Pick<GatewayClient, 'incidents'>,
  { kinds, look, clock, signal }: AftermathOptions,
): Promise<readonly Remnant[]> {
  const endedMs = clock.monotonicMs();
  const remnants = new Map<number, Remnant>();
  for (;;) {
    const afterMs = clock.monotonicMs() - endedMs;
    const current = new Map((await gateway.incidents()).open.map((each) => [each.id, each]));
    for (const [id, { kind, target, end }] of remnants)
      if (end.how !== 'over' && !current.has(id)) remnants.set(id, { kind, target, end: { how: 'over', afterMs } });
    for (const [id, each] of current) {
      if ((kinds as ReadonlySet<string>).has(each.kind)) remnants.set(id, remnantOf(each, afterMs, remnants.get(id)));
    }
    const going = [...remnants.values()].filter(({ end }) => end.how !== 'over');
    const isKnown = going.every(({ end }) => end.how === 'held');
    const isOver = going.length === 0 || (isKnown && afterMs >= HELD_MS_MAX);
    // Asked with every look.
    const isAll = await look();
    if ((isOver && isAll) || afterMs >= OVER_MS_MAX || signal.aborted) break;
    await pause(clock, signal, LOOK_MS);
  }
  return [...remnants.values()];
}

/** One that is quiet is over, though it may come back as the same. */
function remnantOf(incident: ShownIncident, afterMs: number, before: Remnant | undefined): Remnant {
  const { kind, target, quietSinceMs, holdsUntilMs } = incident;
  if (quietSinceMs !== undefined)
    return before?.end.how === 'over' ? before : { kind, target, end: { how: 'over', afterMs } };
  if (holdsUntilMs !== undefined) return { kind, target, end: { how: 'held', untilMs: holdsUntilMs } };
  return { kind, target, end: { how: 'open' } };
}

/** In words, a line each. */
export function describeRemnants(remnants: readonly Remnant[]): readonly string[] {
  return remnants.map(({ kind, target, end }) => `  after     ${kind} ${target} ${inWords(end)}`);
}

function inWords(end: Remnant['end']): string {
  if (end.how === 'over') return `is over ${(end.afterMs / 1_000).toFixed(1)} s behind the drill`;
  if (end.how === 'held') return `ends by itself at ${new Date(end.untilMs).toISOString()} unless it is met again`;
  return 'IS STILL OPEN';
}
