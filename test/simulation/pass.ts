/**
 * What a reader saw of a compacted partition from its beginning on: when it has come as far as the log went when it began, it must have seen
 * the newest of every key, and no value whose tombstone it was not given.
 */
import { agree } from './disagreement';
import type { ModelPartition } from './model-partition';
import type { Seen } from './reading';

export class Pass {
  readonly #partition: ModelPartition;
  readonly #sinceMs: number;
  readonly #end: number;
  readonly #seen = new Map<string, Seen>();
  #ended = false;

  constructor(partition: ModelPartition, nodeMs: number) {
    this.#partition = partition;
    this.#sinceMs = nodeMs;
    this.#end = partition.end;
  }

  read(seen: readonly Seen[], nextOffset: number, nodeMs: number, by: string): void {
    for (const each of seen) if (each.key !== null) this.#seen.set(each.key, each);
    if (nextOffset < this.#end || this.#ended) return;
    this.#ended = true;
    this.#check(nodeMs, by);
  }

  #check(nodeMs: number, by: string): void {
    const partition = this.#partition;
    // Who takes longer than tombstones stay may miss them.
    const mayMiss = nodeMs > this.#sinceMs && nodeMs - this.#sinceMs >= partition.topic.rules.deleteRetentionMs;
    for (const [key, newest] of partition.newest(this.#end)) {
      const seen = this.#seen.get(key);
      if ((seen?.offset ?? -1) >= newest || newest < partition.startMost(nodeMs)) continue;
      agree(partition.isRemovable(newest, nodeMs), () => `${by} was not given offset ${newest} of ${partition.name}`);
      const revived = seen !== undefined && !seen.isTombstone && partition.at(newest)?.value === null;
      const superseded = (partition.newest(Infinity).get(key) ?? -1) > newest;
      const what = `${by} was given the value of ${key} at ${seen?.offset} of ${partition.name}, not the tombstone at ${newest}`;
      agree(!revived || mayMiss || superseded, () => what);
    }
  }
}
