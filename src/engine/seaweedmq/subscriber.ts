/**
 * A subscriber stream as sessions see it: init that is never answered, records that are counted. What the engine does not say is
 * checked: the first record, and every one whose value has length 0, is compared with the log's record of that offset before it is
 * delivered.
 */
import type { Instruments } from '../../telemetry/instruments';
import type { CallContext, Operation } from '../../telemetry/operation';
import type { Offset } from '../../types';
import type { Frame, SubscriberStream } from '../dialect';
import type { PartitionRange } from '../engine';
import { EngineError } from '../engine-error';
import type { RecordUnit } from './record-unit';
import type { Subscription } from './subscription';

export interface SubscriberOptions {
  readonly subscription: Subscription;
  /** The log's record at an offset, and where the log ends. */
  readonly lookUp: (offset: Offset, context: CallContext) => Promise<LookedUp>;
  readonly instruments: Instruments;
}

export interface LookedUp {
  readonly unit: RecordUnit | undefined;
  readonly range: PartitionRange;
}

export class MqSubscriber implements SubscriberStream<RecordUnit> {
  readonly counters = { frames: 0, data: 0, ctrl: 0, bytes: 0, emptyValues: 0 };
  readonly #options: SubscriberOptions;
  readonly #operation: Operation;
  /** Received and not yet compared: a receive that is given up in between leaves it for the next. */
  #unchecked: RecordUnit | undefined;
  #verified = false;

  constructor(options: SubscriberOptions, operation: Operation) {
    this.#options = options;
    this.#operation = operation;
  }

  /** Init went out when the stream was opened; there is nothing to wait for. */
  init(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async receive(signal: AbortSignal): Promise<Frame<RecordUnit>> {
    let unit = this.#unchecked;
    if (unit === undefined) {
      const frame = await this.#options.subscription.receive(signal);
      this.#count(frame.kind);
      if (frame.kind === 'end') return frame;
      if (frame.kind === 'ctrl') {
        this.counters.ctrl += 1;
        return { kind: 'ctrl' };
      }
      unit = frame.unit;
      this.counters.data += 1;
      this.counters.bytes += unit.bytes;
      if (unit.stored.byteLength === 0) this.counters.emptyValues += 1;
      if (this.#verified && unit.stored.byteLength > 0) return { kind: 'data', units: [unit] };
      this.#unchecked = unit;
    }
    const range = await this.#verify(unit, signal);
    this.#unchecked = undefined;
    this.#verified = true;
    return { kind: 'data', units: [unit], range };
  }

  close(): void {
    this.#options.subscription.close();
  }

  async #verify(unit: RecordUnit, signal: AbortSignal): Promise<PartitionRange> {
    const { lookUp, subscription } = this.#options;
    const { unit: logged, range } = await lookUp(unit.baseOffset, { operation: this.#operation, signal });
    if (logged?.tsNs !== unit.tsNs) {
      this.#contradiction('stream_position');
      const log = logged === undefined ? 'none' : `one of time ${logged.tsNs}`;
      throw new EngineError(
        'contradiction',
        `${subscription.what}: the stream brought a record of time ${unit.tsNs} for offset ${unit.baseOffset}, the log has ${log}`,
      );
    }
    if (logged.stored.byteLength !== unit.stored.byteLength) {
      this.#contradiction('value_lost');
      throw new EngineError(
        'contradiction',
        `${subscription.what}: the stream brought ${unit.stored.byteLength} bytes for offset ${unit.baseOffset}, the log has ${logged.stored.byteLength}`,
      );
    }
    return range;
  }

  #count(kind: string): void {
    this.counters.frames += 1;
    this.#options.instruments.add('seaglass_stream_frames_total', { kind });
  }

  #contradiction(kind: string): void {
    this.#options.instruments.add('seaglass_engine_contradictions_total', { kind });
  }
}
