/**
 * Committed offsets that nobody needs any more go, as in Kafka (KIP-211): those of a group that has been empty for the retention, those
 * committed so long ago by clients that are no members, and those of topics that a living group has unsubscribed from. Every check walks
 * all groups, a page at a time; what it deletes is looked at once more where no commit can come between. Groups without members and
 * without offsets go with it.
 */
import { setMaxListeners } from 'node:events';
import type { Clock, Timer } from '../../../clock';
import { endFailed } from '../../../waiting/phase';
import type { CallContext, OperationSource } from '../../../telemetry/trace/operation';
import { mapBounded } from '../../../waiting/map-bounded';
import type { CommittedOffset, OffsetStorage, PartitionOffset } from './offset-storage';

/** From what on a group's offsets are counted. */
export type RetentionRule =
  /** None may go. */
  | { readonly from: 'never' }
  /** The group has no members since then, milliseconds since the epoch. */
  | { readonly from: 'empty'; readonly sinceMs: number }
  /** Each from its own commit, save those of topics that members read. */
  | { readonly from: 'commit'; readonly isSubscribed: (topic: string) => boolean };

export interface OffsetExpiryOptions {
  readonly clock: Clock;
  readonly operations: OperationSource;
  readonly offsets: OffsetStorage;
  /** Kafka's offsets.retention.minutes and offsets.retention.check.interval.ms. */
  readonly retentionMs: number;
  readonly checkIntervalMs: number;
  /** What is true of the group now. */
  readonly ruleOf: (group: string) => RetentionRule;
  /** Groups that have no members, as the coordinator knows them. */
  readonly groupsWithoutMembers: () => readonly string[];
  /** Told of each group that has no offsets left; rejects with EngineError. */
  readonly onNoneLeft: (group: string) => Promise<void>;
}

/** Groups walked at the same time. */
const GROUPS_MAX = 4;

export class OffsetExpiry {
  readonly #options: OffsetExpiryOptions;
  readonly #timer: Timer;
  readonly #closing = new AbortController();
  #checking: Promise<void> | undefined;

  /** The first check comes one interval after the start: members that were there before have come back by then. */
  constructor(options: OffsetExpiryOptions) {
    this.#options = options;
    // Each call of a check listens to it.
    setMaxListeners(0, this.#closing.signal);
    this.#timer = options.clock.every(options.checkIntervalMs, () => void this.check());
  }

  /** Walks all groups once; who asks while one is under way waits for that one. Never rejects: the trace says what failed. */
  check(): Promise<void> {
    this.#checking ??= this.#checkAll().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async close(): Promise<void> {
    this.#timer.cancel();
    this.#closing.abort();
    await this.#checking;
  }

  async #checkAll(): Promise<void> {
    const operation = this.#options.operations.root('offset.expiry');
    const context = { operation, signal: this.#closing.signal };
    try {
      // Before the list is asked for: who commits in between is in it.
      const abandoned = new Set(this.#options.groupsWithoutMembers());
      const groups = await this.#options.offsets.listGroups(context);
      for (const group of groups) abandoned.delete(group);
      const counts = await mapBounded(groups, GROUPS_MAX, (group) => this.#checkGroup(group, context));
      operation.set('seaglass.offset.expiry.groups', groups.length);
      operation.set(
        'seaglass.offset.expiry.expired',
        counts.reduce((sum, count) => sum + count, 0),
      );
      await mapBounded([...abandoned], GROUPS_MAX, (group) => this.#options.onNoneLeft(group));
      operation.end();
    } catch (error) {
      // What is left is found by the next check.
      if (this.#closing.signal.aborted) operation.end('cancelled');
      else endFailed(operation, error);
    }
  }

  async #checkGroup(group: string, context: CallContext): Promise<number> {
    const { offsets, onNoneLeft, ruleOf } = this.#options;
    if (ruleOf(group).from === 'never') return 0;
    let expired = 0;
    let left = 0;
    for await (const page of offsets.pages(group, context)) {
      left += page.length;
      // Once a page, because it reads every member's subscription; again for each deletion, because members come back.
      const rule = ruleOf(group);
      for (const each of page.filter((one) => this.#isExpired(rule, one))) {
        const still = (committed: CommittedOffset) => this.#isExpired(ruleOf(group), { ...each, ...committed });
        if (await offsets.deleteIf(group, each, still, context)) expired += 1;
      }
    }
    if (expired > 0 && expired === left) await onNoneLeft(group);
    return expired;
  }

  #isExpired(rule: RetentionRule, offset: PartitionOffset): boolean {
    const { clock, retentionMs } = this.#options;
    const nowMs = clock.nowMs();
    if (rule.from === 'never') return false;
    if (rule.from === 'commit' && rule.isSubscribed(offset.topic)) return false;
    if (offset.expiresAtMs !== undefined) return nowMs >= offset.expiresAtMs;
    // An entry of another program that does not say when.
    if (offset.committedAtMs <= 0) return false;
    // Kafka counts an empty group from its last member alone; what was committed later is younger than that.
    const fromMs = rule.from === 'empty' ? Math.max(rule.sinceMs, offset.committedAtMs) : offset.committedAtMs;
    return nowMs - fromMs >= retentionMs;
  }
}
