/** Part of the engine contract: an append of several batches is judged batch by batch, and is all or nothing where one is bad. */
import { systemClock } from '../../src/clock';
import type { Partition } from '../../src/engine/engine';
import { encodeBatch } from '../../src/protocol/encode-batch';
import type { EngineUnderTest } from './contract';
import { censusOf, value } from './batches';
import { asRequest, codeOf, drain, makePartition } from './support';

/** A batch of one producer: its first sequence, and a text for each record. */
type Batch = readonly [sequence: number, ...texts: string[]];

export const idempotentAppend = (
  telemetry: EngineUnderTest['telemetry'],
  partition: Partition,
  ...batches: readonly Batch[]
) => appendOfEpoch(0, telemetry, partition, batches);

function appendOfEpoch(
  producerEpoch: number,
  telemetry: EngineUnderTest['telemetry'],
  partition: Partition,
  batches: readonly Batch[],
) {
  const timestamp = systemClock.nowMs();
  const encoded = batches.map(([baseSequence, ...texts]) =>
    encodeBatch(
      texts.map((text) => ({ timestamp, key: null, value: Buffer.from(text), headers: [] })),
      { producerId: 4711n, producerEpoch, baseSequence },
    ),
  );
  const censuses = batches.map(([, ...texts]) => censusOf(texts.map(value)));
  return asRequest(telemetry, (context) => partition.append({ batches: Buffer.concat(encoded), censuses }, context));
}

export function severalBatches(given: () => EngineUnderTest): void {
  const begin = async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    const append = (...batches: Batch[]) => idempotentAppend(telemetry, partition, ...batches);
    const inEpoch = (epoch: number, ...batches: Batch[]) => appendOfEpoch(epoch, telemetry, partition, batches);
    const stored = async () => (await drain(telemetry, partition)).map((record) => record.value?.toString());
    return { append, inEpoch, stored };
  };

  test('a batch that came before does not take the one behind it along', async () => {
    const { append, stored } = await begin();
    await append([0, 'a', 'b']);
    await append([2, 'c', 'd']);
    expect(await append([2, 'c', 'd'], [4, 'e', 'f'])).toMatchObject({ baseOffset: 2, duplicate: false });
    expect(await append([4, 'e', 'f'])).toMatchObject({ baseOffset: 4, duplicate: true });
    expect(await append([2, 'c', 'd'], [4, 'e', 'f'])).toMatchObject({ baseOffset: 2, duplicate: true });
    expect(await append([6, 'g'])).toMatchObject({ baseOffset: 6, duplicate: false });
    expect(await stored()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  test('batches that follow one another are all remembered', async () => {
    const { append, stored } = await begin();
    expect(await append([0, 'a'], [1, 'b', 'c'])).toMatchObject({ baseOffset: 0, duplicate: false });
    expect(await append([3, 'd'], [4, 'e'])).toMatchObject({ baseOffset: 3, duplicate: false });
    expect(await append([1, 'b', 'c'])).toMatchObject({ baseOffset: 1, duplicate: true });
    expect(await append([4, 'e'], [5, 'f'])).toMatchObject({ baseOffset: 4, duplicate: false });
    expect(await stored()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test('a batch that stands in the append twice is stored once', async () => {
    const { append, stored } = await begin();
    expect(await append([0, 'a'], [0, 'a'], [1, 'b'])).toMatchObject({ baseOffset: 0, duplicate: false });
    expect(await stored()).toEqual(['a', 'b']);
  });

  test('a gap behind a good batch refuses both, of a producer that is not known, too', async () => {
    const { append, stored } = await begin();
    expect(await codeOf(append([0, 'a'], [7, 'x']))).toBe('out_of_order_sequence');
    expect(await append([0, 'a'])).toMatchObject({ baseOffset: 0, duplicate: false });
    expect(await codeOf(append([1, 'b'], [7, 'x']))).toBe('out_of_order_sequence');
    expect(await codeOf(append([0, 'a'], [7, 'x']))).toBe('out_of_order_sequence');
    expect(await append([1, 'b'])).toMatchObject({ baseOffset: 1, duplicate: false });
    expect(await stored()).toEqual(['a', 'b']);
  });

  test('a producer’s newer epoch begins at sequence 0, and its older one is refused from then on, with what it repeats, too', async () => {
    const { inEpoch, stored } = await begin();
    await inEpoch(0, [0, 'a'], [1, 'b']);
    expect(await codeOf(inEpoch(1, [2, 'x']))).toBe('out_of_order_sequence');
    expect(await inEpoch(1, [0, 'c'])).toMatchObject({ baseOffset: 2, duplicate: false });
    expect(await codeOf(inEpoch(0, [2, 'x']))).toBe('invalid_producer_epoch');
    expect(await codeOf(inEpoch(0, [1, 'b']))).toBe('invalid_producer_epoch');
    expect(await inEpoch(1, [0, 'c'])).toMatchObject({ baseOffset: 2, duplicate: true });
    expect(await inEpoch(1, [1, 'd'])).toMatchObject({ baseOffset: 3, duplicate: false });
    expect(await stored()).toEqual(['a', 'b', 'c', 'd']);
  });
}
