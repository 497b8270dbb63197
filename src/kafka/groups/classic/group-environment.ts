/** What a group needs of the world: time, bounds, somewhere to keep what must survive, and whoever watches. */
import type { Clock } from '../../../clock';
import type { Random } from '../../../random';
import type { SpanLink } from '../../../telemetry/trace/operation';
import type { Group } from './group';
import type { GroupSettings } from './group-settings';
import type { Member } from './member';

/** Why a rebalance began. Closed, so that it can be a label. */
export const REBALANCE_CAUSES = [
  'member_joined',
  /** A member came back with other offers. */
  'member_changed',
  /** The leader joined again: it may have seen partitions that nobody has. */
  'leader_rejoined',
  'static_member_replaced',
  'member_left',
  'session_expired',
  /** A member knew its generation and never fetched its assignment. */
  'sync_expired',
  /** The assignment could not be stored. */
  'store_failed',
  /** A group was loaded that has more members than are allowed. */
  'over_capacity',
] as const;
export type RebalanceCause = (typeof REBALANCE_CAUSES)[number];

/** `superseded`: another rebalance began before this one was done; `closed`: the gateway stops. */
export type RebalanceEnd = 'stable' | 'empty' | 'superseded' | 'closed';

/** Why a member is out without having said so. */
export type MemberLoss = 'session_expired' | 'sync_expired' | 'not_rejoined';

/** Told at once, in order; must not throw. */
export interface GroupObserver {
  /** The join barrier closed. Every rebalance that began ends once. */
  rebalanceBegan(group: Group, cause: RebalanceCause): void;
  /** The join barrier opened: members know their generation; there are none where the group became empty. */
  generationBegan(group: Group): void;
  rebalanceEnded(group: Group, end: RebalanceEnd): void;
  /** The member is still in the group. */
  memberLost(group: Group, member: Member, loss: MemberLoss): void;
  /** The trace of the group's last rebalance, for whoever waits for it. */
  rebalanceOf(group: Group): SpanLink | undefined;
}

export interface GroupEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: GroupSettings;
  readonly observer: GroupObserver;
  /** Keeps the group as it is now with these assignments, by member id. Rejects with EngineError where it could not be kept. */
  readonly store: (group: Group, assignments: ReadonlyMap<string, Uint8Array>) => Promise<void>;
}

export const NO_OBSERVER: GroupObserver = {
  rebalanceBegan: () => undefined,
  generationBegan: () => undefined,
  rebalanceEnded: () => undefined,
  memberLost: () => undefined,
  rebalanceOf: () => undefined,
};
