/** One run of the script against one broker: requests in turn, every answer kept as text, ids learnt on the way. */
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import {
  createListOffsetsPartition,
  createListOffsetsRequest,
  createListOffsetsTopic,
} from '../../src/protocol/generated/list-offsets';
import { type TopicId, ZERO_TOPIC_ID } from '../../src/types';
import { KafkaClient, LIST_OFFSETS, METADATA, type Codec } from '../support/kafka-client';
import { createTopic } from '../e2e/support';
import { answerText } from './answer-text';
import { Masks } from './masks';

/** What was asked in which version, and the answer's lines. */
export interface Exchange {
  readonly api: string;
  readonly version: number;
  readonly what: string;
  readonly lines: readonly string[];
}

export class Script {
  readonly exchanges: Exchange[] = [];
  readonly masks = new Masks();
  readonly #connect: () => Promise<KafkaClient>;
  readonly #ids = new Map<string, TopicId>();
  #client: KafkaClient | undefined;

  /** A port of this machine, or how its broker is connected to. */
  constructor(broker: number | (() => Promise<KafkaClient>)) {
    this.#connect = typeof broker === 'number' ? () => KafkaClient.connect(broker, 'script') : broker;
  }

  /** Asks in the newest version, or the one that is given. A connection that the broker closes is an answer, too. */
  async ask<Request, Response extends object>(
    codec: Codec<Request, Response>,
    what: string,
    request: Request,
    version = codec.facts.requestVersions.max,
  ): Promise<Response | undefined> {
    const answer = await this.untold(codec, request, version);
    const lines = answer === undefined ? ['. {"connection":"closed"}'] : answerText(answer, this.masks);
    this.exchanges.push({ api: codec.facts.name, version, what, lines });
    return answer;
  }

  /** Asks in every version from `from` on. */
  async askInAll<Request, Response extends object>(
    codec: Codec<Request, Response>,
    what: string,
    request: Request | ((version: number) => Request),
    from = codec.facts.requestVersions.min,
  ): Promise<void> {
    for (let version = from; version <= codec.facts.requestVersions.max; version++) {
      await this.ask(codec, what, request instanceof Function ? request(version) : request, version);
    }
  }

  /** Asks without keeping the answer; undefined where the connection was closed instead. */
  async untold<Request, Response>(
    codec: Codec<Request, Response>,
    request: Request,
    version?: number,
  ): Promise<Response | undefined> {
    const client = await this.client();
    const answer = within(client.call(codec, request, version), `${codec.facts.name} of version ${version}`);
    const first = await answer.catch((error: unknown) => {
      if (error instanceof Error && error.message === 'the connection was closed') return undefined;
      throw error;
    });
    if (first === undefined) this.#client = undefined;
    return first;
  }

  async client(): Promise<KafkaClient> {
    this.#client ??= await this.#connect();
    return this.#client;
  }

  /** Makes a topic that keeps what the script writes, and waits until all its partitions serve. */
  async topic(name: string, partitions = 1, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const code = await createTopic(await this.client(), name, { 'retention.ms': '-1', ...settings }, partitions);
    if (code !== 0) throw new Error(`expected the topic ${name} to be made, got error ${code}`);
    await this.know(name);
  }

  /** Waits until the broker knows the topic and leads its partitions: in Kafka both follow the controller's answer. */
  async know(name: string): Promise<void> {
    const topics = [createMetadataRequestTopic({ name })];
    for (;;) {
      const request = createMetadataRequest({ topics, allowAutoTopicCreation: false });
      const found = (await this.untold(METADATA, request))?.topics[0];
      if (found?.errorCode !== 0) continue;
      const partitions = found.partitions.map(({ partitionIndex }) =>
        createListOffsetsPartition({ partitionIndex, timestamp: -1 }),
      );
      const question = createListOffsetsRequest({
        replicaId: -1,
        topics: [createListOffsetsTopic({ name, partitions })],
      });
      const ends = (await this.untold(LIST_OFFSETS, question))?.topics[0]?.partitions ?? [];
      if (ends.some(({ errorCode }) => errorCode !== 0)) continue;
      this.#ids.set(name, found.topicId);
      this.masks.learn(found.topicId, name);
      return;
    }
  }

  /** The topic's id, once it is known; the one that nobody has for a topic that is not. */
  idOf(name: string): TopicId {
    return this.#ids.get(name) ?? ZERO_TOPIC_ID;
  }

  async end(): Promise<void> {
    await this.#client?.close();
  }
}

const ANSWER_DEADLINE_MS = 20_000;

/** Rejects where neither an answer nor the end of the connection comes in time. */
export async function within<T>(answer: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} was not answered in ${ANSWER_DEADLINE_MS} ms`)),
      ANSWER_DEADLINE_MS,
    );
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
