/** The subscriber sessions of one partition: found by the exact next offset, opened where there is none, few in number. */
import type { CallContext } from '../../telemetry/trace/operation';
import type { Offset } from '../../types';
import type { EngineCore } from '../core';
import type { LogUnit } from '../dialect';
import { Session } from './session';
import type { SessionOwner } from './session';
import type { SessionEnd } from './session-state';

export class PartitionSessions<U extends LogUnit> {
  readonly #core: EngineCore<U>;
  readonly #owner: SessionOwner<U>;
  #sessions: Session<U>[] = [];

  constructor(core: EngineCore<U>, owner: SessionOwner<U>) {
    this.#core = core;
    this.#owner = owner;
  }

  get all(): readonly Session<U>[] {
    return this.#sessions;
  }

  /** True while a stream is open that tells at once what happens to the log. */
  get areTold(): boolean {
    return this.#sessions.some((session) => session.live);
  }

  /** The session that will yield exactly this offset next. */
  at(offset: Offset): Session<U> | undefined {
    return this.#sessions.find((session) => session.nextOffset === offset && !session.ended);
  }

  /** The same, where something of it has arrived. */
  withDataAt(offset: Offset): Session<U> | undefined {
    return this.#sessions.find((session) => session.nextOffset === offset && session.hasData);
  }

  /** Opens a session; undefined where all that are allowed are waited on. */
  open(offset: Offset, bytesMax: number, context: CallContext): Session<U> | undefined {
    if (this.#sessions.length >= this.#core.settings.sessionsPerPartitionMax) {
      const idle = this.#sessions
        .filter((session) => session.leases === 0)
        .reduce<Session<U> | undefined>(
          (oldest, session) => (oldest === undefined || session.usedMs < oldest.usedMs ? session : oldest),
          undefined,
        );
      if (idle === undefined) return undefined;
      idle.close('evicted');
    }
    if (!this.#core.sessions.makeRoom()) return undefined;
    const id = this.#core.sessions.nextId();
    const session = new Session(this.#core, this.#owner, { id, offset, bytesMax }, context);
    this.#sessions.push(session);
    this.#core.sessions.add(session);
    return session;
  }

  forget(session: Session<U>): void {
    this.#sessions = this.#sessions.filter((other) => other !== session);
    this.#core.sessions.remove(session);
  }

  /** Two sessions that came to the same offset would bring the same records twice: the one that holds less goes. */
  merge(session: Session<U>): void {
    for (const other of this.#sessions) {
      if (other === session || other.nextOffset !== session.nextOffset || other.leases > 0 || other.ended) continue;
      if (other.queueBytes <= session.queueBytes) other.close('merged');
    }
  }

  closeWhere(end: SessionEnd, condition: (session: Session<U>) => boolean): void {
    for (const session of this.#sessions) if (condition(session)) session.close(end);
  }
}
