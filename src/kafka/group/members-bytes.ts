/**
 * What members of all groups hold in memory, and its bound. It is counted up as members come and are assigned; what goes shows when the
 * bound is reached, for then all of it is counted anew.
 */
import type { Group } from './group';
import type { MemberProtocol } from './member';

/** A member beside what it offers and is assigned, or an id that was given out for one. */
export const MEMBER_BYTES = 1_024;

export class MembersBytes {
  readonly #bytesMax: number;
  readonly #groups: () => Iterable<Group>;
  /** At least what is held. */
  #bytes = 0;

  constructor(bytesMax: number, groups: () => Iterable<Group>) {
    this.#bytesMax = bytesMax;
    this.#groups = groups;
  }

  /** Whether so many more have room in place of what `replaced` counts; then they are held. */
  take(bytes: number, replaced: () => number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) {
      // What is to be replaced goes once its successor is let in, which may yet be refused: it counts until the next count.
      this.#bytes = this.#count();
      if (this.#bytes - replaced() + bytes > this.#bytesMax) return false;
    }
    this.#bytes += bytes;
    return true;
  }

  /** Held whether there is room or not. */
  add(group: Group): void {
    this.#bytes += bytesOfGroup(group);
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
export function bytesOfMember({ protocols }: { readonly protocols: readonly MemberProtocol[] }): number {
  return protocols.reduce((sum, { name, metadata }) => sum + name.length + metadata.length, MEMBER_BYTES);
}

/** Those that its members have now. */
export function bytesOfAssignments(group: Group): number {
  let bytes = 0;
  for (const { assignment } of group.members.values()) bytes += assignment.length;
  return bytes;
}
