/**
 * One group of the classic protocol: its members, its generation and the state it is in. What happens between the states is in
 * `rebalance.ts`; here is only what is true.
 *
 *   Empty → PreparingRebalance → CompletingRebalance → Stable, back to PreparingRebalance whenever membership changes, and to Empty
 *   when nobody is left. Dead is for ever.
 */
import { assert } from '../../../assert';
import type { Timer } from '../../../clock';
import type { JoinAnswer, Member, MemberProtocol } from './member';
import { metadataOf } from './member';

export type GroupState =
  | { readonly name: 'Empty' }
  /** The join barrier is closed until every member has joined or the timer fires. */
  | {
      readonly name: 'PreparingRebalance';
      readonly timer: Timer;
      /** The first rebalance of an empty group waits a while for more members, up to remainingMs. */
      readonly initial: { readonly remainingMs: number; newMemberAdded: boolean } | undefined;
    }
  /** Members know their generation and wait for the leader's assignments; `storing` are they once they have come, by member id. */
  | { readonly name: 'CompletingRebalance'; storing: ReadonlyMap<string, Uint8Array> | undefined }
  | { readonly name: 'Stable' }
  | { readonly name: 'Dead' };
export type GroupStateName = GroupState['name'];

/** Members that know their generation and have not asked for their assignment yet, with the timer that ends the wait for them. */
export interface AwaitedSyncs {
  readonly timer: Timer;
  readonly memberIds: Set<string>;
}

const MOVES: Readonly<Record<GroupStateName, readonly GroupStateName[]>> = {
  Empty: ['PreparingRebalance', 'Dead'],
  PreparingRebalance: ['PreparingRebalance', 'CompletingRebalance', 'Empty', 'Dead'],
  CompletingRebalance: ['Stable', 'PreparingRebalance', 'Dead'],
  Stable: ['PreparingRebalance', 'Dead'],
  Dead: [],
};

/** Names compared one by one, where building a set of them would cost more. */
const FEW_COMPARISONS = 64;

export class Group {
  readonly id: string;
  state: GroupState = { name: 'Empty' };
  generationId = 0;
  protocolType: string | null = null;
  protocolName: string | null = null;
  leaderId: string | undefined;
  /** When it lost its last member, milliseconds since the epoch; 0 before it had one. */
  emptySinceMs = 0;
  /** In the order of joining. */
  readonly members = new Map<string, Member>();
  /** Member ids by group instance id (KIP-345). */
  readonly staticMembers = new Map<string, string>();
  /** Ids given out and not yet used to join (KIP-394), with the timer that forgets them. */
  readonly pendingMembers = new Map<string, Timer>();
  /** Outlasts the arrival of the assignment: a stable group still waits for those who never fetched theirs. */
  awaitedSyncs: AwaitedSyncs | undefined;

  constructor(id: string) {
    this.id = id;
  }

  moveTo(state: GroupState): void {
    assert(MOVES[this.state.name].includes(state.name), `a move from ${this.state.name} other than to ${state.name}`);
    if ('timer' in this.state) this.state.timer.cancel();
    if (state.name !== 'Stable') this.awaitSyncs(undefined);
    this.state = state;
  }

  awaitSyncs(awaited: AwaitedSyncs | undefined): void {
    this.awaitedSyncs?.timer.cancel();
    this.awaitedSyncs = awaited;
  }

  /** The member asked for its assignment, or is gone. */
  synced(memberId: string): void {
    this.awaitedSyncs?.memberIds.delete(memberId);
    if (this.awaitedSyncs?.memberIds.size === 0) this.awaitSyncs(undefined);
  }

  /** Members that stand at the join barrier. */
  get joinedCount(): number {
    let count = 0;
    for (const member of this.members.values()) if (member.answerJoin !== undefined) count += 1;
    return count;
  }

  get allJoined(): boolean {
    if (this.pendingMembers.size > 0) return false;
    for (const member of this.members.values()) if (member.answerJoin === undefined) return false;
    return true;
  }

  get rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs);
    return longest;
  }

  /** True where a member with these offers can be in the group: same type, and one strategy that everybody knows. */
  supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (protocolType === '' || protocols.length === 0) return false;
    if (this.members.size === 0) return true;
    return this.protocolType === protocolType && this.#commonOf(protocols).size > 0;
  }

  /** The given names that every member offers. Its time grows with the number of offers, which has no bound. */
  #commonOf(protocols: readonly MemberProtocol[]): ReadonlySet<string> {
    let common = new Set(protocols.map(({ name }) => name));
    for (const member of this.members.values()) {
      if (common.size * member.protocols.length <= FEW_COMPARISONS) {
        for (const name of common) if (!member.protocols.some((each) => each.name === name)) common.delete(name);
      } else {
        const known = common;
        common = new Set(member.protocols.map(({ name }) => name).filter((name) => known.has(name)));
      }
      if (common.size === 0) break;
    }
    return common;
  }

  /** Every member votes for the first of its offers that all know; the most votes win, the earlier voter's choice on a tie. */
  selectProtocol(): string {
    const [first] = this.members.values();
    const common = this.#commonOf(first?.protocols ?? []);
    const votes = new Map<string, number>();
    for (const member of this.members.values()) {
      const choice = member.protocols.find((each) => common.has(each.name));
      if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
    }
    const [winner] = [...votes].sort((a, b) => b[1] - a[1]);
    assert(winner !== undefined, 'a protocol that all members support');
    return winner[0];
  }

  /** What the leader assigns from. */
  offers(): JoinAnswer['members'] {
    return [...this.members.values()].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.groupInstanceId,
      metadata: metadataOf(member, this.protocolName),
    }));
  }
}
