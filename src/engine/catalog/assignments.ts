/**
 * Where partitions are served: asked of the engine once, kept until an error puts it in doubt. Where the engine then does not say
 * who leads now, the one it last named is tried again: a leader can serve while what knows of leaders hangs, and refuses what it
 * does not lead.
 */
import type { Clock } from '../../clock';
import type { CallContext } from '../../telemetry/trace/operation';
import type { PartitionId } from '../../types';
import { channelState as stateOfChannels } from '../channel/channel-state';
import type { Assignment, Dialect } from '../dialect';
import type { Topic } from '../engine';
import { isUnreachable } from '../../engine-error';
import { unlessCancelled } from '../../waiting/deadline';
import { joinPhase, runPhase } from '../../waiting/phase';
import type { EngineSettings } from '../settings';

export interface AssignmentsOptions {
  readonly dialect: Pick<Dialect, 'assign' | 'doubted' | 'channelStates'>;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly lifetime: AbortSignal;
}

export class Assignments {
  readonly #options: AssignmentsOptions;
  readonly #known = new Map<string, Assignment>();
  readonly #doubted = new Map<string, Assignment>();
  readonly #asking = new Map<string, Promise<Assignment>>();

  constructor(options: AssignmentsOptions) {
    this.#options = options;
  }

  /**
   * The partition's assignment; a `partition.assignment` operation of the caller where the engine has to be asked. Callers share one
   * lookup. `patience` stops the wait where it is not the caller's own signal.
   */
  async of(topic: Topic, partition: PartitionId, context: CallContext, patience = context.signal): Promise<Assignment> {
    const key = keyOf(topic, partition);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const asking = this.#asking.get(key);
    const what = `assignment of ${topic.name}-${partition}`;
    if (asking !== undefined) {
      const attributes = placeOf(topic, partition);
      const channelState = this.#channelState;
      return joinPhase(context, { name: 'partition.assignment', what, patience, attributes, channelState }, asking);
    }
    const asked = this.#ask(topic, partition, context, what).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asked);
    return unlessCancelled(asked, patience, what);
  }

  /** After an error: the next caller asks the engine again. */
  invalidate(topic: Topic, partition: PartitionId, error: unknown): void {
    const key = keyOf(topic, partition);
    const known = this.#known.get(key);
    this.#known.delete(key);
    if (known !== undefined) this.#options.dialect.doubted?.(known, error);
    if (!isUnreachable(error)) this.#doubted.delete(key);
    else if (known !== undefined) this.#doubted.set(key, known);
  }

  /** The partition is gone. */
  forget(topic: Topic, partition: PartitionId): void {
    const key = keyOf(topic, partition);
    this.#known.delete(key);
    this.#doubted.delete(key);
  }

  /** Whom a lookup asks is the dialect's: of all its channels. */
  readonly #channelState = (): string | undefined => stateOfChannels(this.#options.dialect, undefined);

  async #ask(topic: Topic, partition: PartitionId, context: CallContext, what: string): Promise<Assignment> {
    const { dialect, settings, clock, lifetime } = this.#options;
    const key = keyOf(topic, partition);
    const doubted = this.#doubted.get(key);
    this.#doubted.delete(key);
    const assignment = await runPhase<Assignment>(
      context,
      {
        clock,
        lifetime,
        name: 'partition.assignment',
        deadlineMs: settings.lookupDeadlineMs,
        what,
        attributes: placeOf(topic, partition),
        channelState: this.#channelState,
      },
      (inner) => dialect.assign(topic, partition, inner),
    ).catch((error: unknown) => {
      if (doubted === undefined || !isUnreachable(error)) throw error;
      return doubted;
    });
    this.#known.set(key, assignment);
    return assignment;
  }
}

const keyOf = (topic: Topic, partition: PartitionId): string => `${topic.id}/${partition}`;

function placeOf(topic: Topic, partition: PartitionId): Readonly<Record<string, string>> {
  return { 'messaging.destination.name': topic.name, 'messaging.destination.partition.id': String(partition) };
}
