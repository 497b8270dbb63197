/**
 * The storage of committed offsets is stopped (SIGSTOP, SIGCONT) and killed (SIGKILL, started again) while clients commit and fetch over
 * the wire. Method: each client owns one partition and commits 1, 2, 3 … in turn, each until it is acked; what it reads may never be less
 * than what was acked, nor "none". Every answer comes in time, that of a refusal too.
 */
import { ErrorCode } from '../../src/protocol/error-code';
import * as createTopics from '../../src/protocol/generated/create-topics';
import * as commits from '../../src/protocol/generated/offset-commit';
import * as fetches from '../../src/protocol/generated/offset-fetch';
import { toOffset, toPartitionId } from '../../src/types';
import type { Child } from '../support/child';
import type { Codec } from '../support/kafka-client';
import { KafkaClient } from '../support/kafka-client';

/** The process that stores the offsets. */
export interface Storage {
  readonly process: Child;
  /** Starts it again after it was killed. */
  restart(): Promise<void>;
}

const COMMIT: Codec<commits.OffsetCommitRequest, commits.OffsetCommitResponse> = {
  facts: commits.offsetCommitApi,
  write: commits.writeOffsetCommitRequest,
  read: commits.readOffsetCommitResponse,
};
const FETCH: Codec<fetches.OffsetFetchRequest, fetches.OffsetFetchResponse> = {
  facts: fetches.offsetFetchApi,
  write: fetches.writeOffsetFetchRequest,
  read: fetches.readOffsetFetchResponse,
};
const CREATE: Codec<createTopics.CreateTopicsRequest, createTopics.CreateTopicsResponse> = {
  facts: createTopics.createTopicsApi,
  write: createTopics.writeCreateTopicsRequest,
  read: createTopics.readCreateTopicsResponse,
};
const CLIENTS = 4;
/** What any answer may take: the deadline of a storage's call is 1 s here, of a commit 5 s; the rest is for a busy machine. */
const ANSWER_MS_MAX = 30_000;
const RETRIABLE: readonly number[] = [ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS];

class Committer {
  readonly #client: KafkaClient;
  readonly #partition: number;
  acked = 0;
  refusals = 0;
  /** What the slowest answer took. */
  slowestMs = 0;
  /** Called at each refusal. */
  onRefusal: () => void = () => undefined;

  constructor(client: KafkaClient, partition: number) {
    this.#client = client;
    this.#partition = partition;
  }

  /** Commits the next offset until it is acked, then reads it. */
  async step(): Promise<void> {
    const offset = this.acked + 1;
    while ((await this.#commit(offset)) !== ErrorCode.NONE) this.#refused();
    this.acked = offset;
    await this.check();
  }

  async check(): Promise<void> {
    for (;;) {
      const topics = [
        fetches.createOffsetFetchRequestTopics({ name: 't', partitionIndexes: [toPartitionId(this.#partition)] }),
      ];
      const groups = [fetches.createOffsetFetchRequestGroup({ groupId: 'g', topics })];
      const request = fetches.createOffsetFetchRequest({ groups });
      const group = (await this.#inTime(this.#client.call(FETCH, request, 8))).groups[0];
      if (group?.errorCode === ErrorCode.NONE) {
        expect(group.topics[0]?.partitions).toMatchObject([{ committedOffset: this.acked, errorCode: ErrorCode.NONE }]);
        return;
      }
      expect(RETRIABLE).toContain(group?.errorCode);
      this.#refused();
    }
  }

  #refused(): void {
    this.refusals += 1;
    this.onRefusal();
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const asked = performance.now();
    const answered = await answer;
    const tookMs = performance.now() - asked;
    this.slowestMs = Math.max(this.slowestMs, tookMs);
    expect(tookMs).toBeLessThan(ANSWER_MS_MAX);
    return answered;
  }

  async #commit(offset: number): Promise<number> {
    const partitions = [
      commits.createOffsetCommitRequestPartition({
        partitionIndex: toPartitionId(this.#partition),
        committedOffset: toOffset(offset),
        committedMetadata: null,
      }),
    ];
    const topics = [commits.createOffsetCommitRequestTopic({ name: 't', partitions })];
    const request = commits.createOffsetCommitRequest({ groupId: 'g', generationIdOrMemberEpoch: -1, topics });
    const code = (await this.#inTime(this.#client.call(COMMIT, request, 8))).topics[0]?.partitions[0]?.errorCode ?? -1;
    if (code !== ErrorCode.NONE) expect(RETRIABLE).toContain(code);
    return code;
  }
}

export async function committedThroughOutages(port: number, storage: Storage): Promise<void> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => KafkaClient.connect(port)));
  const [first] = clients;
  const topics = [createTopics.createCreatableTopic({ name: 't', numPartitions: CLIENTS, replicationFactor: 1 })];
  const request = createTopics.createCreateTopicsRequest({ topics, timeoutMs: 10_000 });
  expect((await first?.call(CREATE, request, 7))?.topics[0]?.errorCode).toBe(ErrorCode.NONE);
  const committers = clients.map((client, partition) => new Committer(client, partition));
  const total = () => committers.reduce((sum, { acked }) => sum + acked, 0);
  const refused = () => committers.reduce((sum, { refusals }) => sum + refusals, 0);

  let running = true;
  let stepped: () => void = () => undefined;
  const loops = committers.map(async (committer) => {
    while (running) {
      await committer.step();
      stepped();
    }
  });
  const wake = (): void => {
    for (const committer of committers) committer.onRefusal = () => stepped();
  };
  wake();
  const progress = async (steps: number): Promise<void> => {
    for (const goal = total() + steps; total() < goal;) {
      // One that dies by itself, of what it was asked while it was stopped, is started again as a supervisor would.
      if (!storage.process.running) await storage.restart();
      await Promise.race([new Promise<void>((resolve) => (stepped = resolve)), ...loops]);
    }
  };

  await progress(100);
  for (let round = 0; round < 2; round += 1) {
    storage.process.signal('SIGSTOP');
    // While it is stopped a request is refused, within its deadline.
    const refusal = new Promise<void>((resolve) => {
      for (const committer of committers) committer.onRefusal = resolve;
    });
    await Promise.race([refusal, ...loops]);
    wake();
    storage.process.signal('SIGCONT');
    await progress(100);
    await storage.process.kill();
    await storage.restart();
    await progress(100);
  }
  running = false;
  await Promise.all(loops);
  for (const committer of committers) await committer.check();
  const slowestMs = Math.round(Math.max(...committers.map((each) => each.slowestMs)));
  process.stdout.write(
    `${total()} commits acked, ${refused()} requests refused and asked again, the slowest answer after ${slowestMs} ms\n`,
  );
  expect(refused()).toBeGreaterThan(0);
  for (const client of clients) await client.close();
}
