/**
 * What each shortcut past gRPC (src/grpc) gains: microseconds of CPU of this process for one message, generated code first. Run by hand:
 * `node -r ./test/support/register.cjs test/bench/grpc-shortcuts.ts`. Each number is the best of five rounds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { serializeAppend } from '../../src/grpc/append-codec';
import { FramePool } from '../../src/grpc/frame-pool';
import { PREFIX_BYTES, writeFramed } from '../../src/grpc/framed-writer';
import { PublishConnections } from '../../src/grpc/publish-connections';
import { frameOf, frameRecords } from '../../src/grpc/publish-frames';
import { encodeRecordsField, FRAME_HEAD_BYTES, frameAround } from '../../src/grpc/records-codec';
import { bind, makeServer } from '../../src/grpc/server';
import { type PublishMessageRequest, SeaweedMessagingService } from '../../src/rpc/mq_broker';
import type { PublishMessageResponse } from '../../src/rpc/mq_broker';
import { PublishRequest, SubscribeResponse } from '../../src/rpc/record_log';
import { systemClock } from '../../src/clock';
import { createTelemetry } from '../../src/telemetry/create-telemetry';

const ROUNDS = 5;
const KIB = 1024;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Microseconds of CPU of one call. */
async function cpuOf(count: number, work: () => void | Promise<void>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) best = Math.min(best, (user + system) / count);
  }
  return best;
}

async function compare(what: string, count: number, plain: () => unknown, shortcut: () => unknown): Promise<void> {
  const repeat = (call: () => unknown) => () => {
    for (let left = count; left > 0; left -= 1) call();
  };
  report(what, await cpuOf(count, repeat(plain)), await cpuOf(count, repeat(shortcut)));
}

function report(what: string, plain: number, shortcut: number): void {
  const [before, after] = [plain, shortcut].map((each) => each.toFixed(each < 10 ? 2 : 0).padStart(8));
  process.stdout.write(`${what.padEnd(52)} ${before} ${after}   ${(plain / shortcut).toFixed(2)}x\n`);
}

const census = { records: 100, nulls: 0, empties: 0, controls: 0, valueBytes: 10_000 };
const wireCensus = { ...census, valueBytes: 10_000n };

function summaries(count: number, size: number) {
  return Array.from({ length: count }, (_, index) => ({
    baseOffset: 1_000_000 + index * 100,
    lastOffset: 1_000_099 + index * 100,
    size,
    maxTimestampMs: 1_760_000_000_000,
    census,
  }));
}

function generatedRecords(described: ReturnType<typeof summaries>, batches: Uint8Array): Buffer {
  const infos = described.map((each) => ({
    baseOffset: BigInt(each.baseOffset),
    lastOffset: BigInt(each.lastOffset),
    size: each.size,
    maxTimestampMs: BigInt(each.maxTimestampMs),
    census: wireCensus,
  }));
  const records = { batches, infos, logStartOffset: 0n, highWatermark: 2_000_000n, generation: 1_760_000_000_000n };
  return asBuffer(SubscribeResponse.encode({ message: { $case: 'records', records } }).finish());
}

async function encoders(): Promise<void> {
  for (const [batches, size, count] of [
    [1, KIB, 100_000],
    [100, KIB, 5_000],
    [1, 512 * KIB, 1_000],
  ] as const) {
    const chunk = Buffer.alloc(batches * size, 1);
    const of = {
      summaries: summaries(batches, size),
      logStartOffset: 0,
      highWatermark: 2_000_000,
      generation: 1.76e12,
    };
    const what = `${batches} x ${size / KIB} KiB`;
    const whole = (): Buffer => generatedRecords(of.summaries, chunk);
    await compare(`records, encoded: ${what}`, count, whole, () => encodeRecordsField({ ...of, chunks: [chunk] }));
    const frame = Buffer.alloc(FRAME_HEAD_BYTES + chunk.length + 64 * KIB);
    const end = FRAME_HEAD_BYTES + chunk.length;
    await compare(`records, around what was read: ${what}`, count, whole, () =>
      frameAround(frame, FRAME_HEAD_BYTES, end, of),
    );
  }
  const told = { summaries: summaries(1, 64 * KIB), logStartOffset: 0, highWatermark: 2_000_000, generation: 1.76e12 };
  const nothing = Buffer.alloc(0);
  await compare(
    'records, announced beside the stream',
    100_000,
    () => generatedRecords(told.summaries, nothing),
    () => encodeRecordsField({ ...told, chunks: [], handedOverBytes: 64 * KIB }),
  );
  for (const [size, count] of [
    [KIB, 100_000],
    [15 * KIB, 30_000],
    [KIB * KIB, 300],
  ] as const) {
    const append = { batch: Buffer.alloc(size, 1), census: wireCensus };
    const whole = (): Buffer => asBuffer(PublishRequest.encode({ message: { $case: 'append', append } }).finish());
    await compare(`append, encoded: ${size / KIB} KiB`, count, whole, () => serializeAppend(append));
  }
  const record = { key: Buffer.from('key-000001'), value: Buffer.alloc(100, 1), tsNs: 1_760_000_000_123_456_789n };
  const hundred = Array.from({ length: 100 }, () => record);
  const each = (): void => {
    for (const { key, value, tsNs } of hundred) {
      frameOf({ message: { $case: 'data', data: { key, value, tsNs, ctrl: undefined } } });
    }
  };
  await compare('100 records published, framed', 3_000, each, () => frameRecords(hundred, 0));
}

type Frame = { readonly framed: Buffer } | { readonly generated: Buffer };

/** Frames of half a megabyte through a socket, both ends in this process. */
async function streams(): Promise<void> {
  const size = 512 * KIB;
  const frames = 400;
  const of = { summaries: summaries(1, size), logStartOffset: 0, highWatermark: 2_000_000, generation: 1.76e12 };
  const pool = new FramePool(FRAME_HEAD_BYTES + size + 4 * KIB, 16);
  const source = Buffer.alloc(size, 1);
  type Call = ServerDuplexStream<Buffer, Frame>;
  /** As the node reads: into a buffer of the frame's own. */
  const read = (frame: Buffer): Buffer => {
    source.copy(frame, FRAME_HEAD_BYTES);
    return frameAround(frame, FRAME_HEAD_BYTES, FRAME_HEAD_BYTES + size, of) ?? frame;
  };
  const fresh = (): Buffer => Buffer.allocUnsafeSlow(pool.frameBytes);
  const ways: Record<string, (call: Call) => Promise<void>> = {
    generated: (call) =>
      new Promise((sent) =>
        call.write({ generated: generatedRecords(of.summaries, Buffer.from(source)) }, () => sent()),
      ),
    written: (call) => new Promise((sent) => call.write({ framed: read(fresh()) }, () => sent())),
    direct: (call) =>
      new Promise((sent) =>
        writeFramed<Frame>(
          call,
          read(fresh()),
          (framed) => ({ framed }),
          () => sent(),
        ),
      ),
    pooled: (call) =>
      new Promise((sent) => {
        const frame = pool.take();
        writeFramed<Frame>(
          call,
          read(frame),
          (framed) => ({ framed }),
          () => {
            pool.give(frame);
            sent();
          },
        );
      }),
  };
  const cost = async (way: string): Promise<number> => {
    const serve = ways[way];
    if (serve === undefined) throw new Error(way);
    const started = await startServer(makeServer(), {
      path: '/bench/frames',
      responseSerialize: (frame: Frame) => ('framed' in frame ? frame.framed.subarray(PREFIX_BYTES) : frame.generated),
      handle: (call: Call) => {
        call.on('data', () => {
          void (async () => {
            call.write({ generated: Buffer.alloc(1) });
            for (let left = frames; left > 0; left -= 1) await serve(call);
            call.end();
          })();
        });
      },
    });
    const used = await cpuOf(frames, () => started.receiveAll());
    await started.stop();
    return used;
  };
  const [generated, written, direct, pooled] = [
    await cost('generated'),
    await cost('written'),
    await cost('direct'),
    await cost('pooled'),
  ];
  report('a frame of 512 KiB sent: encoded by hand', generated, written);
  report('a frame of 512 KiB sent: and past the call', written, direct);
  report('a frame of 512 KiB sent: and used again', direct, pooled);
}

async function startServer<Message>(
  server: Server,
  method: {
    readonly path: string;
    readonly responseSerialize: (message: Message) => Buffer;
    readonly handle: (call: ServerDuplexStream<Buffer, Message>) => void;
  },
) {
  const directory = mkdtempSync(join(tmpdir(), 'grpc-shortcuts-'));
  const address = `unix:${join(directory, 'socket')}`;
  const identity = (bytes: Buffer): Buffer => bytes;
  const { path, responseSerialize, handle } = method;
  const both = { path, requestStream: true, responseStream: true, requestDeserialize: identity, responseSerialize };
  server.addService(
    { bench: { ...both, requestSerialize: identity, responseDeserialize: identity } },
    { bench: handle },
  );
  await bind(server, address);
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc-node.flow_control_window': 4 * KIB * KIB,
  });
  return {
    receiveAll: () =>
      new Promise<void>((resolve, reject) => {
        const call = client.makeBidiStreamRequest(path, identity, identity, new Metadata(), {});
        call.on('data', () => undefined);
        call.on('end', resolve);
        call.on('error', reject);
        call.write(Buffer.alloc(1));
      }),
    stop: async () => {
      client.close();
      server.forceShutdown();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Microseconds until a MiB sent has arrived and is answered: with the window that HTTP/2 begins with, and with ours. */
async function windows(): Promise<void> {
  const messages = 200;
  const message = Buffer.alloc(KIB * KIB, 1);
  const cost = async (server: Server, listen: typeof bind): Promise<number> => {
    const directory = mkdtempSync(join(tmpdir(), 'grpc-shortcuts-'));
    const address = `unix:${join(directory, 'socket')}`;
    const identity = (bytes: Buffer): Buffer => bytes;
    const both = { path: '/bench/windows', requestStream: true, responseStream: true };
    const codec = {
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    };
    server.addService(
      { bench: { ...both, ...codec } },
      {
        bench: (call: ServerDuplexStream<Buffer, Buffer>) => {
          call.on('data', () => call.write(Buffer.alloc(1)));
          call.on('end', () => call.end());
        },
      },
    );
    await listen(server, address);
    const client = new Client(address, credentials.createInsecure());
    const call = client.makeBidiStreamRequest(both.path, identity, identity, new Metadata(), {});
    const startedMs = systemClock.monotonicMs();
    await new Promise<void>((resolve, reject) => {
      let answered = 0;
      call.on('error', reject);
      call.on('data', () => {
        answered += 1;
        if (answered === messages) resolve();
        else call.write(message);
      });
      call.write(message);
    });
    const elapsedMs = systemClock.monotonicMs() - startedMs;
    call.end();
    client.close();
    server.forceShutdown();
    rmSync(directory, { recursive: true });
    return (elapsedMs * 1_000) / messages;
  };
  const plainBind: typeof bind = (server, address) =>
    new Promise((resolve, reject) => {
      server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  const plain = await cost(new Server({ 'grpc.max_receive_message_length': -1 }), plainBind);
  report('1 MiB appended and answered (wall): windows', plain, await cost(makeServer(), bind));
}

/** Batches of a hundred records published to a broker that acks each, in this process, by a call of grpc-js and by the own connection. */
async function publishing(): Promise<void> {
  const records = 20_000;
  const batch = 100;
  const server = new Server();
  const { publishMessage } = SeaweedMessagingService;
  server.addService(
    { publishMessage },
    {
      publishMessage: (call: ServerDuplexStream<PublishMessageRequest, PublishMessageResponse>) => {
        const ack = { ackTsNs: 0n, error: '', shouldClose: false, errorCode: 0, assignedOffset: 1n };
        call.on('data', () => call.write(ack));
        call.on('end', () => call.end());
        call.on('error', () => undefined);
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const record = { key: Buffer.from('key-000001'), value: Buffer.alloc(100, 1), tsNs: 1_760_000_000_123_456_789n };
  const hundred = Array.from({ length: batch }, () => record);
  const data = { ...record, ctrl: undefined };
  /** Sends a batch whenever the one before is acked. */
  const rounds = (send: () => void) => {
    let acked = 0;
    let done: () => void = () => undefined;
    return {
      onAck: () => {
        acked += 1;
        if (acked === records) done();
        else if (acked % batch === 0) send();
      },
      run: () =>
        new Promise<void>((resolve) => {
          acked = 0;
          done = resolve;
          send();
        }),
    };
  };
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const call = client.makeBidiStreamRequest(
    publishMessage.path,
    publishMessage.requestSerialize,
    publishMessage.responseDeserialize,
    new Metadata(),
    {},
  );
  const byCall = rounds(() => {
    for (let left = batch; left > 0; left -= 1) call.write({ message: { $case: 'data', data } });
  });
  call.on('data', byCall.onAck);
  call.on('error', () => undefined);
  const plain = await cpuOf(records, byCall.run);
  call.end();

  const telemetry = createTelemetry({});
  const connections = new PublishConnections({
    clock: systemClock,
    instruments: telemetry.instruments,
    keepaliveMs: 60_000,
  });
  const direct = rounds(() => stream.write(frameRecords(hundred, 0)));
  const stream = connections.open(`127.0.0.1:${port}`, 'bench', {
    received: direct.onAck,
    ended: () => undefined,
  });
  const shortcut = await cpuOf(records, direct.run);
  report('a record published and acked: own connection', plain, shortcut);
  connections.close();
  telemetry.close();
  client.close();
  server.forceShutdown();
}

async function main(): Promise<void> {
  process.stdout.write(`${'µs of CPU each'.padEnd(52)} ${'grpc'.padStart(8)} ${'here'.padStart(8)}\n`);
  await encoders();
  await streams();
  await publishing();
  await windows();
}

void main();
