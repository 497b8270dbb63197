/** Part of the engine contract: what idempotent producers append is judged by their sequences and epochs. */
import { systemClock } from '../../src/clock';
import type { AppendResult, Partition } from '../../src/engine/engine';
import { encodeBatch } from '../../src/protocol/encode-batch';
import type { EngineUnderTest } from './contract';
import { censusOf, value } from './batches';
import { asRequest, codeOf, drain, makePartition } from './support';

/** A batch of one producer: its first sequence, and a text for each record. */
type Batch = readonly [sequence: number, ...texts: string[]];

export function idempotentAppend(
  telemetry: EngineUnderTest['telemetry'],
  partition: Partition,
  [baseSequence, ...texts]: Batch,
  producerEpoch = 0,
): Promise<AppendResult> {
  const timestamp = systemClock.nowMs();
  const batch = encodeBatch(
    texts.map((text) => ({ timestamp, key: null, value: Buffer.from(text), headers: [] })),
    { producerId: 4711n, producerEpoch, baseSequence },
  );
  const census = censusOf(texts.map(value));
  return asRequest(telemetry, (context) => partition.append({ batch, census }, context));
}

export function idempotentAppends(given: () => EngineUnderTest): void {
  const begin = async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    const inEpoch = (epoch: number, ...batch: Batch) => idempotentAppend(telemetry, partition, batch, epoch);
    const append = (...batch: Batch) => inEpoch(0, ...batch);
    const stored = async () => (await drain(telemetry, partition)).map((record) => record.value?.toString());
    return { append, inEpoch, stored };
  };

  test('a batch that came before is answered with where it lies, and is not stored again', async () => {
    const { append, stored } = await begin();
    await append(0, 'a', 'b');
    await append(2, 'c', 'd');
    expect(await append(2, 'c', 'd')).toMatchObject({ baseOffset: 2, duplicate: true });
    expect(await append(4, 'e', 'f')).toMatchObject({ baseOffset: 4, duplicate: false });
    expect(await append(0, 'a', 'b')).toMatchObject({ baseOffset: 0, duplicate: true });
    expect(await append(6, 'g')).toMatchObject({ baseOffset: 6, duplicate: false });
    expect(await stored()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  test('batches that are under way together are stored in the order of the calls, and all are remembered', async () => {
    const { append, stored } = await begin();
    const batches: readonly Batch[] = [
      [0, 'a'],
      [1, 'b', 'c'],
      [3, 'd'],
      [4, 'e', 'f'],
      [6, 'g'],
    ];
    const baseOffset = [0, 1, 3, 4, 6];
    const first = await Promise.all(batches.map((batch) => append(...batch)));
    expect(first.map((answer) => [answer.baseOffset, answer.duplicate])).toEqual(baseOffset.map((at) => [at, false]));
    const again = await Promise.all(batches.map((batch) => append(...batch)));
    expect(again.map((answer) => [answer.baseOffset, answer.duplicate])).toEqual(baseOffset.map((at) => [at, true]));
    expect(await stored()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  test('a gap is refused, and nothing of it is stored', async () => {
    const { append, stored } = await begin();
    expect(await append(0, 'a')).toMatchObject({ baseOffset: 0, duplicate: false });
    expect(await codeOf(append(7, 'x'))).toBe('out_of_order_sequence');
    expect(await append(1, 'b')).toMatchObject({ baseOffset: 1, duplicate: false });
    expect(await stored()).toEqual(['a', 'b']);
  });

  test('a producer’s newer epoch begins at sequence 0, and its older one is refused from then on, with what it repeats, too', async () => {
    const { inEpoch, stored } = await begin();
    await inEpoch(0, 0, 'a');
    await inEpoch(0, 1, 'b');
    expect(await codeOf(inEpoch(1, 2, 'x'))).toBe('out_of_order_sequence');
    expect(await inEpoch(1, 0, 'c')).toMatchObject({ baseOffset: 2, duplicate: false });
    expect(await codeOf(inEpoch(0, 2, 'x'))).toBe('invalid_producer_epoch');
    expect(await codeOf(inEpoch(0, 1, 'b'))).toBe('invalid_producer_epoch');
    expect(await inEpoch(1, 0, 'c')).toMatchObject({ baseOffset: 2, duplicate: true });
    expect(await inEpoch(1, 1, 'd')).toMatchObject({ baseOffset: 3, duplicate: false });
    expect(await stored()).toEqual(['a', 'b', 'c', 'd']);
  });
}
