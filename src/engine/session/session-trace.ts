/**
 * What is told of a subscriber session: a trace of its own, in slices that are linked one to the next because it may live for days,
 * the counts of its states and ends, and the line in the log when it stalls.
 */
import { traceIds } from '../../telemetry/log/log';
import type { Operation } from '../../telemetry/trace/operation';
import type { Offset, PartitionId } from '../../types';
import type { EngineBase } from '../base';
import type { LogUnit, SubscriberStream } from '../dialect';
import type { EngineError } from '../../engine-error';
import { endFailed } from '../../waiting/phase';
import type { SessionEnd, SessionStateKind } from './session-state';

/** Of whom the trace is. */
export interface TracedSession {
  readonly id: string;
  readonly topic: string;
  readonly partition: PartitionId;
  readonly openedMs: number;
}

/** How far it has come. */
export interface SessionProgress {
  readonly nextOffset: Offset;
  readonly position: Offset;
  /** Of its stream, where it has one. */
  readonly counters: SubscriberStream<LogUnit>['counters'] | undefined;
}

export class SessionTrace {
  readonly #core: Pick<EngineBase, 'clock' | 'telemetry'>;
  readonly #session: TracedSession;
  #operation: Operation;
  #sliceStartedMs: number;

  constructor(core: Pick<EngineBase, 'clock' | 'telemetry'>, session: TracedSession, offset: Offset) {
    this.#core = core;
    this.#session = session;
    this.#sliceStartedMs = session.openedMs;
    this.#operation = this.#startSlice(offset, undefined);
  }

  /** That of the slice under way. */
  get operation(): Operation {
    return this.#operation;
  }

  entered(state: SessionStateKind): void {
    this.#operation.event(state);
    this.#core.telemetry.instruments.add('seaglass_session_events_total', { event: state });
  }

  isSliceDue(nowMs: number, sliceMs: number): boolean {
    return nowMs - this.#sliceStartedMs >= sliceMs;
  }

  /** Ends the slice under way and begins the next, linked to it. */
  nextSlice(nowMs: number, progress: SessionProgress): void {
    const previous = this.#operation;
    this.#describe(progress);
    this.#sliceStartedMs = nowMs;
    this.#operation = this.#startSlice(progress.nextOffset, previous);
    previous.end('ok');
  }

  stalled(why: string, { nextOffset, position }: SessionProgress): void {
    this.#operation.set('seaglass.session.stall', why);
    const { id, topic, partition } = this.#session;
    this.#core.telemetry.log.write('warn', 'session.stalled', `subscriber session stalled: ${why}`, {
      topic,
      partition,
      session: id,
      offset: nextOffset,
      position,
      ...traceIds(this.#operation),
    });
  }

  ended(end: SessionEnd, error: EngineError | undefined, progress: SessionProgress): void {
    this.#core.telemetry.instruments.add('seaglass_session_events_total', { event: end });
    this.#describe(progress);
    this.#operation.set('seaglass.session.end', end);
    if (error === undefined) this.#operation.end('ok');
    else endFailed(this.#operation, error);
  }

  #startSlice(offset: Offset, previous: Operation | undefined): Operation {
    const { id, topic, partition } = this.#session;
    return this.#core.telemetry.operations.root('subscriber.session', {
      spanName: `subscriber session ${topic}`,
      attributes: {
        'seaglass.session.id': id,
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': String(partition),
        'kafka.offset': offset,
      },
      ...(previous === undefined ? {} : { links: [{ traceId: previous.traceId, spanId: previous.spanId }] }),
    });
  }

  #describe({ position, counters }: SessionProgress): void {
    this.#operation
      .set('seaglass.session.position', position)
      .set('seaglass.session.age_ms', Math.round(this.#core.clock.monotonicMs() - this.#session.openedMs));
    if (counters === undefined) return;
    const { frames, data, ctrl, bytes } = counters;
    this.#operation
      .set('seaglass.stream.frames', frames)
      .set('seaglass.stream.data', data)
      .set('seaglass.stream.ctrl', ctrl)
      .set('seaglass.stream.bytes', bytes);
  }
}
