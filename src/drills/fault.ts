/** One fault as data: what goes wrong, for whom, how often, until when. Plain, so that it also travels to the node's thread. */

/**
 * Where each is asked for: `refuse_connections`, `hang_call` in the engine's channels; `refuse_entries` where a filer is written to;
 * `null_answer` where the node's answers are read; `hang_lookup` … `shift_offsets` and the four on values around the dialect; `fill_disk` in
 * the node; `block_loop` in the gateway's own thread.
 */
export type FaultEffect =
  | 'refuse_connections'
  | 'hang_call'
  | 'refuse_entries'
  | 'null_answer'
  | 'hang_lookup'
  | 'delay_init'
  | 'hang_recv'
  | 'withhold_newest'
  | 'delay_ack'
  | 'zero_end'
  | 'shift_offsets'
  | ValueDamage
  | 'fill_disk'
  | 'block_loop';

/** These strike whatever the topic. */
export const TOPICLESS_EFFECTS: ReadonlySet<FaultEffect> = new Set([
  'refuse_connections',
  'hang_call',
  'refuse_entries',
  'fill_disk',
  'block_loop',
]);

/** What becomes of the value of a record on its way from the engine. */
export const VALUE_DAMAGES = ['drop_value', 'empty_value', 'truncate_value', 'flip_bit'] as const;
export type ValueDamage = (typeof VALUE_DAMAGES)[number];

/** Whom a fault meets; what is absent matches all. */
export interface FaultMatch {
  readonly topic?: string | undefined;
  readonly partition?: number;
  /** A part of a gRPC method's path. */
  readonly method?: string;
}

export interface FaultDeclaration {
  readonly effect: FaultEffect;
  readonly match?: FaultMatch;
  /** How often it happens at most; without it as long as the drill lasts. */
  readonly count?: number;
  /** Of delays and blocks; how long a hang lasts is the drill's to say. */
  readonly delayMs?: number;
}

export interface Fault extends FaultDeclaration {
  /** Unique in the process that declared it. */
  readonly id: number;
  /** The drill that it belongs to, as its metrics name it. */
  readonly drill: string;
  /** When it ends by itself, whatever happens to whoever asked for it: ms since the Unix epoch. */
  readonly endsMs: number;
}

/** The topic that a call of SeaweedMQ names; undefined where it names none. */
export function topicIn(request: unknown): string | undefined {
  const topic = (request as { readonly topic?: { readonly name?: unknown } }).topic?.name;
  return typeof topic === 'string' ? topic : undefined;
}

/** Whether the fault meets the subject: what a match names, the subject must have. */
export function meets(match: FaultMatch | undefined, subject: FaultMatch): boolean {
  if (match === undefined) return true;
  if (match.topic !== undefined && match.topic !== subject.topic) return false;
  if (match.partition !== undefined && match.partition !== subject.partition) return false;
  return match.method === undefined || (subject.method?.includes(match.method) ?? false);
}
