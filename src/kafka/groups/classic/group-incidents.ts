/**
 * Troubles of a group's membership. A ghost: the join barrier waits for a member that does not come, and a client of the same name has
 * joined from the same host, so the old member is that client before its restart. A storm: more rebalances within five minutes
 * than a restart of all members makes, with somebody there all the time.
 */
import type { Clock, Timer } from '../../../clock';
import { clientName } from '../../../telemetry/trace/client-name';
import type { Incidents } from '../../../telemetry/incidents/incidents';
import type { Group } from './group';
import type { Member } from './member';

const LOOK_MS = 1_000;
/** Who lives comes with the next heartbeat, three seconds apart by default. */
const GHOST_MS_MIN = 4_000;
const STORM_MS = 300_000;
/** A restart makes two for each member; a few more are no storm. */
const STORM_SPARE = 8;

export class GroupIncidents {
  readonly #incidents: Incidents;
  readonly #clock: Clock;
  /** Groups whose barrier is closed, and since when. */
  readonly #waiting = new Map<Group, number>();
  /** When the rebalances of the last minutes began. */
  readonly #begun = new WeakMap<Group, number[]>();
  #timer: Timer | undefined;

  constructor({ incidents, clock }: { readonly incidents: Incidents; readonly clock: Clock }) {
    this.#incidents = incidents;
    this.#clock = clock;
  }

  began(group: Group): void {
    const nowMs = this.#clock.monotonicMs();
    this.#waiting.set(group, nowMs);
    this.#timer ??= this.#clock.every(LOOK_MS, () => this.#look());
    if (group.members.size === 0) {
      // Nobody is stopped by it: a client that comes and goes is no storm.
      this.#begun.delete(group);
      return;
    }
    const begun = [...(this.#begun.get(group) ?? []).filter((atMs) => nowMs - atMs < STORM_MS), nowMs];
    this.#begun.set(group, begun.slice(-1_000));
    if (begun.length <= 2 * group.members.size + STORM_SPARE) return;
    const evidence = `rebalanced ${String(begun.length)} times within five minutes with ${String(group.members.size)} members`;
    this.#incidents.open('rebalance_storm', clientName(group.id), { evidence, holdMs: STORM_MS / 5 });
  }

  /** The barrier is open. */
  ended(group: Group): void {
    this.#waiting.delete(group);
    this.#incidents.close('ghost_member', clientName(group.id), 'waits for nobody any more');
    if (this.#waiting.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [group, sinceMs] of this.#waiting) {
      if (nowMs - sinceMs < GHOST_MS_MIN || group.state.name !== 'PreparingRebalance') continue;
      const ghost = ghostOf(group);
      if (ghost === undefined) continue;
      const seconds = ((nowMs - sinceMs) / 1_000).toFixed(1);
      const session = `its session of ${String(ghost.sessionTimeoutMs / 1_000)} s`;
      const evidence = `waits for ${seconds} s for an old member of client ${clientName(ghost.clientId)}, which has joined anew: ${session} has to run out`;
      this.#incidents.open('ghost_member', clientName(group.id), { evidence });
    }
  }
}

/** A member that has not come while another of its client, new here, stands at the barrier. */
function ghostOf(group: Group): Member | undefined {
  const members = [...group.members.values()];
  return members.find(
    (member) =>
      member.answerJoin === undefined &&
      members.some(
        (other) =>
          other.isNew &&
          other.answerJoin !== undefined &&
          other.clientId === member.clientId &&
          other.clientHost === member.clientHost,
      ),
  );
}
