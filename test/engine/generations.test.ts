/**
 * Goal: an answer is of one generation of the log, and never of an older one than the newest that any stream had told before it was asked
 * for, however the streams overtake each other. Method: an engine side over a log that is written anew again and again. Each stream's frames
 * are sent and arrive when a seed says so, and every unit says of which generation it is.
 */
import { NO_VERDICTS } from '../../src/audit/verdict';
import { createEngine } from '../../src/engine/create-engine';
import type { Dialect, Frame, LogState, LogUnit, SubscriberStream } from '../../src/engine/dialect';
import type { ReadResult } from '../../src/engine/engine';
import { EngineError } from '../../src/engine-error';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { EMPTY_CENSUS, toOffset, toPartitionId, toTopicId, type Offset } from '../../src/types';
import { seeded } from '../support/random';
import { read as readPartition, stableRange } from './support';

const TOPIC = {
  name: 't',
  id: toTopicId('AQEBAQEBAQEBAQEBAQEBAQ'),
  partitionCount: 1,
  configs: new Map<string, string>(),
};
const END = 12;
const UNIT_BYTES = 10;
const STEPS = 200;
const READERS = 4;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface MarkedUnit extends LogUnit {
  readonly generation: number;
}

class WrittenAnew {
  generation = 1;
  /** The newest that has arrived anywhere. */
  told = 0;
  readonly streams = new Set<Stream>();

  get state(): LogState {
    return { ...stableRange(0, END), generation: this.generation };
  }

  units(from: number, count: number): MarkedUnit[] {
    const offsets = Array.from({ length: Math.min(count, END - from) }, (_, index) => toOffset(from + index));
    const { generation } = this;
    return offsets.map((offset) => ({
      ...{ baseOffset: offset, lastOffset: offset, bytes: UNIT_BYTES, census: EMPTY_CENSUS },
      generation,
    }));
  }

  rewrite(): void {
    this.generation += 1;
    for (const { sent } of this.streams) sent.push({ kind: 'heartbeat', state: this.state });
  }
}

class Stream implements SubscriberStream<MarkedUnit> {
  readonly counters = { frames: 0, data: 0, ctrl: 0, bytes: 0, emptyValues: 0 };
  readonly sent: Frame<MarkedUnit>[] = [];
  readonly #log: WrittenAnew;
  #next: number;
  #receiver: ((frame: Frame<MarkedUnit>) => void) | undefined;

  constructor(log: WrittenAnew, offset: Offset) {
    this.#log = log;
    this.#next = offset;
  }

  init(): Promise<LogState> {
    this.#log.streams.add(this);
    this.#log.told = Math.max(this.#log.told, this.#log.generation);
    return Promise.resolve(this.#log.state);
  }

  credit(): void {
    // All of the log fits into what every session may be sent.
  }

  send(count: number): void {
    const units = this.#log.units(this.#next, count);
    this.#next += units.length;
    if (units.length > 0) this.sent.push({ kind: 'data', units, state: this.#log.state });
  }

  arrive(): void {
    const frame = this.#receiver === undefined ? undefined : this.sent.shift();
    if (frame === undefined) return;
    if ('state' in frame) this.#log.told = Math.max(this.#log.told, frame.state?.generation ?? 0);
    this.#receiver?.(frame);
    this.#receiver = undefined;
  }

  receive(signal: AbortSignal): Promise<Frame<MarkedUnit>> {
    return new Promise((resolve, reject) => {
      this.#receiver = resolve;
      signal.addEventListener('abort', () => reject(new EngineError('cancelled', 'closed')), { once: true });
    });
  }

  close(): void {
    this.#log.streams.delete(this);
  }
}

function dialectOf(log: WrittenAnew): Dialect<MarkedUnit> {
  const dialect: Partial<Dialect<MarkedUnit>> = {
    name: 'record_log',
    backlog: 'session',
    assign: () =>
      Promise.resolve({
        address: '',
        topicPartition: { topic: TOPIC.name, partition: toPartitionId(0) },
        details: undefined,
      }),
    openSubscriber: (_assignment, _topic, offset) => Promise.resolve(new Stream(log, offset)),
    range: () => Promise.resolve(log.state),
    readBacklog: ({ offset }) => Promise.resolve({ units: log.units(offset, 2), range: log.state }),
    assemble: (units) => ({
      chunks: units.map(({ generation, baseOffset }) => Uint8Array.of(generation, baseOffset)),
      bytes: units.length * UNIT_BYTES,
      census: EMPTY_CENSUS,
    }),
    judge: (units) => ({ units, verdicts: NO_VERDICTS, faults: [] }),
    channelStates: () => new Map(),
    close: () => Promise.resolve(),
  };
  return dialect as Dialect<MarkedUnit>;
}

/** One thing that happens by itself. */
async function happen(log: WrittenAnew, random: (below: number) => number): Promise<void> {
  const streams = [...log.streams];
  const stream = streams[random(Math.max(1, streams.length))];
  if (random(12) === 0) log.rewrite();
  else if (random(2) === 0) stream?.send(1 + random(4));
  else stream?.arrive();
  await turn();
}

async function readDuring(
  read: Promise<ReadResult>,
  log: WrittenAnew,
  random: (below: number) => number,
): Promise<ReadResult> {
  let settled = false;
  const ended = read.finally(() => (settled = true));
  ended.catch(() => undefined);
  await turn();
  while (!settled) await happen(log, random);
  return ended;
}

/** An engine side over the log with room for fewer sessions than there are readers. */
function overLog(log: WrittenAnew) {
  const telemetry = createTelemetry();
  const settings = { ...DEFAULT_ENGINE_SETTINGS, sessionsPerPartitionMax: READERS - 1 };
  const engine = createEngine({ kind: 'embedded', dialect: dialectOf(log), telemetry, settings });
  const partition = engine.partition(TOPIC, toPartitionId(0));
  return {
    partition,
    read: (offset: number, bytesMax: number): Promise<ReadResult> =>
      readPartition(telemetry, partition, offset, bytesMax),
    async close(): Promise<void> {
      await engine.close();
      telemetry.close();
    },
  };
}

test.each(Array.from({ length: 40 }, (_, index) => index + 1))(
  'every answer is of one generation, and of none older than was told before (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const log = new WrittenAnew();
    const { partition, read, close } = overLog(log);
    const answers: ReadResult[] = [];
    let asking = 0;
    const ask = async (offset: number, bytesMax: number): Promise<void> => {
      const toldBefore = log.told;
      asking += 1;
      const result = await read(offset, bytesMax).finally(() => (asking -= 1));
      const marks = result.chunks.map(([generation]) => generation);
      expect(result.chunks.map(([, at]) => at)).toEqual(marks.map((_, index) => offset + index));
      expect(new Set(marks).size).toBe(1);
      expect(marks[0]).toBeGreaterThanOrEqual(toldBefore);
      answers.push(result);
    };
    const asked: Promise<void>[] = [];
    for (let step = 0; step < STEPS || asking > 0; step += 1) {
      if (step < STEPS && asking < READERS && random(3) === 0) {
        const one = ask(random(END), UNIT_BYTES * (1 + random(6)));
        one.catch(() => undefined);
        asked.push(one);
      }
      await happen(log, random);
      for (const result of answers.filter((each) => partition.isCurrent(each))) {
        expect(result.chunks[0]?.[0]).toBeGreaterThanOrEqual(log.told);
      }
    }
    await Promise.all(asked);
    await close();
  },
);

test('an engine that was started anew and counts from less is believed', async () => {
  const log = new WrittenAnew();
  log.generation = 9;
  const { partition, read, close } = overLog(log);
  const random = seeded(1);
  const before = await readDuring(read(0, 1), log, random);
  expect(before.chunks[0]?.[0]).toBeGreaterThanOrEqual(9);
  log.streams.clear();
  log.generation = 2;
  const after = await readDuring(read(5, 1), log, random);
  expect(after.chunks[0]?.[0]).toBeLessThan(9);
  expect([before, after].map((result) => partition.isCurrent(result))).toEqual([false, true]);
  await close();
});
