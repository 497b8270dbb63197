/**
 * The storage of committed offsets is stopped (SIGSTOP, SIGCONT) and killed (SIGKILL, started again) while clients commit and fetch over
 * the wire. Method: each client owns one partition and commits 1, 2, 3 … in turn, each until it is acked; what it reads may never be less
 * than what was acked, nor "none". The embedded node runs as a process of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import * as createTopics from '../../src/protocol/generated/create-topics';
import * as commits from '../../src/protocol/generated/offset-commit';
import * as fetches from '../../src/protocol/generated/offset-fetch';
import { toOffset, toPartitionId } from '../../src/types';
import type { Child } from '../support/child';
import { startGatewayProcess, startMain } from '../support/gateway-process';
import type { GatewayProcess } from '../support/gateway-process';
import type { Codec } from '../support/kafka-client';
import { KafkaClient } from '../support/kafka-client';
import { freePorts } from '../support/weed';

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
const TIMEOUT_MS = 180_000;
const RETRIABLE: readonly number[] = [ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS];

class Committer {
  readonly #client: KafkaClient;
  readonly #partition: number;
  acked = 0;
  refusals = 0;
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
      const group = (await this.#client.call(FETCH, fetches.createOffsetFetchRequest({ groups }), 8)).groups[0];
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
    const code = (await this.#client.call(COMMIT, request, 8)).topics[0]?.partitions[0]?.errorCode ?? -1;
    if (code !== ErrorCode.NONE) expect(RETRIABLE).toContain(code);
    return code;
  }
}

describe('a node that stores committed offsets', () => {
  const data = mkdtempSync(join(tmpdir(), 'offset-outages-'));
  let address: string;
  let node: Child;
  let gateway: GatewayProcess;

  const startNode = async (): Promise<void> => {
    node = startMain(['node', '--node-listen', address, '--data', data]);
    await node.printed(/seaglass node is ready/, 30_000);
  };

  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    address = `127.0.0.1:${port}`;
    await startNode();
    gateway = await startGatewayProcess({ flags: ['--node-connect', address, '--deadlines-call-ms', '1000'] });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateway.stop();
    await node.kill();
    rmSync(data, { recursive: true, force: true });
  }, TIMEOUT_MS);

  test(
    'loses no acked commit and steps none back when it is stopped and killed, and clients go on by themselves',
    async () => {
      const port = Number(gateway.bootstrap.split(':')[1]);
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
      const progress = async (steps: number): Promise<void> => {
        for (const goal = total() + steps; total() < goal;) {
          await Promise.race([new Promise<void>((resolve) => (stepped = resolve)), ...loops]);
        }
      };

      await progress(100);
      for (let round = 0; round < 2; round += 1) {
        node.signal('SIGSTOP');
        // While it is stopped a request is refused, within its deadline.
        await new Promise<void>((resolve) => {
          for (const committer of committers) committer.onRefusal = resolve;
        });
        node.signal('SIGCONT');
        await progress(100);
        await node.kill();
        await startNode();
        await progress(100);
      }
      running = false;
      await Promise.all(loops);
      for (const committer of committers) await committer.check();
      process.stdout.write(`${total()} commits acked, ${refused()} requests refused and asked again\n`);
      expect(refused()).toBeGreaterThan(0);
      for (const client of clients) await client.close();
    },
    TIMEOUT_MS,
  );
});
