/**
 * Where a partition's log ends. The broker says it, and not always truly. SeaweedFS 4.48 notes the last offset it gave every two
 * seconds, apart from the records, so a broker that ends in between, even in order, begins again before records that are in its log
 * files and that consumers have read: the files and this gateway's memory tell, and what writes next has to go on behind them. What it
 * answers may also be too far (too-far.ts).
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
import { mqTopic } from '../topics/partition-ring';
import { TooFar } from './too-far';

export interface LogEndOptions {
  readonly cluster: MqCluster;
  readonly topic: string;
  readonly partition: Partition;
  readonly clock: Clock;
}

export class LogEnd {
  readonly #options: LogEndOptions;
  readonly #flushed: FlushedLog;
  #kept: Offset | undefined;
  /** Changes with each doubt: what was looked up before is not kept then. */
  #doubts = 0;
  #given: Offset = toOffset(0);
  /** What the broker said since it was last in doubt. */
  #told: Offset = toOffset(0);
  #behindAt: Offset | undefined;
  /** Behind the last record that was read, or that an ack told of. */
  #seen: Offset = toOffset(0);
  readonly #tooFar: TooFar;
  /** Counts the questions asked; the last of them whose answer was taken. */
  #asks = 0;
  #taken = 0;

  constructor(flushed: FlushedLog, options: LogEndOptions) {
    this.#flushed = flushed;
    this.#options = options;
    this.#tooFar = new TooFar(options.clock);
  }

  /** Offsets below were given to records: acks, files and what a broker said before it was in doubt tell. */
  get given(): Offset {
    return this.#given;
  }

  /** The broker gave the offsets below it. */
  reached(end: Offset): void {
    this.#given = later(this.#given, end);
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
    this.#heard(told);
    return { answer, told, end: later(await this.kept(context), told) };
  }

  /** A publisher keeps the partition loaded until the returned function is called. */
  hold(leader: string): () => void {
    return this.#tooFar.hold(leader);
  }

  /** The broker answered a publisher with `answer`, and gave `offset` to the first thing it wrote. */
  placed(answer: Offset, offset: Offset): void {
    this.#tooFar.placed(answer, offset);
    if (answer > offset) this.#told = toOffset(0);
  }

  /** A record before `end` was read, or an ack told of it. */
  saw(end: Offset): void {
    this.#seen = later(this.#seen, end);
  }

  /** No way to read brings anything from `end` on, and the record before it is there. */
  async nothingAt(end: Offset, leader: string, context: CallContext): Promise<void> {
    await this.ask(leader, context);
    if (this.#tooFar.nothingAt(end)) this.#told = toOffset(0);
  }

  /** What was said to lie behind was taken away on purpose. */
  wentBack(end: Offset): void {
    this.#given = end;
  }

  /** Another broker, or the same begun anew, may count on from elsewhere: what was said before then holds no more, and must not be given again. */
  brokerInDoubt(): void {
    this.#tooFar.forget();
    this.#seen = toOffset(0);
    this.#given = later(this.#given, this.#told);
    this.#told = toOffset(0);
    this.forget();
  }

  /** What is in files is looked up again. */
  forget(): void {
    this.#kept = undefined;
    this.#behindAt = undefined;
    this.#doubts += 1;
  }

  /** Offsets below are in log files, as they were when the broker was first asked; to be asked for before the broker is. */
  async kept(context: CallContext): Promise<Offset> {
    if (this.#kept !== undefined) return this.#kept;
    const doubts = this.#doubts;
    await this.#flushed.refresh(0, context);
    const end = await this.#flushed.end(context);
    this.reached(end);
    if (doubts !== this.#doubts) return end;
    // Another who asked at the same time may have heard of more.
    this.#kept = later(this.#kept, end);
    return this.#kept;
  }

  async #ask(leader: string, context: CallContext): Promise<{ readonly answer: Offset; readonly told: Offset }> {
    const { cluster, topic, partition } = this.#options;
    const request = { topic: mqTopic(topic), partition };
    this.#asks += 1;
    const [ask, seen] = [this.#asks, this.#seen];
    const { error, offsetRange } = await cluster.call(
      leader,
      SeaweedMessagingService.getPartitionRangeInfo,
      request,
      context,
    );
    if (error !== '') throw new EngineError('unavailable', `range of ${topic} at ${leader}: ${error}`);
    const answer = toOffset(Number(offsetRange?.highWaterMark ?? 0n));
    if (ask < this.#taken) return { answer, told: this.#tooFar.outdated(answer) };
    this.#taken = ask;
    return { answer, told: this.#tooFar.corrected({ leader, answer, seen }) };
  }

  #heard(end: Offset): void {
    const known = later(this.#given, this.#told);
    this.#told = later(this.#told, end);
    if (end >= known || end === this.#behindAt) return;
    // It began anew, and may have flushed before.
    this.#given = known;
    this.#told = toOffset(0);
    this.forget();
    this.#behindAt = end;
  }
}

const later = (known: Offset | undefined, heard: Offset): Offset =>
  known !== undefined && known > heard ? known : heard;
