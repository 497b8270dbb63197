/**
 * A dialect that fails on purpose: streams that hang, acks that come late, values damaged on their way. Put around the real one where the
 * gateway was started for drills, and nowhere else, so that nobody pays for it.
 */
import type { FaultMatch } from '../drills/fault';
import type { Faults } from '../drills/faults';
import { EngineError } from '../engine-error';
import type { CallContext } from '../telemetry/trace/operation';
import { ignoreShared, unlessCancelled } from '../waiting/deadline';
import { toOffset } from '../types';
import { NEVER } from '../waiting/never';
import type { Assignment, Dialect, Frame, LogUnit, PublisherStream, SubscriberStream } from './dialect';
import type { PartitionRange } from './engine';
import { NewestWithheld } from './newest-withheld';
import { strikeValues, type UnitDamage, type UnitShift } from './unit-damage';

export interface DrillableDialect<U extends LogUnit, D> {
  readonly dialect: Dialect<U, D>;
  readonly shift: UnitShift<U>;
  /** Absent where the dialect strikes values itself, before it holds them against their proofs. */
  readonly damage?: UnitDamage<U>;
}

/** Of a log that says that it holds nothing. */
const NOTHING: PartitionRange = {
  logStartOffset: toOffset(0),
  lastStableOffset: toOffset(0),
  highWatermark: toOffset(0),
};
/** A stream that stands elsewhere stands behind the place that was asked for. */
const SHIFTED_BY = -2;

export function drilledDialect<U extends LogUnit, D>(
  { dialect, shift, damage }: DrillableDialect<U, D>,
  faults: Faults,
): Dialect<U, D> {
  const strikes: Partial<Dialect<U, D>> = {
    async assign(topic, partition, context) {
      const what = `assignment of ${topic.name}-${partition}`;
      await faults.holdUp('hang_lookup', { topic: topic.name, partition }, context.signal, what);
      return dialect.assign(topic, partition, context);
    },
    async range(assignment, topic, context) {
      const range = await dialect.range(assignment, topic, context);
      return faults.strike('zero_end', subjectOf(assignment)) === undefined ? range : NOTHING;
    },
    async openSubscriber(assignment, topic, offset, context) {
      const stream = await dialect.openSubscriber(assignment, topic, offset, context);
      return new DrilledSubscriber(stream, { subject: subjectOf(assignment), faults, shift, damage });
    },
    async openPublisher(assignment, topic, context) {
      refuseWhereDown(faults, assignment.address);
      return drilledPublisher(await dialect.openPublisher(assignment, topic, context), assignment, faults);
    },
    async readBacklog(request, context) {
      const subject = subjectOf(request.assignment);
      const { signal } = context;
      // Where the log is read instead of a stream.
      if (dialect.backlog === 'log') await faults.holdUp('hang_recv', subject, signal, 'records of a log (drill)');
      const read = await NewestWithheld.read(() => dialect.readBacklog(request, context), { faults, subject, signal });
      if (damage === undefined) return read;
      return { ...read, units: strikeValues(read.units, subject, faults, damage) };
    },
  };
  return new Proxy(dialect, {
    get(target, key) {
      const own: unknown = Reflect.get(strikes, key);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

interface Strike<U extends LogUnit> {
  readonly subject: FaultMatch;
  readonly faults: Faults;
  readonly shift: UnitShift<U>;
  readonly damage: UnitDamage<U> | undefined;
}

class DrilledSubscriber<U extends LogUnit> implements SubscriberStream<U> {
  readonly #stream: SubscriberStream<U>;
  readonly #strike: Strike<U>;
  readonly #newest: NewestWithheld<U>;
  readonly #ended = new AbortController();
  /** Rejects once its engine is down. */
  readonly #down: Promise<never>;
  readonly credit?: (bytes: number) => void;

  constructor(stream: SubscriberStream<U>, strike: Strike<U>) {
    this.#stream = stream;
    this.#strike = strike;
    this.#newest = new NewestWithheld(stream, strike.faults, strike.subject);
    this.#down = this.#untilDown();
    this.#down.catch(ignoreShared);
    if (stream.credit !== undefined) this.credit = (bytes) => stream.credit?.(bytes);
  }

  get counters(): SubscriberStream<U>['counters'] {
    return this.#stream.counters;
  }

  async init(context: CallContext, creditBytes: number): Promise<Awaited<ReturnType<SubscriberStream<U>['init']>>> {
    const { faults, subject } = this.#strike;
    await faults.holdUp('delay_init', subject, context.signal, 'init of a subscriber (drill)');
    return this.#stream.init(context, creditBytes);
  }

  async receive(signal: AbortSignal): Promise<Frame<U>> {
    const { faults, subject, shift, damage } = this.#strike;
    const frame = await Promise.race([this.#newest.receive(signal), this.#down]);
    await faults.holdUp('hang_recv', subject, signal, 'records of a subscriber (drill)');
    if (frame.kind !== 'data') return frame;
    const units = damage === undefined ? frame.units : strikeValues(frame.units, subject, faults, damage);
    const by = faults.strike('shift_offsets', subject) === undefined ? 0 : SHIFTED_BY;
    return { ...frame, units: by === 0 ? units : units.map((unit) => shift.shifted(unit, by)) };
  }

  close(): void {
    this.#ended.abort();
    this.#stream.close();
  }

  async #untilDown(): Promise<never> {
    const what = 'a subscriber whose engine is down (drill)';
    await this.#strike.faults.whenOn('refuse_connections', {}, this.#ended.signal, what);
    throw new EngineError('unavailable', `${what}: the connection broke`);
  }
}

function drilledPublisher(stream: PublisherStream, assignment: Assignment, faults: Faults): PublisherStream {
  return {
    async append(request, context) {
      refuseWhereDown(faults, assignment.address);
      const result = await stream.append(request, context);
      const what = 'the ack of an append (drill)';
      // An append that its caller gave up keeps its place, as behind a slow engine.
      await unlessCancelled(faults.holdUp('delay_ack', subjectOf(assignment), NEVER, what), context.signal, what);
      return result;
    },
    get failed() {
      return stream.failed || faults.isOn('refuse_connections');
    },
    get silentSinceMs() {
      return stream.silentSinceMs;
    },
    close: () => stream.close(),
  };
}

function refuseWhereDown(faults: Faults, address: string): void {
  if (faults.strike('refuse_connections') === undefined) return;
  throw new EngineError('unavailable', `connecting to ${address}: refused (drill)`);
}

const subjectOf = ({ topicPartition }: Assignment): FaultMatch => topicPartition;
