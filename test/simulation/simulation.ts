/**
 * One run: steps that chance chooses, against the system and against the model, which must agree after every one. What is done and which data is
 * sent follows from the seed alone; at which offset each of several batches sent at once ends up may differ from run to run.
 */
import { createHash } from 'node:crypto';
import { ErrorCode } from '../../src/protocol/error-code';
import type { FsyncPolicy } from '../../src/node/append/appender';
import type { KafkaClient } from '../support/kafka-client';
import { recover } from './crashes';
import { agree, Disagreement } from './disagreement';
import { Draws, seededRandom } from './draws';
import { Model, type SideName } from './model';
import type { ModelPartition } from './model-partition';
import { Reader } from './readers';
import { NO_TOPIC, topicIdOf } from './requests';
import { SentBatches, type Producing, type SentBatch } from './sent-batches';
import { SimulatedTime, turns } from './simulated-time';
import { chooseStep } from './steps';
import { System } from './system';
import { NOTICE_MS } from './told';
import { Writer } from './writers';

/** A request as it begins: what may excuse its failure. */
export interface Attempt {
  readonly side: SideName;
  /** The gateway that answers, as long as it runs. */
  readonly teller: object;
  readonly crashes: number;
  readonly pushes: number;
  readonly mayBeOld: boolean;
}

/** Codes that say: ask again. */
const PASSING: ReadonlySet<number> = new Set([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
]);
/** What whoever takes a topic for the one that it was may say besides. */
const OUTDATED: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.INVALID_RECORD,
  ErrorCode.POLICY_VIOLATION,
]);
const NOBODY = {};
const METADATA_TRIES_MAX = 50;
const TURNS_PER_TRY = 20;
const SLOW_PUSHES = 4;
const HISTORY = 40;

export interface SimulationOptions {
  /** Power is lost although acks promise no more than to survive a kill: the model must disagree before long. */
  readonly losesUnsynced?: boolean;
}

export class Simulation {
  readonly time = new SimulatedTime();
  readonly model = new Model();
  readonly batches = new SentBatches();
  readonly readers = [
    new Reader('r0', 'near'),
    new Reader('r1', 'far'),
    new Reader('r2', 'near'),
    new Reader('r3', 'far'),
  ];
  readonly pollers = [new Reader('p0', 'near'), new Reader('p1', 'far')];
  readonly writers = [
    new Writer('w0', 'near', false),
    new Writer('w1', 'far', false),
    new Writer('w2', 'near', true),
    new Writer('w3', 'far', true),
  ];
  readonly fsync: FsyncPolicy;
  readonly losesUnsynced: boolean;
  readonly operations = new Map<string, number>();
  readonly history: string[] = [];
  recordsRead = 0;
  excused = 0;
  /** Crashes so far; a request during which it grows may fail. */
  crashes = 0;
  isCrashing = false;
  /** The far gateway lost its node, and was not seen to have found the new one. */
  farLostNode = false;
  steps = 0;
  readonly #seed: number;
  readonly #digest = createHash('sha256');
  readonly #failures: unknown[] = [];
  readonly #polls = new Map<Reader, { readonly untilMs: number; readonly work: Promise<unknown> }>();
  #system: System | undefined;

  constructor(seed: number, { losesUnsynced = false }: SimulationOptions = {}) {
    this.#seed = seed;
    this.losesUnsynced = losesUnsynced;
    const draws = new Draws(seed, -1);
    this.fsync = losesUnsynced
      ? 'os'
      : draws.weighted([
          ['always', 3],
          ['os', 3],
          ['interval', 1],
        ] as const);
    this.#smallCache = draws.percent(50);
  }

  readonly #smallCache: boolean;

  get system(): System {
    if (this.#system === undefined) throw new Error('the system is not started');
    return this.#system;
  }

  get removed(): ReadonlyMap<string, number> {
    return this.#system?.removed ?? new Map<string, number>();
  }

  /** What was done and sent so far, in short: the same in every run of a seed. */
  get digest(): string {
    return this.#digest.copy().digest('hex').slice(0, 16);
  }

  async start(): Promise<void> {
    const cache = this.#smallCache ? { tailCacheBytesMax: 64 * 1024 } : {};
    const random = seededRandom(this.#seed);
    this.#system = await System.start({ time: this.time, random, fsync: this.fsync, ...cache });
    for (const writer of this.writers) await writer.start(this);
  }

  /** Throws Disagreement. */
  async step(): Promise<void> {
    const draws = new Draws(this.#seed, this.steps);
    this.steps += 1;
    const { name, run } = chooseStep(draws);
    if (this.farLostNode) await recover(this, draws);
    this.note(name, '');
    await run(this, draws);
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  async close(): Promise<void> {
    await this.#system?.close();
  }

  /** Counts what is done, and remembers it. `data` is the seed's choice and part of the digest; `result` is not. */
  note(kind: string, data: string, result = ''): void {
    this.operations.set(kind, (this.operations.get(kind) ?? 0) + 1);
    this.#digest.update(`${this.steps} ${kind} ${data}\n`);
    this.remember(`${kind} ${data} ${result}`);
  }

  remember(line: string): void {
    this.history.push(`${this.steps}: ${line} [${this.time.node.monotonicMs()} ms]`);
    if (this.history.length > HISTORY) this.history.shift();
  }

  /** A long poll goes on in the background; it is over by a time that is known. */
  polls(poller: Reader, maxWaitMs: number, work: Promise<unknown>): void {
    this.#polls.set(poller, { untilMs: this.time.node.monotonicMs() + maxWaitMs, work });
    this.watch(work);
  }

  /** Lets the time of the reader's last poll come, and waits for it. */
  async polled(poller: Reader): Promise<void> {
    const poll = this.#polls.get(poller);
    if (poll === undefined) return;
    this.#polls.delete(poller);
    await this.time.pass(Math.max(0, poll.untilMs - this.time.node.monotonicMs()));
    await this.time.until(poll.work, `the long poll of ${poller.name}`);
  }

  /** Of work that nobody waits for. */
  watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#failures.push(error));
  }

  makes(writer: string, partition: ModelPartition, draws: Draws, producing?: Producing): SentBatch {
    const batch = this.batches.make(partition, draws, this.time.now.nodeMs, producing);
    partition.sent(batch);
    const crc = batch.bytes.readUInt32BE(17).toString(16);
    this.note(
      'batch',
      `${batch.serial} (${batch.records.length} records, ${batch.bytes.length} bytes, crc ${crc}) by ${writer} to ${partition.name}`,
    );
    return batch;
  }

  /** Begins a request about a topic, or none. A side that must know of a change by now is asked whether it does. */
  async attempt(side: SideName, topic?: string): Promise<Attempt> {
    const { model, time } = this;
    const change = model.unsettled(side).find(({ name }) => name === topic);
    const isDue = change !== undefined && time.now.gatewaysMs - change.atMs > NOTICE_MS;
    if (isDue) {
      await this.#learns(side, change.name);
      model.settled(change.name);
    }
    const mayBeOld = change !== undefined && !isDue;
    return { side, teller: this.system.running(side) ?? NOBODY, crashes: this.crashes, pushes: time.pushes, mayBeOld };
  }

  /** A list of topics that is under way when it is due is not waited for: the next answer, or one soon after, must be of the new one. */
  async #learns(side: SideName, name: string): Promise<void> {
    const expected = this.model.topics.find((topic) => topic.name === name)?.id ?? NO_TOPIC;
    let id: string | undefined;
    for (let tries = 0; tries < METADATA_TRIES_MAX; tries += 1) {
      id = await this.asks('metadata', side, 'admin', (client) => topicIdOf(client, name));
      if (id === undefined || id === expected) return;
      await turns(TURNS_PER_TRY);
    }
    agree(false, () => `${side} takes ${name} for the topic of id ${id}, not for that of id ${expected}`);
  }

  /** Undefined where the connection ended with a crash. */
  async asks<T>(
    what: string,
    side: SideName,
    who: string,
    ask: (client: KafkaClient) => Promise<T>,
  ): Promise<T | undefined> {
    const { crashes } = this;
    try {
      const client = await this.system.client(side, who);
      return await this.time.until(ask(client), `${what} on ${side}`);
    } catch (error) {
      if (this.isCrashing || this.crashes !== crashes) return undefined;
      throw error instanceof Disagreement
        ? error
        : new Disagreement(`${what} on ${side}: ${String(error)}`, { cause: error });
    }
  }

  hasCrashed({ crashes }: Attempt): boolean {
    return this.isCrashing || this.crashes !== crashes;
  }

  /** True for NONE, false for what a crash or a change of the topic excuses. Throws Disagreement otherwise. */
  holds(errorCode: number, attempt: Attempt, what: string): boolean {
    if (errorCode === ErrorCode.NONE) return true;
    const { side, mayBeOld } = attempt;
    // A machine that is this slow lets deadlines pass.
    const isSlow = this.time.pushes - attempt.pushes >= SLOW_PUSHES;
    const recovers = side === 'far' && this.farLostNode;
    const isPassing = PASSING.has(errorCode) && (this.hasCrashed(attempt) || recovers || mayBeOld || isSlow);
    if (!isPassing && !(mayBeOld && OUTDATED.has(errorCode))) {
      throw new Disagreement(`${what} error ${errorCode}`);
    }
    this.excused += 1;
    return false;
  }
}
