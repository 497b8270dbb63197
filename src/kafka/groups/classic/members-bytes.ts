/**
 * What members of all groups hold in memory, and its bound. It is counted up as members come and are assigned; what goes shows when the
 * bound is reached, for then all of it is counted anew.
 */
import type { Group } from './group';
import type { JoinRequest } from './join';
import type { MemberProtocol } from './member';
import type { SyncRequest } from './sync';

/** A member beside what it offers and is assigned, or an id that was given out for one. */
const MEMBER_BYTES = 1_024;

export class MembersBytes {
  readonly #bytesMax: number;
  readonly #groups: () => Iterable<Group>;
  /** At least what is held. */
  #bytes = 0;

  constructor(bytesMax: number, groups: () => Iterable<Group>) {
    this.#bytesMax = bytesMax;
    this.#groups = groups;
  }

  /** Whether there is room for who joins, in place of what it was before; then it is held. */
  takeMember(group: Group | undefined, request: JoinRequest): boolean {
    const onlyId = request.memberId === '' && request.groupInstanceId === null && request.memberIdRequired;
    return this.#take(onlyId ? MEMBER_BYTES : bytesOfMember(request), () => {
      const former = group?.members.get(
        request.memberId || (group.staticMembers.get(request.groupInstanceId ?? '') ?? ''),
      );
      if (former !== undefined) return bytesOfMember(former);
      return group?.pendingMembers.has(request.memberId) === true ? MEMBER_BYTES : 0;
    });
  }

  /** The same for what the leader assigns: nobody else's assignments are kept. */
  takeAssignments(group: Group, { memberId, assignments }: SyncRequest): boolean {
    if (group.state.name !== 'CompletingRebalance' || group.leaderId !== memberId) return true;
    if (group.state.storing !== undefined) return true;
    let bytes = 0;
    for (const [id, assignment] of assignments) if (group.members.has(id)) bytes += assignment.length;
    return this.#take(bytes, () => bytesOfAssignments(group));
  }

  /** Held whether there is room or not. */
  add(group: Group): void {
    this.#bytes += bytesOfGroup(group);
  }

  /** Whether so many more have room in place of what `replaced` counts; then they are held. */
  #take(bytes: number, replaced: () => number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) {
      // What is to be replaced goes once its successor is let in, which may yet be refused: it counts until the next count.
      this.#bytes = this.#count();
      if (this.#bytes - replaced() + bytes > this.#bytesMax) return false;
    }
    this.#bytes += bytes;
    return true;
  }

  #count(): number {
    let bytes = 0;
    for (const group of this.#groups()) bytes += bytesOfGroup(group);
    return bytes;
  }
}

function bytesOfGroup(group: Group): number {
  let bytes = group.pendingMembers.size * MEMBER_BYTES + bytesOfAssignments(group);
  for (const member of group.members.values()) bytes += bytesOfMember(member);
  if (group.state.name !== 'CompletingRebalance') return bytes;
  for (const assignment of group.state.storing?.values() ?? []) bytes += assignment.length;
  return bytes;
}

/** Without its assignment. */
function bytesOfMember({ protocols }: { readonly protocols: readonly MemberProtocol[] }): number {
  return protocols.reduce((sum, { name, metadata }) => sum + name.length + metadata.length, MEMBER_BYTES);
}

/** Those that its members have now. */
function bytesOfAssignments(group: Group): number {
  let bytes = 0;
  for (const { assignment } of group.members.values()) bytes += assignment.length;
  return bytes;
}
