/** Claims: frames come back as they were given, the newest of them in one piece, and none goes while there is room. */
import * as fc from 'fast-check';
import { FrameRing, type RecordedFrame } from '../../src/server/flight-recorder/frame-ring';

const SMALLEST = 64;

test('what a ring holds is the newest of what it was given', () => {
  const step = fc.record({ kept: fc.integer({ min: 4, max: 90 }), grows: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: SMALLEST, max: 400 }), (steps, capacity) => {
      const ring = new FrameRing();
      ring.grow(capacity);
      const given: RecordedFrame[] = [];
      let before = 0;
      for (const [index, { kept, grows }] of steps.entries()) {
        const isRoom = ring.hasRoomFor(kept);
        given.push(frameOf(index, Math.min(kept, ring.keptMax)));
        add(ring, given.at(-1));
        const held = ring.frames();
        expect(held).toEqual(given.slice(given.length - held.length));
        expect(held.length).toBeGreaterThan(isRoom ? before : 0);
        if (grows && ring.capacity < 1_000) {
          ring.grow(ring.capacity + 16);
          expect(ring.frames()).toEqual(held);
        }
        before = held.length;
      }
    }),
  );
});

test('a ring that was cleared holds nothing, and no memory', () => {
  const ring = new FrameRing();
  ring.grow(SMALLEST);
  add(ring, frameOf(0, 10));
  ring.clear();
  expect({ capacity: ring.capacity, isEmpty: ring.isEmpty, frames: ring.frames() }).toEqual({
    ...{ capacity: 0, isEmpty: true, frames: [] },
  });
});

const frameOf = (index: number, kept: number): RecordedFrame => ({
  atMs: 1_700_000_000_000.25 + index,
  direction: index % 3 === 0 ? 'request' : 'response',
  head: Buffer.alloc(kept, index % 256),
  length: kept + index,
});

function add(ring: FrameRing, frame: RecordedFrame | undefined): void {
  if (frame === undefined) throw new Error('no frame');
  const { memory, at } = ring.add(frame.atMs, frame.direction, frame.length, frame.head.byteLength);
  memory.set(frame.head, at);
}
