/**
 * What keeps groups over a restart: they are loaded once, before anybody is answered, and written in order, one write at a time for each
 * group. A load that fails is begun again by the next request that needs it; until one succeeds every request is told to come again, for
 * a group that is not there yet must not be taken for a new one.
 *
 * A write that failed may still be carried out when the storage wakes up. Its group is then in doubt, as a lane of `commit-lanes.ts` is:
 * before the next write the storage must answer a read, and afterwards it is read back.
 */
import type { Clock } from '../../../clock';
import { EngineError } from '../../../engine-error';
import { ignoreShared, unlessCancelled } from '../../../waiting/deadline';
import { endFailed, runPhase } from '../../../waiting/phase';
import { ErrorCode } from '../../../protocol/error-code';
import { clientName } from '../../../telemetry/trace/client-name';
import type { CallContext, SpanLink } from '../../../telemetry/trace/operation';
import type { Telemetry } from '../../../telemetry/telemetry';
import { errorCodeOf } from '../../error-mapping';
import type { GroupMetadataStorage } from './group-metadata-storage';
import type { StoredGroup } from './stored-group';

/** How long a request waits for the load before its client is told to come again, ms. */
const LOAD_WAIT_MS = 1_000;
/** Groups remembered as being in doubt. */
const DOUBTS_MAX = 10_000;

export interface GroupMetadataOptions {
  readonly storage: GroupMetadataStorage;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

interface Change {
  /** The group as it is to be; undefined where it is to go. */
  readonly group: StoredGroup | undefined;
  /** The rebalance whose generation is stored, for the trace. */
  readonly rebalance: SpanLink | undefined;
}

interface Queue {
  readonly running: Promise<void>;
  /** The newest change; those that it replaced have the same end. */
  next: { change: Change; readonly done: Promise<void> } | undefined;
}

export class GroupMetadata {
  readonly #options: GroupMetadataOptions;
  readonly #queues = new Map<string, Queue>();
  readonly #doubts = new Set<string>();
  /** Ends a load that is under way. */
  readonly #closing = new AbortController();
  #loading: Promise<void> | undefined;
  #loaded = false;

  constructor(options: GroupMetadataOptions) {
    this.#options = options;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Begins to load, where that was not done: `adopt` is given all groups at once. Throws EngineError; the next call tries again. */
  load(adopt: (groups: readonly StoredGroup[]) => void): Promise<void> {
    if (this.#loaded) return Promise.resolve();
    this.#loading ??= this.#read()
      .then((groups) => {
        adopt(groups);
        this.#loaded = true;
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }

  /** NONE once the groups are there; a code that clients retry where they are not there in time. */
  async whenLoaded(adopt: (groups: readonly StoredGroup[]) => void, context: CallContext): Promise<ErrorCode> {
    const what = 'the loading of groups';
    const { clock, storage } = this.#options;
    const attributes = storage.loadCall();
    const phase = { clock, name: 'group.load', deadlineMs: LOAD_WAIT_MS, what, attributes } as const;
    try {
      await runPhase(context, phase, ({ signal }) => unlessCancelled(this.load(adopt), signal, what));
      return ErrorCode.NONE;
    } catch (error) {
      const late = error instanceof EngineError && error.code === 'timeout';
      return late ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : errorCodeOf(error, 'coordinator');
    }
  }

  /** Resolves when this, or a newer state of the group, is stored. Throws EngineError. */
  store(group: StoredGroup, rebalance: SpanLink | undefined): Promise<void> {
    return this.#write(group.id, { group, rebalance });
  }

  remove(groupId: string): Promise<void> {
    return this.#write(groupId, { group: undefined, rebalance: undefined });
  }

  /** Waits for what is being written; every write has a deadline. */
  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#queues.size > 0) {
      await Promise.allSettled([...this.#queues.values()].map(({ running, next }) => next?.done ?? running));
    }
    await this.#loading?.catch(ignoreShared);
  }

  async #read(): Promise<readonly StoredGroup[]> {
    const { operations, log } = this.#options.telemetry;
    const { signal } = this.#closing;
    const operation = operations.root('group.load');
    try {
      const groups = await unlessCancelled(this.#stored({ operation, signal }), signal, 'loading groups');
      operation.end();
      return groups;
    } catch (error) {
      endFailed(operation, error);
      if (signal.aborted) throw error;
      const why = error instanceof Error ? error.message : String(error);
      log.write('error', 'group.load_failed', `groups cannot be loaded, so no group is served until they can: ${why}`);
      throw error;
    }
  }

  async #stored(context: CallContext): Promise<readonly StoredGroup[]> {
    const groups: StoredGroup[] = [];
    for await (const entry of this.#options.storage.load(context)) {
      if (entry.group !== undefined) groups.push(entry.group);
      else {
        this.#logDamage(entry.name, entry.damage);
        if (entry.groupId !== undefined) groups.push(emptied(entry.groupId, this.#options.clock.nowMs()));
      }
    }
    return groups;
  }

  #logDamage(name: string, damage: EngineError): void {
    const what = 'a stored group is damaged: its members have to join again; its offsets are not touched';
    this.#options.telemetry.log.write('error', 'group.damaged', `${what}: ${damage.message}`, {
      'messaging.consumer.group.name': clientName(name),
    });
  }

  #write(groupId: string, change: Change): Promise<void> {
    const queue = this.#queues.get(groupId);
    if (queue === undefined) return this.#begin(groupId, change);
    if (queue.next === undefined) {
      const goOn = (): Promise<void> => this.#begin(groupId, next.change);
      const next = { change, done: queue.running.then(goOn, goOn) };
      queue.next = next;
    }
    queue.next.change = change;
    return queue.next.done;
  }

  #begin(groupId: string, change: Change): Promise<void> {
    const queue: Queue = { running: this.#apply(groupId, change), next: undefined };
    this.#queues.set(groupId, queue);
    const leave = (): void => {
      if (queue.next === undefined) this.#queues.delete(groupId);
    };
    queue.running.then(leave, leave);
    return queue.running;
  }

  async #apply(groupId: string, { group, rebalance }: Change): Promise<void> {
    const { telemetry } = this.#options;
    const attributes = { 'messaging.consumer.group.name': clientName(groupId) };
    const links = rebalance === undefined ? [] : [rebalance];
    const operation = telemetry.operations.root('group.store', { attributes, links });
    // Not the request's: what was begun for one member concerns them all.
    const context = { operation, signal: new AbortController().signal };
    try {
      await this.#make(groupId, group, context);
      operation.end();
    } catch (error) {
      // Past the bound the newest are not remembered.
      if (this.#doubts.size < DOUBTS_MAX) this.#doubts.add(groupId);
      endFailed(operation, error);
      const why = error instanceof Error ? error.message : String(error);
      telemetry.log.write('warn', 'group.store_failed', `the state of a group could not be stored: ${why}`, attributes);
      throw error;
    }
  }

  async #make(groupId: string, group: StoredGroup | undefined, context: CallContext): Promise<void> {
    const { storage } = this.#options;
    const write = (): Promise<void> =>
      group === undefined ? storage.delete(groupId, context) : storage.put(group, context);
    const inDoubt = this.#doubts.has(groupId);
    if (inDoubt) await storage.holds(groupId, group, context);
    await write();
    if (inDoubt && !(await storage.holds(groupId, group, context))) await write();
    this.#doubts.delete(groupId);
  }
}

/** What a group that cannot be read is taken for: one that has just lost its members, so that its offsets stay for a whole retention. */
function emptied(id: string, nowMs: number): StoredGroup {
  const unknown = { generationId: 0, protocolType: null, protocolName: null, leaderId: null };
  return { id, ...unknown, storedAtMs: nowMs, members: [] };
}
