/**
 * Asks where a partition's log ends, the broker and the log files, and tells the state what came (log-end-state.ts). What the answers
 * mean is decided there alone; here are the calls and their order.
 */
import type { Clock } from '../../../clock';
import { SeaweedMessagingService } from '../../../rpc/mq_broker';
import type { Partition } from '../../../rpc/mq_schema';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset } from '../../../types';
import { EngineError } from '../../../engine-error';
import type { MqCluster } from '../mq-cluster';
import type { FlushedLog } from './flushed-log';
import { afterEvent, endOf, NOTHING_KNOWN } from './log-end-state';
import type { LogEndEvent, LogEndState } from './log-end-state';
import { mqTopic } from '../topics/partition-ring';

export interface LogEndOptions {
  readonly cluster: MqCluster;
  readonly topic: string;
  readonly partition: Partition;
  readonly clock: Clock;
}

export class LogEnd {
  readonly #options: LogEndOptions;
  readonly #flushed: FlushedLog;
  #state: LogEndState = NOTHING_KNOWN;

  constructor(flushed: FlushedLog, options: LogEndOptions) {
    this.#flushed = flushed;
    this.#options = options;
  }

  /** Offsets below were given to records: acks, files and what a broker said before it was in doubt tell. */
  get given(): Offset {
    return this.#state.given;
  }

  /** The broker gave the offsets below it. */
  reached(end: Offset): void {
    this.#moved({ kind: 'reached', end });
  }

  /** Where the broker says that the log ends, less what its answers are known to be too far. */
  async ask(leader: string, context: CallContext): Promise<Offset> {
    return (await this.#ask(leader, context)).told;
  }

  /** The log's end: what the broker says, and where that is before the end of the log files, what they say; and its bare answer. */
  async find(
    leader: string,
    context: CallContext,
  ): Promise<{ readonly answer: Offset; readonly told: Offset; readonly end: Offset }> {
    // Asked for first: what is flushed in between is no contradiction.
    await this.kept(context);
    const { answer, told } = await this.#ask(leader, context);
    this.#moved({ kind: 'heard', end: told });
    const kept = await this.kept(context);
    return { answer, told, end: kept > told ? kept : told };
  }

  /** A publisher keeps the partition loaded at `leader` until the returned function is called. */
  hold(leader: string): () => void {
    this.#moved({ kind: 'held', leader });
    let held = true;
    return () => {
      if (held) this.#moved({ kind: 'released', leader });
      held = false;
    };
  }

  /** The broker answered a publisher with `answer`, and gave `offset` to the first thing it wrote. */
  placed(answer: Offset, offset: Offset): void {
    this.#moved({ kind: 'placed', answer, offset });
  }

  /** A record before `end` was read, or an ack told of it. */
  saw(end: Offset): void {
    this.#moved({ kind: 'saw', end });
  }

  /** No way to read brings anything from `end` on, and the record before it is there. */
  async nothingAt(end: Offset, leader: string, context: CallContext): Promise<void> {
    await this.ask(leader, context);
    this.#moved({ kind: 'nothing_at', end, nowMs: this.#options.clock.monotonicMs() });
  }

  /** What was said to lie behind was taken away on purpose. */
  wentBack(end: Offset): void {
    this.#moved({ kind: 'went_back', end });
  }

  /** Another broker, or the same begun anew, may count on from elsewhere: what was said before then holds no more. */
  brokerInDoubt(): void {
    this.#moved({ kind: 'in_doubt' });
  }

  /** What is in files is looked up again. */
  forget(): void {
    this.#moved({ kind: 'forgotten' });
  }

  /** Offsets below are in log files, as they were when the broker was first asked; to be asked for before the broker is. */
  async kept(context: CallContext): Promise<Offset> {
    if (this.#state.kept !== undefined) return this.#state.kept;
    const { doubts } = this.#state;
    await this.#flushed.refresh(0, context);
    const end = await this.#flushed.end(context);
    const after = this.#moved({ kind: 'files', end, doubts });
    return after.doubts === doubts ? (after.kept ?? end) : end;
  }

  async #ask(leader: string, context: CallContext): Promise<{ readonly answer: Offset; readonly told: Offset }> {
    const { cluster, topic, partition, clock } = this.#options;
    this.#moved({ kind: 'asked' });
    const { asked: ask, seen } = this.#state;
    const { error, offsetRange } = await cluster.call(
      leader,
      SeaweedMessagingService.getPartitionRangeInfo,
      { topic: mqTopic(topic), partition },
      context,
    );
    if (error !== '') throw new EngineError('unavailable', `range of ${topic} at ${leader}: ${error}`);
    const answer = toOffset(Number(offsetRange?.highWaterMark ?? 0n));
    this.#moved({ kind: 'answered', ask, leader, answer, seen, nowMs: clock.monotonicMs() });
    return { answer, told: endOf(this.#state, answer) };
  }

  #moved(event: LogEndEvent): LogEndState {
    this.#state = afterEvent(this.#state, event);
    return this.#state;
  }
}
