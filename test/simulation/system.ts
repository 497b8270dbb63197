/**
 * What is simulated: a node over a disk in memory, a gateway near it, which is given large batches by reference and dies with it, as in one
 * process, and a gateway far from it, which has its address alone. All run as shipped, over real sockets; only the disk, time and ids are ours.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Handover, makeHandover } from '../../src/handover';
import type { HandoverEnd } from '../../src/handover';
import type { FsyncPolicy } from '../../src/node/append/appender';
import { EmbeddedNode } from '../../src/node/node';
import type { NodeOptions } from '../../src/node/node-settings';
import type { RemovalNotice } from '../../src/node/log/removals';
import type { Random } from '../../src/random';
import { MemoryDisk } from '../node/memory-disk';
import { openRecordLogEngine, startTestGateway, type TestGateway } from '../support/gateway';
import type { KafkaClient } from '../support/kafka-client';
import type { SideName } from './model';
import { PartClock, type SimulatedTime } from './simulated-time';

export interface SystemOptions {
  readonly time: SimulatedTime;
  readonly random: Random;
  readonly fsync: FsyncPolicy;
  /** Newest batches that the node keeps in memory; the default unless given. */
  readonly tailCacheBytesMax?: number;
}

interface Side {
  readonly gateway: TestGateway;
  readonly clients: Map<string, Promise<KafkaClient>>;
  close(): Promise<void>;
}

const NODE_TIMES = { retentionCheckIntervalMs: 10_000, initialTaskDelayMs: 3_000, cleanerBackoffMs: 2_000 };

export class System {
  disk = new MemoryDisk();
  readonly options: SystemOptions;
  /** How many records left their logs, by cause. */
  readonly removed = new Map<string, number>();
  readonly #dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-'));
  readonly #sides = new Map<SideName, Side>();
  #node: EmbeddedNode | undefined;
  #nodeClock: PartClock | undefined;
  #handover: HandoverEnd | undefined;

  private constructor(options: SystemOptions) {
    this.options = options;
  }

  static async start(options: SystemOptions): Promise<System> {
    const system = new System(options);
    system.disk.makeDirectory(system.#dataDirectory);
    for (let at = system.#dataDirectory; at !== dirname(at); at = dirname(at)) system.disk.syncDirectory(dirname(at));
    await system.startNode();
    await system.startSide('near');
    await system.startSide('far');
    return system;
  }

  get nodeOptions(): NodeOptions {
    const { fsync, tailCacheBytesMax } = this.options;
    const cache = tailCacheBytesMax === undefined ? {} : { tailCacheBytesMax };
    return { dataDirectory: this.#dataDirectory, fsync, ...NODE_TIMES, ...cache };
  }

  /** A connection of its own for everybody who asks; it ends with the gateway. */
  async client(side: SideName, who: string): Promise<KafkaClient> {
    const { clients, gateway } = this.#side(side);
    let client = clients.get(who);
    if (client === undefined) clients.set(who, (client = gateway.client(who)));
    return client;
  }

  #side(name: SideName): Side {
    const side = this.#sides.get(name);
    if (side === undefined) throw new Error(`the gateway ${name} is not running`);
    return side;
  }

  /** Stands for a gateway as long as it runs. */
  running(name: SideName): object | undefined {
    return this.#sides.get(name);
  }

  async startNode(): Promise<void> {
    const { time, random } = this.options;
    const [ofGateway, ofNode] = makeHandover();
    this.#nodeClock = new PartClock(time.node);
    this.#handover = ofGateway;
    const handover = new Handover(ofNode);
    this.#node = await EmbeddedNode.open(this.nodeOptions, {
      disk: this.disk,
      clock: this.#nodeClock,
      random,
      handover,
      onRemoved: counting(this.removed),
    });
  }

  /** Whatever is under way is cut off. */
  async endNode(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    this.#nodeClock?.end();
    this.#handover?.port.close();
    await node?.close();
  }

  async startSide(name: SideName): Promise<void> {
    const { time, random } = this.options;
    const clock = new PartClock(time.gateways);
    const handover = name === 'near' ? this.#handover : undefined;
    const address = this.#node?.info.address ?? '';
    const gateway = await startTestGateway({
      ...{ clock, random },
      engine: (telemetry) => openRecordLogEngine(address, telemetry, { clock, ...(handover && { handover }) }),
    });
    this.#sides.set(name, {
      gateway,
      clients: new Map(),
      async close() {
        clock.end();
        await gateway.close();
        await gateway.engine.close();
      },
    });
  }

  async endSide(name: SideName): Promise<void> {
    const side = this.#side(name);
    this.#sides.delete(name);
    await side.close();
  }

  async close(): Promise<void> {
    for (const name of [...this.#sides.keys()]) await this.endSide(name);
    await this.endNode();
    rmSync(this.#dataDirectory, { recursive: true, force: true });
  }
}

/** Of one node, which tells totals since it began. */
function counting(removed: Map<string, number>): (notice: RemovalNotice) => void {
  const before = new Map(removed);
  return ({ totals }) => {
    for (const [cause, { records }] of totals.byCause) removed.set(cause, (before.get(cause) ?? 0) + records);
  };
}
