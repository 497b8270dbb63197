/**
 * Groups without members that made room in memory for others. What is known of them is little, and is needed as long as they have
 * committed offsets: those count from when the group became empty. Their stored entries stay.
 */
import type { StoredGroup } from './stored-group';

export class DroppedGroups {
  readonly #groupsMax: number;
  /** In the order in which they became empty, nearly. */
  readonly #groups = new Map<string, StoredGroup>();

  constructor(groupsMax: number) {
    this.#groupsMax = groupsMax;
  }

  /** Returns the group that has to be forgotten for it, where there are too many. */
  add(group: StoredGroup): string | undefined {
    this.#groups.set(group.id, group);
    if (this.#groups.size <= this.#groupsMax) return undefined;
    const [oldest = group.id] = this.#groups.keys();
    this.#groups.delete(oldest);
    return oldest;
  }

  get(groupId: string): StoredGroup | undefined {
    return this.#groups.get(groupId);
  }

  /** True where it was there. */
  delete(groupId: string): boolean {
    return this.#groups.delete(groupId);
  }

  ids(): Iterable<string> {
    return this.#groups.keys();
  }
}
