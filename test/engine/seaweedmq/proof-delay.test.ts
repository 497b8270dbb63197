/**
 * Goal: the proof of a record that comes after a pause is stored at once, and under load there are no more writes than two a second for each
 * block. Method: a store of proofs on a clock moved by hand, before a filer that counts.
 */
import { NULL_PROOF } from '../../../src/audit/verdict';
import type { Filer } from '../../../src/engine/engine';
import { ProofStore } from '../../../src/engine/seaweedmq/proof/proof-store';
import { systemRandom } from '../../../src/random';
import { createTelemetry } from '../../../src/telemetry/create-telemetry';
import { ManualClock } from '../../support/manual-clock';

const SOON_MS = 25;
const FLUSH_MS = 500;
const telemetry = createTelemetry();
afterAll(() => telemetry.close());

function opened() {
  const clock = new ManualClock();
  const puts: number[] = [];
  const put: Filer['put'] = () => {
    puts.push(clock.monotonicMs());
    return Promise.resolve();
  };
  const { operations, instruments, log: lines } = telemetry;
  const filer = { put } as unknown as Filer;
  const store = new ProofStore({ filer, clock, random: systemRandom, operations, instruments, log: lines });
  const log = store.of({ topic: 't', log: 'log' });
  let offset = 0;
  return {
    puts,
    acked: () => log.note(offset++, NULL_PROOF, BigInt(offset), undefined),
    async advance(ms: number) {
      clock.advance(ms);
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('the proof of a lone record is written right behind its ack', async () => {
  const { puts, acked, advance } = opened();
  for (let second = 0; second < 3; second += 1) {
    acked();
    await advance(SOON_MS);
    expect(puts).toHaveLength(second + 1);
    await advance(1_000 - SOON_MS);
  }
  expect(puts).toHaveLength(3);
});

test('under load it is written every half second', async () => {
  const { puts, acked, advance } = opened();
  for (let ms = 0; ms < 4_000; ms += 5) {
    acked();
    await advance(5);
  }
  const gaps = puts.slice(1).map((atMs, index) => atMs - (puts[index] ?? 0));
  expect(puts[0]).toBe(SOON_MS);
  expect(gaps).toHaveLength(7);
  expect(gaps.every((gap) => gap >= FLUSH_MS && gap <= FLUSH_MS + SOON_MS)).toBe(true);
});
