/**
 * Fetch sessions (KIP-227): a client names its partitions once and then only what changed; the answer holds only partitions that have
 * something new. A request with epoch 0 opens one, epoch -1 ends it or has none, any other epoch continues the one it names.
 */
import { ErrorCode } from '../../protocol/error-code';
import type { FetchRequest } from '../../protocol/generated/fetch';
import { systemRandom } from '../../random';
import type { Random } from '../../random';
import { type Answered, FetchSession } from './fetch-session';
import { targetKey, targetOf, type FetchTarget } from './fetch-target';

const INITIAL_EPOCH = 0;
const FINAL_EPOCH = -1;
const NO_SESSION = 0;
const SESSION_ID_MAX = 0x7fffffff;
/** A session younger than this is not given up for a new one: min.incremental.fetch.session.eviction.ms. */
const EVICTION_AGE_MS = 120_000;
/** Partitions of one session; a client with more fetches without one. */
const PARTITIONS_MAX = 20_000;

/** What a fetch asks for, and how its results become an answer. */
export interface FetchContext {
  /** Other than NONE: the whole answer. */
  readonly errorCode: ErrorCode;
  readonly sessionId: number;
  readonly targets: readonly FetchTarget[];
  /** Which of the targets' results the answer holds, in its order. */
  select(results: readonly Answered[]): readonly Answered[];
  /** What `select` would choose; the session does not take it for told. */
  peek(results: readonly Answered[]): readonly Answered[];
  /** Called instead of `select` where the answer is held back. Returns the session that the client may go on with; 0 where it has none. */
  hold(): number;
}

export class FetchSessions {
  readonly #sessionsMax: number;
  readonly #random: Random;
  /** The one used longest ago first. */
  readonly #sessions = new Map<number, FetchSession>();

  constructor(sessionsMax: number, random: Random = systemRandom) {
    this.#sessionsMax = sessionsMax;
    this.#random = random;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Finds, opens or ends the request's session. `nowMs` is on the monotonic clock. */
  begin(request: FetchRequest, version: number, nowMs: number): FetchContext {
    const { sessionId, sessionEpoch } = request;
    if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
      if (sessionId !== NO_SESSION) this.#sessions.delete(sessionId);
      const targets = targetsOf(request);
      if (sessionEpoch === FINAL_EPOCH) return fullContext(NO_SESSION, targets);
      return this.#open(targets, version, nowMs);
    }
    return this.#continued(request, version, nowMs);
  }

  #open(targets: readonly FetchTarget[], version: number, nowMs: number): FetchContext {
    if (targets.length > PARTITIONS_MAX || !this.#makeRoom(nowMs)) {
      return fullContext(NO_SESSION, targets);
    }
    const session = new FetchSession(this.#newId(), version >= 13, nowMs);
    this.#sessions.set(session.id, session);
    for (const target of targets) session.set(target);
    return {
      ...fullContext(session.id, targets),
      select: (results) => {
        session.remember(results);
        return results;
      },
      // As in Kafka, a session begins with the first answer that is given.
      hold: () => {
        this.#sessions.delete(session.id);
        return NO_SESSION;
      },
    };
  }

  #continued(request: FetchRequest, version: number, nowMs: number): FetchContext {
    const session = this.#sessions.get(request.sessionId);
    if (session === undefined) return refused(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    if (session.epoch !== request.sessionEpoch) return refused(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    if (session.usesTopicIds !== version >= 13) return refused(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    for (const topic of request.topics) for (const each of topic.partitions) session.set(targetOf(topic, each));
    for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
      for (const partition of partitions) session.forget(targetKey(topic, topicId, partition));
    }
    this.#sessions.delete(session.id);
    if (session.size === 0) return fullContext(NO_SESSION, []);
    session.used(nowMs);
    this.#sessions.set(session.id, session);
    const targets = session.targets();
    return {
      errorCode: ErrorCode.NONE,
      sessionId: session.id,
      targets,
      select: (results) => session.select(results),
      peek: (results) => session.peek(results),
      hold: () => session.id,
    };
  }

  /** False where all sessions are younger than what may be given up. */
  #makeRoom(nowMs: number): boolean {
    if (this.#sessionsMax === 0) return false;
    if (this.#sessions.size < this.#sessionsMax) return true;
    for (const [id, oldest] of this.#sessions) {
      if (nowMs - oldest.usedMs < EVICTION_AGE_MS) return false;
      this.#sessions.delete(id);
      return true;
    }
    return true;
  }

  #newId(): number {
    for (;;) {
      const id = this.#random.integer(1, SESSION_ID_MAX);
      if (!this.#sessions.has(id)) return id;
    }
  }
}

/** In the order in which they are first named; of a partition named again the last counts, as in Kafka. */
function targetsOf({ topics }: FetchRequest): readonly FetchTarget[] {
  const targets = new Map<string, FetchTarget>();
  for (const topic of topics) {
    for (const each of topic.partitions) {
      targets.set(targetKey(topic.topic, topic.topicId, each.partition), targetOf(topic, each));
    }
  }
  return [...targets.values()];
}

/** Everything that was asked is answered. */
function fullContext(sessionId: number, targets: readonly FetchTarget[]): FetchContext {
  return {
    errorCode: ErrorCode.NONE,
    sessionId,
    targets,
    select: (results) => results,
    peek: (results) => results,
    hold: () => sessionId,
  };
}

const refused = (errorCode: ErrorCode): FetchContext => ({
  errorCode,
  sessionId: NO_SESSION,
  targets: [],
  select: () => [],
  peek: () => [],
  hold: () => NO_SESSION,
});
