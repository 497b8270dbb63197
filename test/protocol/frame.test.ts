/** Goal: a stream is cut into the same frames however it arrives, and costs memory only for what arrived. Method: any chunking (fast-check). */
import fc from 'fast-check';
import { FrameSplitter } from '../../src/protocol/frame';
import { ProtocolError } from '../../src/protocol/protocol-error';

const framed = (body: Uint8Array): Buffer => {
  const head = Buffer.alloc(4);
  head.writeInt32BE(body.byteLength);
  return Buffer.concat([head, body]);
};

test('frames come out whole and in order, in whatever pieces they arrive', () => {
  const bodies = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.integer({ min: 900, max: 9000 }).map((size) => new Uint8Array(size).fill(size)),
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(
      bodies,
      fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 30 }),
      (frames, sizes) => {
        const stream = Buffer.concat(frames.map(framed));
        const splitter = new FrameSplitter(10_000);
        const seen: Uint8Array[] = [];
        let given = 0;
        let wrong = 0;
        for (let turn = 0; given < stream.byteLength; turn++) {
          const piece = Buffer.from(stream.subarray(given, given + (sizes[turn % sizes.length] ?? 1)));
          given += piece.byteLength;
          seen.push(...splitter.push(piece));
          const taken = seen.reduce((sum, frame) => sum + frame.byteLength + 4, 0);
          if (splitter.bytesHeld !== given - taken) wrong++;
        }
        expect(seen.map((frame) => Buffer.from(frame))).toEqual(frames.map((frame) => Buffer.from(frame)));
        expect(wrong).toBe(0);
        expect(splitter.bytesHeld).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});

test('a frame above the limit or below nothing is refused by its length alone', () => {
  expect(() => new FrameSplitter(100).push(Buffer.from([0, 0, 0, 101]))).toThrow(ProtocolError);
  expect(() => new FrameSplitter(100).push(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(ProtocolError);
  expect(new FrameSplitter(100).push(framed(Buffer.alloc(100)))).toHaveLength(1);
});

test('a declared length costs nothing before its bytes arrive', () => {
  const before = process.memoryUsage().arrayBuffers;
  const splitters = Array.from({ length: 100 }, () => new FrameSplitter(100 * 1024 * 1024));
  for (const splitter of splitters) splitter.push(Buffer.from([6, 0x40, 0, 0, 1, 2, 3]));
  expect(splitters.map((splitter) => splitter.declaredBytes)).toEqual(splitters.map(() => 0x6400000));
  expect(splitters.reduce((sum, splitter) => sum + splitter.bytesHeld, 0)).toBe(700);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
});

test('a megabyte that arrives byte by byte is joined once, not again for each byte', () => {
  const body = Buffer.alloc(1024 * 1024, 5);
  const splitter = new FrameSplitter(body.byteLength);
  const stream = framed(body);
  let frames: Uint8Array[] = [];
  for (let i = 0; i < stream.byteLength; i++) frames = splitter.push(stream.subarray(i, i + 1));
  expect(Buffer.compare(Buffer.from(frames[0] ?? []), body)).toBe(0);
});
