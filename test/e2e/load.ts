/** Traffic that goes on while an engine is stopped, killed and restarted; what each request got, and how long it took. */
import { ErrorCode } from '../../src/protocol/error-code';
import { isRetriable } from '../support/retriable';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { readRecords } from '../engine/batches';
import { METADATA, type KafkaClient } from '../support/kafka-client';
import { batchOf } from './support';
import { expectWithin } from '../support/measured';

/** What a client waits itself, ms; a request ends within it and two seconds. */
const WAITS = { fetch: 500, produce: 1_500, metadata: 0 } as const;
type Kind = keyof typeof WAITS;
const KINDS: readonly Kind[] = ['fetch', 'produce', 'metadata'];
const RECOVERY_MS_MAX = 60_000;
/** What a request may take past its client's own wait: two seconds, a produce nothing, and what a quiet machine needs itself. */
const PAST_WAIT_MS_MAX = { fetch: 2_500, produce: 500, metadata: 2_500 } as const;
const PAUSE_MS = 20;

/** For waits that are part of the scenario (an engine stopped for eight seconds) and not of a claim. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Load {
  /** Values by the offset that was acked for them. */
  readonly acked = new Map<number, string>();
  /** How far past its own wait the slowest request of each kind ended, ms. */
  readonly slowest: Record<Kind, number> = { fetch: 0, produce: 0, metadata: 0 };
  /** Error codes that are not for retrying, wrong records: nothing may be here. */
  readonly wrong: string[] = [];
  /** Offsets that no record was delivered for: an engine may use one up for a record that it then refuses. */
  readonly skipped: number[] = [];
  readonly failures = new Map<string, number>();
  readonly #topic: string;
  readonly #served: Record<Kind, (() => void)[]> = { fetch: [], produce: [], metadata: [] };
  readonly #running: Promise<void>[];
  #sent = 0;
  #read = 0;
  #stopped = false;

  constructor(topic: string, clients: Readonly<Record<Kind, KafkaClient>>) {
    this.#topic = topic;
    this.#running = [
      this.#repeat('fetch', () => this.#fetch(clients.fetch)),
      this.#repeat('produce', () => this.#produce(clients.produce)),
      this.#repeat('metadata', () => this.#metadata(clients.metadata)),
    ];
  }

  /** How long until every kind of request, begun from now on, is served again, ms. Rejects past a minute. */
  async recovered(): Promise<number> {
    const startedMs = performance.now();
    await this.#all(RECOVERY_MS_MAX);
    return Math.round(performance.now() - startedMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #all(deadlineMs: number): Promise<void> {
    const served = KINDS.map((kind) => new Promise<void>((resolve) => this.#served[kind].push(resolve)));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const waiting = KINDS.filter((kind) => this.#served[kind].length > 0);
        reject(
          new Error(`not served within ${deadlineMs} ms: ${waiting.join(', ')}; ${JSON.stringify([...this.failures])}`),
        );
      }, deadlineMs);
    });
    await Promise.race([Promise.all(served), late]);
    clearTimeout(timer);
  }

  async #repeat(kind: Kind, request: () => Promise<number>): Promise<void> {
    while (!this.#stopped) {
      const startedMs = performance.now();
      const waiting = this.#served[kind].splice(0);
      const code = await request();
      this.slowest[kind] = Math.max(this.slowest[kind], Math.round(performance.now() - startedMs - WAITS[kind]));
      if (code === ErrorCode.NONE) waiting.forEach((resolve) => resolve());
      else {
        this.#served[kind].push(...waiting);
        const name = `${kind} ${code}`;
        this.failures.set(name, (this.failures.get(name) ?? 0) + 1);
        if (!isRetriable(code)) this.wrong.push(name);
      }
      await pause(PAUSE_MS);
    }
  }

  async #fetch(client: KafkaClient): Promise<number> {
    const { partition, records } = await client.fetch(this.#topic, this.#read, { maxWaitMs: WAITS.fetch });
    for (const { offset, value } of readRecords([records])) {
      if (offset < this.#read) continue;
      for (let skipped = this.#read; skipped < offset; skipped++) this.skipped.push(skipped);
      if (!/^value \d+$/.test(value?.toString() ?? ''))
        this.wrong.push(`a value of ${String(value?.length)} bytes at ${offset}`);
      this.#read = offset + 1;
    }
    return partition.errorCode;
  }

  async #produce(client: KafkaClient): Promise<number> {
    const value = `value ${this.#sent++}`;
    const answer = await client.produce(this.#topic, batchOf(value), { timeoutMs: WAITS.produce });
    if (answer.errorCode === ErrorCode.NONE) this.acked.set(Number(answer.baseOffset), value);
    return answer.errorCode;
  }

  async #metadata(client: KafkaClient): Promise<number> {
    const topics = [createMetadataRequestTopic({ name: this.#topic })];
    const answer = await client.call(METADATA, createMetadataRequest({ topics, allowAutoTopicCreation: false }));
    return answer.topics[0]?.errorCode ?? ErrorCode.NONE;
  }
}

/** Expects each kind of request to have ended within its own wait and a little. */
export function expectSlowest(slowest: Load['slowest']): void {
  for (const kind of KINDS)
    expectWithin(`the slowest ${kind}, past its own wait`, slowest[kind], PAST_WAIT_MS_MAX[kind]);
}

/** Everything from offset 0 to the log's end, by offset. */
export async function readAll(client: KafkaClient, topic: string): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (let next = 0; ;) {
    const { partition, records } = await client.fetch(topic, next, { maxWaitMs: 200 });
    if (isRetriable(partition.errorCode)) continue;
    if (partition.errorCode !== ErrorCode.NONE) throw new Error(`error ${partition.errorCode} at ${next}`);
    const read = readRecords([records]).filter(({ offset }) => offset >= next);
    for (const { offset, value } of read) found.set(offset, value?.toString() ?? '');
    const last = read.at(-1);
    if (last === undefined) return found;
    next = last.offset + 1;
  }
}
