/** Stores of proofs, as gateways have them, on one clock moved by hand and before one filer in memory. */
import { setMaxListeners } from 'node:events';
import type { Filer } from '../../../src/engine/engine';
import { ProofStore } from '../../../src/engine/seaweedmq/proof/proof-store';
import type { ProvenLog } from '../../../src/engine/seaweedmq/proof/proven-log';
import { systemRandom } from '../../../src/random';
import { createTelemetry } from '../../../src/telemetry/create-telemetry';
import { silentLogger } from '../../../src/telemetry/log/log';
import { ManualClock } from '../../support/manual-clock';
import { ScriptedFiler } from '../../support/scripted-filer';

/** Longer than proofs wait to be written, and than an entry that lacked one is not asked for again. */
const LATER_MS = 6_000;
const STEP_MS = 500;
const telemetry = createTelemetry();
const { instruments, operations } = telemetry;
afterAll(() => telemetry.close());

/** A filer in memory, whose calls fail or wait where told so. */
function memoryFiler() {
  const entries = new ScriptedFiler(() => undefined);
  const switches = {
    refusesPuts: false,
    refusesListings: false,
    /** Listings that were asked for. */
    listings: 0,
    /** Puts resolve once it does. */
    held: Promise.resolve(),
  };
  const filer: Pick<Filer, 'put' | 'list' | 'delete'> = {
    async put(directory, name, content) {
      await switches.held;
      if (switches.refusesPuts) throw new Error('no room');
      entries.put(directory, name, content);
    },
    async *list(directory, { signal }, prefix = '') {
      switches.listings += 1;
      await Promise.resolve();
      if (switches.refusesListings || signal.aborted) throw new Error('no listing');
      const request = { directory, prefix, startFromFileName: '', inclusiveStartFrom: false, limit: 0 };
      for (const { name, content } of entries.list(request)) yield { name, isDirectory: false, content };
    },
    async delete(directory, name) {
      await Promise.resolve();
      entries.delete(directory, name);
    },
  };
  const names = (directory: string): readonly string[] =>
    entries
      .list({ directory, prefix: '', startFromFileName: '', inclusiveStartFrom: false, limit: 0 })
      .map(({ name }) => name);
  return { filer: filer as Filer, switches, names };
}

/** A value of 384 bytes. */
export const note = (log: ProvenLog, offset: number): void =>
  log.note(offset, { length: 384, crc: offset }, BigInt(offset), undefined);

export type ProofStores = ReturnType<typeof openProofStores>;

export function openProofStores() {
  const clock = new ManualClock();
  const { filer, switches, names } = memoryFiler();
  const store = (): ProofStore =>
    new ProofStore({ filer, clock, random: systemRandom, operations, instruments, log: silentLogger });
  const operation = operations.root('filer.call', { spanName: 'test' });
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const context = { operation, signal };
  /** In steps, so that calls that were begun are answered before their time is over. */
  const later = async (ms = LATER_MS): Promise<void> => {
    for (let step = 0; step < ms; step += STEP_MS) {
      clock.advance(STEP_MS);
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  /** The lengths that another gateway finds of the offsets; undefined where it finds none. */
  const found = async (log: string, offsets: readonly number[]): Promise<readonly (number | undefined)[]> => {
    const other = store();
    const read = other.of({ topic: 't', log });
    for (const offset of offsets) await other.load(read, offset, context);
    return offsets.map((offset) => read.known(offset)?.length);
  };
  const dropped = (): number => instruments.value('seaglass_value_proofs_dropped_total', {}) ?? 0;
  return { clock, switches, names, store, context, later, found, dropped };
}
