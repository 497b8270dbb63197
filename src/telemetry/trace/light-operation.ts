/**
 * The operation itself: one plain object in the list of its phase. Everything that costs (ids, attribute objects, spans) is made
 * only when somebody looks: the exporter of a kept trace, the hang watch, /debug/inflight.
 */
import { attributeBag } from './attribute-bag';
import { newSpanId } from './ids';
import type { MessagingDurations } from '../metrics/messaging-durations';
import type {
  AttributeValue,
  ChildOptions,
  KeepFlag,
  KeepReason,
  LateLinks,
  Operation,
  Outcome,
  RootOptions,
  SpanLink,
} from './operation';
import type { Blame, OperationKind, OperationName } from './operations';
import type { Phase } from './phase-operations';
import type { TraceTree } from './trace-tree';

export const LINKS_MAX = 32;
const EVENTS_MAX = 64;
const BLAMED_MAX = 16;
const ATTRIBUTES_MAX = 64;

export type OperationTree = TraceTree<LightOperation>;
export type OperationPhase = Phase<LightOperation>;

/** What the declaration of an operation becomes at run time. */
export interface PreparedOperation {
  readonly name: OperationName;
  readonly kind: OperationKind;
  readonly phase: OperationPhase;
  readonly budgetMs: number;
  readonly blame: Blame;
  readonly messaging: MessagingDurations | undefined;
}

/** What an operation asks of the tracer it belongs to. */
export interface OperationHost {
  now(): number;
  childOf(parent: LightOperation, name: OperationName, options: ChildOptions | undefined): LightOperation;
  ended(operation: LightOperation): void;
  keep(tree: OperationTree, reason: KeepReason): void;
  readonly exporting: boolean;
}

export interface OperationEvent {
  readonly name: string;
  readonly atMs: number;
}

export interface OperationError {
  readonly type: string;
  readonly message: string;
}

export class LightOperation implements Operation {
  readonly prepared: PreparedOperation;
  readonly tree: OperationTree;
  readonly parent: LightOperation | undefined;
  readonly spanName: string | undefined;
  readonly startMs: number;
  budgetMs: number;
  /** -1 while it is open. */
  endMs = -1;
  outcome: Outcome = 'ok';
  error: OperationError | undefined = undefined;
  openChildren = 0;
  /** Whether it ever had a child. */
  isParent = false;
  /** Since when no child is open: an operation is only to blame for waits of its own. */
  leafSinceMs: number;
  /** Whether the trace shows it. */
  member = false;
  stallCount = 0;
  stallLogged = false;
  previous: LightOperation | undefined = undefined;
  next: LightOperation | undefined = undefined;
  events: OperationEvent[] | undefined = undefined;
  links: (SpanLink | LateLinks)[] | undefined = undefined;
  linksDropped = 0;
  readonly #host: OperationHost;
  readonly #given: Readonly<Record<string, AttributeValue>> | undefined;
  readonly #shared: Readonly<Record<string, AttributeValue>> | undefined;
  /** Key, value, key, value …: cheaper than an object whose shape changes with each key. */
  #own: (string | AttributeValue | undefined)[] | undefined = undefined;
  #live: { readonly key: string; readonly read: () => AttributeValue | undefined } | undefined = undefined;
  #spanId: string | undefined = undefined;

  constructor(
    host: OperationHost,
    prepared: PreparedOperation,
    tree: OperationTree,
    parent: LightOperation | undefined,
    options: RootOptions | undefined,
  ) {
    this.#host = host;
    this.prepared = prepared;
    this.tree = tree;
    this.parent = parent;
    this.spanName = options?.spanName;
    this.budgetMs = options?.budgetMs ?? prepared.budgetMs;
    this.#given = options?.attributes;
    this.#shared = options?.shared;
    this.startMs = host.now();
    this.leafSinceMs = this.startMs;
  }

  get name(): OperationName {
    return this.prepared.name;
  }
  get traceId(): string {
    return this.tree.traceId;
  }
  get spanId(): string {
    return (this.#spanId ??= newSpanId());
  }
  get ended(): boolean {
    return this.endMs >= 0;
  }
  get kept(): boolean {
    return this.tree.exported || (this.tree.keepReason !== undefined && this.#host.exporting && !this.tree.closed);
  }

  child(name: OperationName, options?: ChildOptions): Operation {
    return this.#host.childOf(this, name, options);
  }

  set(key: string, value: AttributeValue | undefined): this {
    if (this.endMs >= 0) return this;
    const own = (this.#own ??= []);
    for (let index = 0; index < own.length; index += 2) {
      if (own[index] === key) {
        own[index + 1] = value;
        return this;
      }
    }
    if (own.length < 2 * ATTRIBUTES_MAX) own.push(key, value);
    return this;
  }

  /** One of them; the last counts. */
  live(key: string, read: () => AttributeValue | undefined): this {
    this.#live = { key, read };
    return this;
  }

  ownMs(): number {
    const { waits, members } = this.tree;
    const nowMs = this.#host.now();
    waits.stop(nowMs);
    return nowMs - (members[0]?.startMs ?? this.startMs) - waits.idleMs - waits.engineMs - waits.clientMs;
  }

  setBudget(budgetMs: number): this {
    this.budgetMs = budgetMs;
    return this;
  }

  event(name: string): this {
    if (this.endMs >= 0) return this;
    const events = (this.events ??= []);
    if (events.length < EVENTS_MAX) events.push({ name, atMs: this.#host.now() });
    return this;
  }

  link(link: SpanLink | LateLinks): this {
    if (this.endMs >= 0) return this;
    const links = (this.links ??= []);
    if (links.length < LINKS_MAX) links.push(link);
    else this.linksDropped++;
    return this;
  }

  blame(target: string): this {
    const blamed = (this.tree.blamed ??= []);
    if (blamed.length < BLAMED_MAX && !blamed.includes(target)) blamed.push(target);
    return this;
  }

  flag(reason: KeepFlag): this {
    this.#host.keep(this.tree, reason);
    return this;
  }

  idle(): this {
    this.tree.idle = true;
    return this;
  }

  end(outcome: Outcome = 'ok', error?: OperationError): void {
    if (this.endMs >= 0) return;
    this.endMs = this.#host.now();
    this.outcome = outcome;
    this.error = error;
    this.#host.ended(this);
  }

  /** See ExemplarSource. */
  whenKept(action: () => void): void {
    this.tree.whenKept(action);
  }

  whenDecided(action: (shown: boolean) => void): void {
    if (this.kept) action(this.member);
    else this.tree.whenClosed((exported) => action(exported && this.member));
  }

  /** The value of one of its own attributes. */
  attribute(key: string): AttributeValue | undefined {
    const own = this.#own;
    if (own !== undefined) {
      for (let index = 0; index < own.length; index += 2) {
        if (own[index] === key) return own[index + 1];
      }
    }
    return this.#given?.[key] ?? this.#shared?.[key];
  }

  /** Its own attributes, as set so far, and of those above it what they leave open. */
  attributes(above?: Readonly<Record<string, AttributeValue>>): Record<string, AttributeValue> {
    const all = attributeBag();
    Object.assign(all, above, this.#shared, this.#given);
    const own = this.#own ?? [];
    for (let index = 0; index < own.length; index += 2) {
      const value = own[index + 1];
      if (value === undefined) Reflect.deleteProperty(all, String(own[index]));
      else all[String(own[index])] = value;
    }
    const live = this.#live;
    const value = live === undefined || this.ended ? undefined : live.read();
    if (live !== undefined && value !== undefined) all[live.key] = value;
    return all;
  }

  /** Failed in the sense of a span's status: a wait given up or an idle answer is no failure. */
  get failure(): OperationError | undefined {
    switch (this.outcome) {
      case 'ok':
      case 'data':
      case 'idle_timeout':
      case 'cancelled':
        return undefined;
      case 'client_error':
        return this.error;
      default:
        return this.error ?? { type: this.outcome, message: this.outcome };
    }
  }
}
