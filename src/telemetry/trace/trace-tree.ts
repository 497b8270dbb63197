/**
 * One root operation with its descendants. It is kept or dropped as a whole when the root and every descendant have ended: a wait
 * that was given up and ends after its root still belongs to the trace, and nothing is exported whose parent is not.
 */
import { lowWordOf, newTraceId, randomWord } from './ids';
import type { KeepReason, SpanLink } from './operation';
import { WaitClock } from './wait-clock';

/** Spans of one trace. What is past it is counted, timed and watched like the rest, and left out of the trace. */
export const TRACE_OPERATIONS_MAX = 1_024;
const DEFERRED_EXEMPLARS_MAX = 8;

export interface RemoteParent extends SpanLink {
  readonly sampled: boolean;
}

/** `Member`: an operation; the tree holds it and asks nothing of it. */
export class TraceTree<Member> {
  readonly remoteParent: RemoteParent | undefined;
  /** Members that a trace would show, the root first. Emptied when the tree closes. */
  readonly members: Member[] = [];
  omitted = 0;
  open = 0;
  rootEnded = false;
  /** On the monotonic scale: nothing of the trace is shown to go on longer. Infinity until it is known. */
  rootEndMs = Infinity;
  /** Holds an operation that started after its trace was closed; only what goes wrong in it is worth a trace. */
  straggling = false;
  failed = false;
  /** Whose time passes, until the root ends. */
  readonly waits = new WaitClock();
  /** Engine targets that did not answer, and partitions that were not read, should the request fail. */
  blamed: string[] | undefined = undefined;
  /** Nothing came of it, as is normal. */
  idle = false;
  /** Waits to be found among the slowest, or not. */
  held = false;
  /** Set as soon as it is certain that the trace is kept. */
  keepReason: KeepReason | undefined = undefined;
  closed = false;
  /** True once its spans went to the exporter. */
  exported = false;
  /** Unix time minus monotonic time, taken once, so that the spans of a trace agree with one another. */
  epochOffsetMs: number | undefined = undefined;
  #traceId: string | undefined;
  #lowWord: number | undefined = undefined;
  #deferred: (() => void)[] | undefined = undefined;
  #closing: ((exported: boolean) => void)[] | undefined = undefined;

  constructor(remoteParent: RemoteParent | undefined, traceId: string | undefined) {
    this.remoteParent = remoteParent;
    this.#traceId = traceId;
  }

  get traceId(): string {
    return (this.#traceId ??= newTraceId(this.lowWord));
  }

  /** The last 32 bits of the trace id. */
  get lowWord(): number {
    this.#lowWord ??= this.#traceId === undefined ? randomWord() : lowWordOf(this.#traceId);
    return this.#lowWord;
  }

  /** Makes the operation a member if there is room. */
  admit(operation: Member): boolean {
    if (this.members.length >= TRACE_OPERATIONS_MAX) {
      this.omitted++;
      return false;
    }
    this.members.push(operation);
    return true;
  }

  /** A stalled operation must be in the trace, since its stall span names it as parent. */
  admitStalled(operation: Member): void {
    this.members.push(operation);
    this.omitted--;
  }

  whenKept(action: () => void): void {
    if (this.closed) return;
    this.#deferred ??= [];
    if (this.#deferred.length < DEFERRED_EXEMPLARS_MAX) this.#deferred.push(action);
  }

  /** Runs when the tree closes, told whether it was exported. */
  whenClosed(action: (exported: boolean) => void): void {
    if (this.closed) action(this.exported);
    else (this.#closing ??= []).push(action);
  }

  /** Forgets the members; runs what waited for the trace to be kept, or closed. */
  close(exported: boolean): void {
    this.closed = true;
    this.exported = exported;
    if (exported && this.#deferred !== undefined) for (const action of this.#deferred) action();
    this.#deferred = undefined;
    if (this.#closing !== undefined) for (const action of this.#closing) action(exported);
    this.#closing = undefined;
    this.members.length = 0;
  }
}
