/**
 * What a registry of any make needs of its broker: a compacted topic that it creates and verifies, writes that its reader reaches, the
 * same records for every read of every offset, an election through a group, and all of it again after a death of the
 * writer and of the gateway. `storeSuite` claims it for a program that follows a registry's own code.
 */
import { randomBytes } from 'node:crypto';
import type { EngineUnderTest } from '../clients/engines';
import { configKey, deleteSubjectKey, schemaKey, schemaValue } from './schema-records';
import { type StoreProgram, startStoreProgram, type Write } from './store-program';

export interface StoreSuiteOptions {
  readonly engine: EngineUnderTest;
  /** Valid inside tests. */
  readonly program: () => { readonly command: string; readonly parameters: readonly string[] };
  /** For what is printed. */
  readonly name: string;
  /** Its reader is a member of a group and commits nothing, so a rejoin makes it begin anew. */
  readonly beginsAnewOnRejoin?: boolean;
}

const TEST_TIMEOUT_MS = 240_000;
const SESSION_TIMEOUT_MS = 6_000;
const WRITE_TIMEOUT_MS = 30_000;
/** Confluent's kafkastore.timeout.ms: what a write may take until the reader has it. */
const READ_AFTER_WRITE_MS = 500;
const LATENCY_WRITES = 200;

export function storeSuite({ engine, program, name, beginsAnewOnRejoin = false }: StoreSuiteOptions): void {
  const topic = '_schemas';
  const group = 'schema-registry';
  /** What the topic must come to, written beside it. */
  const model = new Map<string, string>();
  let programs: StoreProgram[] = [];

  const start = async (): Promise<StoreProgram> => {
    const started = await startStoreProgram({
      ...program(),
      bootstrap: engine.bootstrap,
      topic,
      group,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      timeoutMs: WRITE_TIMEOUT_MS,
    });
    programs.push(started);
    return started;
  };
  const stop = async (some: readonly StoreProgram[]): Promise<void> => {
    programs = programs.filter((each) => !some.includes(each));
    await Promise.all(some.map((each) => each.child.stop(20_000)));
  };
  const put = async (store: StoreProgram, key: string, value: string): Promise<Write> => {
    const write = await store.put(key, value);
    model.set(key, value);
    return write;
  };
  const remove = async (store: StoreProgram, key: string): Promise<void> => {
    await store.delete(key);
    model.delete(key);
  };
  const expectWhole = async (store: StoreProgram): Promise<void> => {
    const { offset } = await store.reach();
    const { entries, reached, jumpsBack, death } = await store.state();
    expect(death).toBeNull();
    if (!beginsAnewOnRejoin) expect(jumpsBack).toBe(0);
    expect(reached).toBeGreaterThanOrEqual(offset);
    expect(entries).toEqual(Object.fromEntries(model));
  };
  const expectExactRereads = async (store: StoreProgram, count: number): Promise<void> => {
    const seed = randomBytes(4).readUInt32BE();
    process.stderr.write(`${name} on ${engine.kind}: offsets read again with seed ${seed}\n`);
    expect(await store.reread({ readers: 4, count, seed })).toEqual({ reads: 4 * count, wrongCount: 0, wrong: [] });
  };

  afterAll(() => stop(programs), TEST_TIMEOUT_MS);

  test(
    'a first instance creates the topic, reaches its NOOP record and is the master',
    async () => {
      const store = await start();
      const leadership = await store.leader();
      expect(leadership).toMatchObject({ isMaster: true, assignment: { master_identity: { port: store.port } } });
      expect(leadership.assignment?.master).toBe(leadership.member);
      await expectWhole(store);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'every write is reached by the reader: schemas, overwrites, soft and hard deletes',
    async () => {
      const [store] = programs;
      if (store === undefined) throw new Error('no program runs');
      await put(store, configKey(null), JSON.stringify({ compatibilityLevel: 'BACKWARD' }));
      for (let id = 1; id <= 40; id += 1) {
        const record = {
          subject: `subject-${id % 8}`,
          version: Math.ceil(id / 8),
          id,
          size: id % 10 === 0 ? 20_000 : id,
        };
        await put(store, schemaKey(record.subject, record.version), schemaValue(record));
        if (id % 5 === 0) await store.reach();
      }
      for (const version of [1, 2, 3]) {
        const record = { subject: 'subject-1', version, id: version * 8 - 7, deleted: true };
        await put(store, schemaKey('subject-1', version), schemaValue(record));
        await remove(store, schemaKey('subject-1', version));
      }
      await put(store, deleteSubjectKey('subject-2'), JSON.stringify({ subject: 'subject-2', version: 5 }));
      for (const level of ['FULL', 'NONE', 'BACKWARD']) {
        await put(store, configKey('subject-3'), JSON.stringify({ compatibilityLevel: level }));
      }
      await expectWhole(store);
      await expectExactRereads(store, 100);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'instances that come later verify the topic, read the same, and agree on the master',
    async () => {
      const later = await Promise.all([start(), start()]);
      for (const store of later) await expectWhole(store);
      // The one with the smallest URL writes: which that is depends on the ports.
      const writer = await masterOf(programs);
      await put(writer, schemaKey('later', 1), schemaValue({ subject: 'later', version: 1, id: 100 }));
      for (const store of programs) await expectWhole(store);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'the master is killed: another writes after the session timeout and a rebalance',
    async () => {
      const killed = await masterOf(programs);
      const others = programs.filter((each) => each !== killed);
      const known = await Promise.all(others.map((each) => each.leader()));
      await killed.child.kill();
      programs = others;
      const begun = performance.now();
      await Promise.all(others.map((each, index) => each.leader(known[index]?.assignments)));
      process.stderr.write(
        `${name} on ${engine.kind}: another master ${Math.round(performance.now() - begun)} ms after a kill, ` +
          `session timeout ${SESSION_TIMEOUT_MS} ms\n`,
      );
      const writer = await masterOf(others);
      await put(writer, schemaKey('after', 1), schemaValue({ subject: 'after', version: 1, id: 101 }));
      for (const store of others) await expectWhole(store);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'the gateway is killed under them: readers go on where they were, and one that starts reads the same',
    async () => {
      const before = await masterOf(programs);
      await put(before, schemaKey('before', 1), schemaValue({ subject: 'before', version: 1, id: 102 }));
      await engine.killAndRestartGateway();
      for (const store of programs) await expectWhole(store);
      const fresh = await start();
      await expectWhole(fresh);
      await expectExactRereads(fresh, 100);
      const writer = await masterOf(programs);
      await put(writer, schemaKey('restarted', 1), schemaValue({ subject: 'restarted', version: 1, id: 103 }));
      for (const store of programs) await expectWhole(store);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'all of them end, and the first that starts again has everything',
    async () => {
      await stop(programs);
      const store = await start();
      expect((await store.leader()).isMaster).toBe(true);
      await expectWhole(store);
    },
    TEST_TIMEOUT_MS,
  );

  test.each([
    ['of one key', () => configKey('burst')],
    ['of a key each', (index: number) => schemaKey('latency', index + 1)],
  ])(
    `writes one after the other, %s, are reached within what a registry waits`,
    async (what, keyOf) => {
      const [store] = programs;
      if (store === undefined) throw new Error('no program runs');
      const writes: Write[] = [];
      for (let index = 0; index < LATENCY_WRITES; index += 1) {
        const record = { subject: 'latency', version: index + 1, id: 1_000 + index };
        writes.push(await put(store, keyOf(index), schemaValue(record)));
      }
      const acked = percentiles(writes.map(({ ackMs }) => ackMs));
      const reached = percentiles(writes.map(({ reachedMs }) => reachedMs));
      process.stderr.write(`${name} on ${engine.kind}, ${what}: acked ${acked.text}, reached ${reached.text}\n`);
      expect(reached.p50).toBeLessThan(READ_AFTER_WRITE_MS);
      await expectWhole(store);
    },
    TEST_TIMEOUT_MS,
  );
}

/** The one that writes, once all agree on it: a rebalance may be under way. */
async function masterOf(programs: readonly StoreProgram[]): Promise<StoreProgram> {
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

function percentiles(values: readonly number[]): { readonly p50: number; readonly text: string } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  return { p50: at(0.5), text: `p50 ${at(0.5).toFixed(1)} p99 ${at(0.99).toFixed(1)} max ${at(1).toFixed(1)} ms` };
}
