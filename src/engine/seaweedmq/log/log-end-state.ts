/**
 * Where a partition's log ends, as one state that events move. SeaweedFS 4.48 says it, and not always truly:
 *
 * - It notes the last offset it gave every two seconds, apart from the records. A broker that ends in between begins again before
 *   records that its log files hold and that consumers have read: then its answers are behind, and files and memory tell the end.
 * - It answers the later of two counts: of the offsets it gives, and of its buffer, which it sets up from the files when it loads a
 *   partition. Where it gives offsets again, the buffer's count is ahead by `excess` for as long as the partition stays loaded.
 *
 * | Field     | Means                                                           | Moved by                                             |
 * | --------- | --------------------------------------------------------------- | ---------------------------------------------------- |
 * | given     | offsets below were given to records; back only by `went_back`   | reached, answered, files, heard, in_doubt, went_back |
 * | told      | the greatest end the broker told since it was last in doubt     | heard; 0 after placed, nothing_at, in_doubt          |
 * | kept      | offsets below are in log files; undefined: to be looked up      | files; undefined after forgotten, in_doubt, heard    |
 * | behindAt  | the end at which the broker was found behind, reported once     | heard; undefined after forgotten, in_doubt           |
 * | doubts    | counts doubts: a lookup begun before one is not kept            | forgotten, in_doubt, heard                           |
 * | seen      | behind the last record that was read or acked                   | saw; 0 after in_doubt; back by went_back             |
 * | asked     | questions asked; `taken`: the last whose answer counted         | asked, answered                                      |
 * | excess    | by how much the leader's answers are too far                    | placed, nothing_at; less or 0: answered, released, in_doubt |
 * | answer    | the leader's last answer, when it came, and who the leader is   | answered; 0 after in_doubt                           |
 * | suspicion | an excess that nothing contradicts, and since when              | nothing_at; undefined after answered, in_doubt       |
 * | holds     | publishers by leader: each keeps the partition loaded           | held, released                                       |
 */
import { toOffset } from '../../../types';
import type { Offset } from '../../../types';
import { UNREADABLE_MS_MAX } from './unreadable';

/** An excess nobody was told of for longer may hold no more: the broker may have loaded the partition anew. */
const AGE_MS_MAX = 10_000;
const NOTHING = toOffset(0);

export interface LogEndState {
  readonly given: Offset;
  readonly told: Offset;
  readonly kept: Offset | undefined;
  readonly behindAt: Offset | undefined;
  readonly doubts: number;
  readonly seen: Offset;
  readonly asked: number;
  readonly taken: number;
  readonly excess: number;
  readonly leader: string;
  readonly answer: Offset;
  /** On the monotonic clock. */
  readonly answeredMs: number;
  readonly suspicion: { readonly excess: number; readonly sinceMs: number } | undefined;
  readonly holds: ReadonlyMap<string, number>;
}

export type LogEndEvent =
  /** The broker is asked where the log ends. */
  | { readonly kind: 'asked' }
  /** It answered the question of that number; records before `seen` had been read when it was asked. */
  | {
      readonly kind: 'answered';
      readonly ask: number;
      readonly leader: string;
      readonly answer: Offset;
      readonly seen: Offset;
      readonly nowMs: number;
    }
  /** Somebody was told that the log ends there. */
  | { readonly kind: 'heard'; readonly end: Offset }
  /** The log files end there; `doubts` as they were when the files were listed. */
  | { readonly kind: 'files'; readonly end: Offset; readonly doubts: number }
  /** The broker gave the offsets below it. */
  | { readonly kind: 'reached'; readonly end: Offset }
  /** A record before `end` was read, or an ack told of it. */
  | { readonly kind: 'saw'; readonly end: Offset }
  /** The broker answered a publisher with `answer`, and gave `offset` to the first thing it wrote. */
  | { readonly kind: 'placed'; readonly answer: Offset; readonly offset: Offset }
  /** Nothing is to be read from `end` on, behind the last record, and the broker has answered just now. */
  | { readonly kind: 'nothing_at'; readonly end: Offset; readonly nowMs: number }
  /** What was said to lie behind was taken away on purpose. */
  | { readonly kind: 'went_back'; readonly end: Offset }
  /** Another broker, or the same begun anew, may count on from elsewhere; what it gave must not be given again. */
  | { readonly kind: 'in_doubt' }
  /** What is in files is looked up again. */
  | { readonly kind: 'forgotten' }
  /** A publisher keeps the partition loaded at the leader, and no longer does. */
  | { readonly kind: 'held' | 'released'; readonly leader: string };

export const NOTHING_KNOWN: LogEndState = {
  given: NOTHING,
  told: NOTHING,
  kept: undefined,
  behindAt: undefined,
  doubts: 0,
  seen: NOTHING,
  asked: 0,
  taken: 0,
  excess: 0,
  leader: '',
  answer: NOTHING,
  answeredMs: 0,
  suspicion: undefined,
  holds: new Map(),
};

/** What an answer of the broker means. */
export function endOf({ excess }: LogEndState, answer: Offset): Offset {
  return toOffset(Math.max(answer - excess, 0));
}

/** The state after the event; the one it came from stays as it is. */
export function afterEvent(state: LogEndState, event: LogEndEvent): LogEndState {
  switch (event.kind) {
    case 'asked':
      return { ...state, asked: state.asked + 1 };
    case 'answered':
      return event.ask < state.taken ? state : answered(state, event);
    case 'heard':
      return heard(state, event.end);
    case 'files':
      return filesListed(state, event);
    case 'reached':
      return event.end <= state.given ? state : { ...state, given: event.end };
    case 'saw':
      return event.end <= state.seen ? state : { ...state, seen: event.end };
    case 'placed': {
      const excess = Math.max(event.answer - event.offset, state.excess);
      return { ...state, excess, told: event.answer > event.offset ? NOTHING : state.told };
    }
    case 'nothing_at':
      return nothingAt(state, event);
    case 'went_back':
      return { ...state, given: event.end, seen: event.end < state.seen ? event.end : state.seen };
    case 'in_doubt':
      return inDoubt(state);
    case 'forgotten':
      return forgotten(state);
    case 'held':
      return { ...state, holds: new Map(state.holds).set(event.leader, holdsOf(state, event.leader) + 1) };
    case 'released':
      return released(state, event.leader);
  }
}

const later = (known: Offset | undefined, other: Offset): Offset =>
  known !== undefined && known > other ? known : other;

const holdsOf = ({ holds }: LogEndState, leader: string): number => holds.get(leader) ?? 0;

type Answered = Extract<LogEndEvent, { kind: 'answered' }>;

/**
 * A record that was read lies before what was answered later: `seen` bounds the excess. An answer before it is of a broker that began anew,
 * whose publisher may not have ended yet: what was seen was given. Unless it was in doubt since, or taken away on purpose.
 */
function answered(state: LogEndState, { ask, leader, answer, seen, nowMs }: Answered): LogEndState {
  const isAnother = leader !== state.leader || answer < state.answer;
  const isOld = holdsOf(state, leader) === 0 && nowMs - state.answeredMs > AGE_MS_MAX;
  const excess = isAnother || isOld ? 0 : state.excess;
  const isBehind = answer < seen && seen <= state.seen;
  return {
    ...state,
    given: isBehind ? later(state.given, seen) : state.given,
    taken: ask,
    leader,
    answer,
    answeredMs: nowMs,
    excess: Math.max(0, Math.min(excess, answer - seen)),
    suspicion: isAnother ? undefined : state.suspicion,
  };
}

/** An end before what is known: the broker began anew, and may have flushed before. Said once for each such end. */
function heard(state: LogEndState, end: Offset): LogEndState {
  const known = later(state.given, state.told);
  if (end >= known || end === state.behindAt) return { ...state, told: later(state.told, end) };
  return { ...forgotten(state), given: known, told: NOTHING, behindAt: end };
}

/** Another who listed at the same time may have heard of more. */
function filesListed(state: LogEndState, { end, doubts }: Extract<LogEndEvent, { kind: 'files' }>): LogEndState {
  const given = later(state.given, end);
  return { ...state, given, kept: doubts === state.doubts ? later(state.kept, end) : state.kept };
}

/** The rest of the answer is excess where that is still so when a record that was there would have appeared. */
function nothingAt(state: LogEndState, { end, nowMs }: Extract<LogEndEvent, { kind: 'nothing_at' }>): LogEndState {
  const excess = Math.max(state.answer - end, 0);
  const suspicion = state.suspicion?.excess === excess ? state.suspicion : { excess, sinceMs: nowMs };
  if (nowMs - suspicion.sinceMs < UNREADABLE_MS_MAX) return { ...state, suspicion };
  return { ...state, suspicion, excess, told: NOTHING };
}

function inDoubt(state: LogEndState): LogEndState {
  return {
    ...forgotten(state),
    given: later(state.given, state.told),
    told: NOTHING,
    seen: NOTHING,
    excess: holdsOf(state, state.leader) > 0 ? state.excess : 0,
    answer: NOTHING,
    suspicion: undefined,
  };
}

function forgotten(state: LogEndState): LogEndState {
  return { ...state, kept: undefined, behindAt: undefined, doubts: state.doubts + 1 };
}

/** A partition that nothing keeps loaded may be loaded anew, with a buffer that counts rightly. */
function released(state: LogEndState, leader: string): LogEndState {
  const left = Math.max(holdsOf(state, leader) - 1, 0);
  const holds = new Map(state.holds);
  if (left === 0) holds.delete(leader);
  else holds.set(leader, left);
  return { ...state, holds, excess: left === 0 && leader === state.leader ? 0 : state.excess };
}
