/** A subscriber's frame is written around batches that lie in a buffer already: it must be the message that is encoded apart. */
import { PREFIX_BYTES } from '../../src/grpc/framed-writer';
import { encodeRecordsField, FRAME_HEAD_BYTES, frameAround } from '../../src/grpc/records-codec';
import { SubscribeResponse } from '../../src/rpc/record_log';

const census = { records: 3, nulls: 1, empties: 0, controls: 0, valueBytes: 70_000 };
const ends = { logStartOffset: 7, highWatermark: 2 ** 40, generation: 2 ** 52 + 1 };

function summary(size: number) {
  return { baseOffset: 2 ** 33, lastOffset: 2 ** 33 + 2, size, census, maxTimestampMs: -1 };
}

describe('a frame written around its batches', () => {
  test.each([61, 127, 128, 300, 16_384, 2_097_152])('of %i bytes is the message with its prefix', (size) => {
    const start = FRAME_HEAD_BYTES + 11;
    const frame = Buffer.alloc(start + size + 1_024, 0xee);
    const batches = frame.subarray(start, start + size).fill(0x5a);
    const summaries = [summary(size)];
    const framed = frameAround(frame, start, start + size, { ...ends, summaries });
    const expected = encodeRecordsField({ ...ends, summaries, chunks: [Buffer.from(batches)] });

    expect(framed?.readUInt8(0)).toBe(0);
    expect(framed?.readUInt32BE(1)).toBe(expected.length);
    expect(framed?.subarray(PREFIX_BYTES).equals(expected)).toBe(true);
    const { message } = SubscribeResponse.decode(expected);
    expect(message).toMatchObject({
      $case: 'records',
      records: { generation: 2n ** 52n + 1n, highWatermark: 2n ** 40n },
    });
  });

  test('without room for what describes the batches is none', () => {
    const frame = Buffer.alloc(FRAME_HEAD_BYTES + 61 + 4);
    const ofOne = { ...ends, summaries: [summary(61)] };
    expect(frameAround(frame, FRAME_HEAD_BYTES, FRAME_HEAD_BYTES + 61, ofOne)).toBeUndefined();
  });
});
