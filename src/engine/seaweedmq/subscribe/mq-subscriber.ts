/**
 * A subscriber stream as sessions see it: init that is never answered, and one record. Frames carry no offset, and streams were seen
 * that bring records once more when a flush lands, so nothing behind the first frame can be counted: the first is compared with the
 * log's record of its offset, the log's is delivered, and the stream ends. What came with it is read from the log.
 */
import type { Instruments } from '../../../telemetry/metrics/instruments';
import type { CallContext, Operation } from '../../../telemetry/trace/operation';
import type { Offset, TopicPartition } from '../../../types';
import type { Frame, SubscriberStream } from '../../dialect';
import type { PartitionRange } from '../../engine';
import { EngineError } from '../../../engine-error';
import { contradicted, type Contradiction } from '../../contradiction';
import { unlessCancelled } from '../../../waiting/deadline';
import type { RecordUnit } from '../records/record-unit';
import type { Subscription } from './subscription';

export interface MqSubscriberOptions {
  readonly subscription: Subscription;
  /** The log's record at an offset, and where the log ends, within a deadline of its own. */
  readonly lookUp: (offset: Offset, context: CallContext) => Promise<LookedUp>;
  readonly instruments: Instruments;
  readonly at: TopicPartition;
}

export interface LookedUp {
  readonly unit: RecordUnit | undefined;
  readonly range: PartitionRange;
}

export class MqSubscriber implements SubscriberStream<RecordUnit> {
  readonly counters = { frames: 0, data: 0, ctrl: 0, bytes: 0, emptyValues: 0 };
  readonly #options: MqSubscriberOptions;
  readonly #operation: Operation;
  /** Received and not yet compared: a receive that is given up in between leaves it for the next. */
  #unchecked: RecordUnit | undefined;
  #spent = false;

  constructor(options: MqSubscriberOptions, operation: Operation) {
    this.#options = options;
    this.#operation = operation;
  }

  /** Init went out when the stream was opened; there is nothing to wait for. */
  init(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async receive(signal: AbortSignal): Promise<Frame<RecordUnit>> {
    const { subscription } = this.#options;
    if (this.#spent) return nothingMore(signal, subscription.what);
    if (this.#unchecked === undefined) {
      const frame = await subscription.receive(signal);
      this.#count(frame.kind);
      if (frame.kind === 'end') return frame;
      if (frame.kind === 'ctrl') {
        this.counters.ctrl += 1;
        return { kind: 'ctrl' };
      }
      this.#unchecked = frame.unit;
      this.counters.data += 1;
      this.counters.bytes += frame.unit.bytes;
      if (frame.unit.stored.byteLength === 0) this.counters.emptyValues += 1;
    }
    const checked = await this.#verify(this.#unchecked, signal);
    this.#unchecked = undefined;
    this.#spent = true;
    subscription.close();
    return checked;
  }

  close(): void {
    this.#options.subscription.close();
  }

  async #verify(unit: RecordUnit, signal: AbortSignal): Promise<Frame<RecordUnit>> {
    const { lookUp, subscription } = this.#options;
    const { unit: logged, range } = await lookUp(unit.baseOffset, { operation: this.#operation, signal });
    if (logged?.tsNs !== unit.tsNs) {
      this.#contradiction('stream_position', unit.baseOffset);
      const log = logged === undefined ? 'none' : `one of time ${logged.tsNs}`;
      throw new EngineError(
        'contradiction',
        `${subscription.what}: the stream brought a record of time ${unit.tsNs} for offset ${unit.baseOffset}, the log has ${log}`,
      );
    }
    if (logged.stored.byteLength !== unit.stored.byteLength) {
      this.#contradiction('value_lost', unit.baseOffset);
      throw new EngineError(
        'contradiction',
        `${subscription.what}: the stream brought ${unit.stored.byteLength} bytes for offset ${unit.baseOffset}, the log has ${logged.stored.byteLength}`,
      );
    }
    return { kind: 'data', units: [logged], state: range };
  }

  #count(kind: string): void {
    this.counters.frames += 1;
    this.#options.instruments.add('seaglass_stream_frames_total', { kind });
  }

  #contradiction(kind: Contradiction, offset: Offset): void {
    const { instruments, at } = this.#options;
    contradicted(instruments, kind, { ...at, offset }, this.#operation);
  }
}

/** Rejects with 'cancelled' on the signal. */
function nothingMore(signal: AbortSignal, what: string): Promise<never> {
  return unlessCancelled(new Promise<never>(() => undefined), signal, what);
}
