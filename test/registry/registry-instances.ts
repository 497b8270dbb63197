/** Instances of one registry over one topic, and beside them a map of what was written: what every instance must come to. */
import { randomBytes } from 'node:crypto';
import { type StoreProgram, startStoreProgram, type Write } from './store-program';

export interface InstancesOptions {
  /** For what is printed. */
  readonly name: string;
  /** Valid when an instance is started. */
  readonly program: () => { readonly command: string; readonly parameters: readonly string[] };
  readonly bootstrap: () => string;
  /** Settings of the topic besides cleanup.policy, for whoever creates it. */
  readonly topicSettings?: Readonly<Record<string, string>>;
  /** Its reader is a member of a group and commits nothing, so a rejoin makes it begin anew. */
  readonly beginsAnewOnRejoin?: boolean;
}

/** Shorter than registries ask for, so that less time is waited for those that are killed; gateways must allow it. */
export const SESSION_TIMEOUT_MS = 3_000;
export const SESSION_TIMEOUT_FLAGS = ['--groups-session-timeout-ms-min', String(SESSION_TIMEOUT_MS)];
const WRITE_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 20_000;

export class RegistryInstances {
  readonly model = new Map<string, string>();
  private running: readonly StoreProgram[] = [];
  private readonly options: InstancesOptions;

  constructor(options: InstancesOptions) {
    this.options = options;
  }

  get all(): readonly StoreProgram[] {
    return this.running;
  }

  get first(): StoreProgram {
    const [first] = this.running;
    if (first === undefined) throw new Error('no instance runs');
    return first;
  }

  say(text: string): void {
    process.stderr.write(`${this.options.name}: ${text}\n`);
  }

  /** Resolves once it has read everything and is a member of the group. */
  async start(): Promise<StoreProgram> {
    const { program, bootstrap, topicSettings = {} } = this.options;
    const started = await startStoreProgram({
      ...program(),
      bootstrap: bootstrap(),
      topic: '_schemas',
      group: 'schema-registry',
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      timeoutMs: WRITE_TIMEOUT_MS,
      topicSettings,
    });
    this.running = [...this.running, started];
    return started;
  }

  async stop(): Promise<void> {
    const ended = this.running;
    this.running = [];
    await Promise.all(ended.map((each) => each.child.stop(STOP_GRACE_MS)));
  }

  /** SIGKILL: it leaves no group. */
  async kill(one: StoreProgram): Promise<void> {
    this.running = this.running.filter((each) => each !== one);
    await one.child.kill();
  }

  async put(store: StoreProgram, key: string, value: string): Promise<Write> {
    const write = await store.put(key, value);
    this.model.set(key, value);
    return write;
  }

  async remove(store: StoreProgram, key: string): Promise<void> {
    await store.delete(key);
    this.model.delete(key);
  }

  /** Its reader lives, never went back, has reached the end, and holds what was written. */
  async expectWhole(store: StoreProgram): Promise<void> {
    const { offset } = await store.reach();
    const { entries, reached, jumpsBack, death } = await store.state();
    expect(death).toBeNull();
    if (this.options.beginsAnewOnRejoin !== true) expect(jumpsBack).toBe(0);
    expect(reached).toBeGreaterThanOrEqual(offset);
    expect(entries).toEqual(Object.fromEntries(this.model));
  }

  async expectAllWhole(): Promise<void> {
    for (const store of this.running) await this.expectWhole(store);
  }

  /** Several consumers read the topic whole at once: each is given every record, none removed yet. */
  async expectWholeScans(store: StoreProgram): Promise<void> {
    const { offset } = await store.reach();
    const records = Array.from({ length: 3 }, () => offset + 1);
    expect(await store.scan(records.length)).toEqual({ records, wrongCount: 0, wrong: [] });
  }

  /** Offsets asked for again and again, in no order, by several consumers at once: always the record that was there. */
  async expectExactRereads(store: StoreProgram, count: number): Promise<void> {
    const seed = randomBytes(4).readUInt32BE();
    this.say(`offsets read again with seed ${seed}`);
    expect(await store.reread({ readers: 4, count, seed })).toEqual({ reads: 4 * count, wrongCount: 0, wrong: [] });
  }

  /** The one that writes, once all agree on it: a rebalance may be under way. */
  async master(): Promise<StoreProgram> {
    const programs = this.running;
    for (;;) {
      const known = await Promise.all(programs.map((each) => each.leader()));
      const views = new Set(known.map(({ generation, assignment }) => JSON.stringify({ generation, assignment })));
      if (views.size === 1) {
        const masters = programs.filter((_, index) => known[index]?.isMaster);
        const [master] = masters;
        if (master !== undefined && masters.length === 1) return master;
        throw new Error(`not one master: ${JSON.stringify(known)}`);
      }
      await Promise.race(programs.map((each, index) => each.leader(known[index]?.assignments)));
    }
  }
}
