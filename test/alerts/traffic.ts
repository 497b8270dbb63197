/** Ordinary clients of one gateway: records written and read, an offset committed, five times a second; what fails is tried again. */
import { GroupMember } from '../support/group-member';
import { KafkaClient } from '../support/kafka-client';
import { batchOf } from '../e2e/support';
import { pause } from '../e2e/load';

const PAUSE_MS = 200;
const TOPIC = 'orders';

export class Traffic {
  readonly #port: number;
  readonly #running: Promise<unknown>;
  readonly #clients = new Set<KafkaClient>();
  #stopped = false;

  /** `bootstrap`: host:port of a gateway that has the topic `orders`. */
  constructor(bootstrap: string) {
    this.#port = Number(bootstrap.split(':')[1]);
    let offset = 0;
    this.#running = Promise.all([
      this.#repeat('writer', async (client) => {
        await client.produce(TOPIC, batchOf('a value'), { timeoutMs: 1_500 });
      }),
      this.#repeat('reader', async (client) => {
        const { partition } = await client.fetch(TOPIC, offset, { maxWaitMs: 500 });
        if (partition.errorCode === 0) offset = Number(partition.highWatermark);
      }),
      this.#repeat('committer', async (client) => {
        await new GroupMember(client, 'audit').commit(TOPIC, offset);
      }),
    ]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const client of this.#clients) await client.close();
    await this.#running;
  }

  async #repeat(clientId: string, request: (client: KafkaClient) => Promise<void>): Promise<void> {
    let client: KafkaClient | undefined;
    while (!this.#stopped) {
      try {
        client ??= await this.#connect(clientId);
        await request(client);
      } catch {
        if (client !== undefined) this.#clients.delete(client);
        client = undefined;
      }
      await pause(PAUSE_MS);
    }
  }

  async #connect(clientId: string): Promise<KafkaClient> {
    const client = await KafkaClient.connect(this.#port, clientId);
    this.#clients.add(client);
    return client;
  }
}
