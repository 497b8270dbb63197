/** What the system under simulation should hold: topics by name, those that were, and who was told of a change when. */
import { ModelPartition } from './model-partition';
import type { TopicRules } from './topic-rules';

export type SideName = 'near' | 'far';

/** One topic from its creation to its deletion. */
export class ModelTopic {
  readonly name: string;
  readonly incarnation: number;
  /** As the first who is asked for it says. */
  id: string | undefined;
  readonly rules: TopicRules;
  readonly partitions: readonly ModelPartition[];

  constructor(name: string, incarnation: number, rules: TopicRules, partitionCount: number) {
    this.name = name;
    this.incarnation = incarnation;
    this.rules = rules;
    this.partitions = Array.from({ length: partitionCount }, (_, index) => new ModelPartition(this, index));
  }

  get what(): string {
    return `${this.name}, made ${this.incarnation} times`;
  }
}

/** Created or deleted, and by whom: others learn it a little later. */
interface Change {
  readonly by: SideName;
  readonly atMs: number;
}

export class Model {
  readonly #topics = new Map<string, ModelTopic>();
  readonly #made = new Map<string, number>();
  readonly #changes = new Map<string, Change>();
  readonly #deleting = new WeakSet<ModelTopic>();

  get topics(): readonly ModelTopic[] {
    return [...this.#topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get partitions(): readonly ModelPartition[] {
    return this.topics.flatMap(({ partitions }) => partitions);
  }

  isCurrent({ topic }: ModelPartition): boolean {
    return this.#topics.get(topic.name) === topic && !this.#deleting.has(topic);
  }

  created(name: string, rules: TopicRules, partitionCount: number, change: Change): ModelTopic {
    const incarnation = (this.#made.get(name) ?? 0) + 1;
    this.#made.set(name, incarnation);
    const topic = new ModelTopic(name, incarnation, rules, partitionCount);
    this.#topics.set(name, topic);
    this.#changes.set(name, change);
    return topic;
  }

  /** The topic may be gone from now on, for whoever still waits for something of it. */
  deleting(topic: ModelTopic): void {
    this.#deleting.add(topic);
  }

  deleted(name: string, change: Change): void {
    this.#topics.delete(name);
    this.#changes.set(name, change);
  }

  /** Set once the other side, too, must know. */
  settled(name: string): void {
    this.#changes.delete(name);
  }

  /** The names of which a side may not know yet. */
  unsettled(side: SideName): readonly { readonly name: string; readonly atMs: number }[] {
    return [...this.#changes].flatMap(([name, { by, atMs }]) => (by === side ? [] : [{ name, atMs }]));
  }
}
