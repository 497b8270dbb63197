/**
 * Slow readers: raw connections that ask for 50 MB of a topic and take 1 KB/s of the answer. What they make the gateway hold
 * is the figure of interest.
 */
import { connect, type Socket } from 'node:net';
import {
  createFetchPartition,
  createFetchRequest,
  createFetchTopic,
  writeFetchRequest,
} from '../../src/protocol/generated/fetch';
import { Writer } from '../../src/protocol/writer';
import { toOffset, toPartitionId } from '../../src/types';

const FETCH_KEY = 1;
const FETCH_VERSION = 11;
const ASKED_BYTES = 50 * 1024 * 1024;

function fetchFrame(topic: string): Uint8Array {
  const body = new Writer();
  body.int16(FETCH_KEY);
  body.int16(FETCH_VERSION);
  body.int32(1);
  body.nullableString('slow-reader');
  const partition = createFetchPartition({
    partition: toPartitionId(0),
    fetchOffset: toOffset(0),
    partitionMaxBytes: ASKED_BYTES,
  });
  const request = createFetchRequest({
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: ASKED_BYTES,
    sessionEpoch: -1,
    topics: [createFetchTopic({ topic, partitions: [partition] })],
  });
  writeFetchRequest(body, request, FETCH_VERSION);
  const chunks = body.finish();
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const frame = new Uint8Array(4 + size);
  new DataView(frame.buffer).setInt32(0, size);
  let position = 4;
  for (const chunk of chunks) {
    frame.set(chunk, position);
    position += chunk.length;
  }
  return frame;
}

/** Opens them; resolves once each has received its first bytes. Close ends them all. */
export async function slowReaders(bootstrap: string, topic: string, count: number): Promise<{ close(): void }> {
  const [host = '127.0.0.1', port = '0'] = bootstrap.split(':');
  const frame = fetchFrame(topic);
  const sockets: Socket[] = [];
  const timers: NodeJS.Timeout[] = [];
  await Promise.all(
    Array.from({ length: count }, () => {
      const socket = connect(Number(port), host);
      sockets.push(socket);
      return new Promise<void>((resolve, reject) => {
        socket.on('error', reject);
        socket.on('connect', () => socket.write(frame));
        socket.once('readable', () => {
          timers.push(setInterval(() => socket.read(1024) ?? socket.read(), 1_000));
          resolve();
        });
      });
    }),
  );
  return {
    close: () => {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}
