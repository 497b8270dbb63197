/** Calls to a filer that a test answers by hand: entries that go together, and walks that break off. */
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerWritableStream } from '@grpc/grpc-js';
import { systemClock } from '../../src/clock';
import { EngineChannel } from '../../src/engine/channel/channel';
import type { Filer } from '../../src/engine/engine';
import { createFilerStore } from '../../src/engine/filer/filer-client';
import { FilerBatches } from '../../src/engine/record-log/filer-batches';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import type { EngineSettings } from '../../src/engine/settings';
import { SeaweedFilerService } from '../../src/rpc/filer';
import type { TraverseBfsMetadataRequest, TraverseBfsMetadataResponse } from '../../src/rpc/filer';
import { FilerBatchService } from '../../src/rpc/filer_batch';
import type { CreateEntriesRequest, CreateEntriesResponse } from '../../src/rpc/filer_batch';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { callContext } from '../kafka-group/support';
import { FreezingProxy } from '../support/freezing-proxy';

interface HeldCall {
  readonly names: readonly string[];
  readonly cancelled: Promise<void>;
  readonly reply: sendUnaryData<CreateEntriesResponse>;
}
type Walk = ServerWritableStream<TraverseBfsMetadataRequest, TraverseBfsMetadataResponse>;

const telemetry = createTelemetry();
const settings = DEFAULT_ENGINE_SETTINGS;
const clock = systemClock;
let server: Server;
let address: string;
let channel: EngineChannel;
let filer: Filer;
let calls: HeldCall[];
let arrived: (() => void)[];
let walk: (call: Walk) => void;

const openChannel = (channelSettings: EngineSettings): EngineChannel => {
  const { instruments } = telemetry;
  return new EngineChannel({ address, settings: channelSettings, clock, instruments, keepaliveMs: 60_000 });
};

beforeEach(async () => {
  calls = [];
  arrived = [];
  server = new Server();
  server.addService(FilerBatchService, {
    createEntries: (
      call: { request: CreateEntriesRequest; on(event: 'cancelled', listener: () => void): unknown },
      reply: sendUnaryData<CreateEntriesResponse>,
    ) => {
      const names = call.request.requests.map(({ entry }) => entry?.name ?? '');
      const cancelled = new Promise<void>((resolve) => call.on('cancelled', resolve));
      calls.push({ names, cancelled, reply });
      for (const resolve of arrived.splice(0)) resolve();
    },
  });
  const { traverseBfsMetadata } = SeaweedFilerService;
  server.addService({ traverseBfsMetadata }, { traverseBfsMetadata: (call: Walk) => walk(call) });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  address = `127.0.0.1:${port}`;
  channel = openChannel(settings);
  const batches = new FilerBatches(channel);
  const create: FilerBatches['create'] = (request, context) => batches.create(request, context);
  filer = createFilerStore({ channel: () => channel, settings, clock, create });
});
afterEach(() => {
  channel.close();
  server.forceShutdown();
});
afterAll(() => telemetry.close());

async function callNumber(index: number): Promise<HeldCall> {
  for (;;) {
    const call = calls[index];
    if (call !== undefined) return call;
    await new Promise<void>((resolve) => arrived.push(resolve));
  }
}

const put = (name: string, signal?: AbortSignal, bytes = 1): Promise<void> =>
  filer.put('/d', name, new Uint8Array(bytes), callContext(signal));

test('entries that come while a call is under way go together, and each hears its own answer', async () => {
  const first = put('a');
  const call = await callNumber(0);
  const later = [put('b'), put('c'), put('d')];
  call.reply(null, { errors: [''] });
  await first;
  const next = await callNumber(1);
  expect([call.names, next.names]).toEqual([['a'], ['b', 'c', 'd']]);
  next.reply(null, { errors: ['', 'the disk is full', ''] });
  const settled = await Promise.allSettled(later);
  expect(settled.map((each) => each.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(calls).toHaveLength(2);
});

test('a call that fails fails all of its entries and none of the next', async () => {
  const failing = put('a');
  const call = await callNumber(0);
  const later = put('b');
  call.reply({ code: status.INTERNAL, details: 'broken' });
  await expect(failing).rejects.toThrow('broken');
  (await callNumber(1)).reply(null, { errors: [] });
  await expect(later).rejects.toMatchObject({ code: 'internal' });
});

test('an entry whose caller has left before its call is not made; a call that nobody waits for any more is cancelled', async () => {
  const [leaving, staying] = [new AbortController(), new AbortController()];
  const first = put('a', staying.signal);
  const call = await callNumber(0);
  const given = put('b', leaving.signal);
  leaving.abort();
  await expect(given).rejects.toMatchObject({ code: 'cancelled' });
  const last = put('c');
  staying.abort();
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  await call.cancelled;
  const next = await callNumber(1);
  expect(next.names).toEqual(['c']);
  next.reply(null, { errors: [''] });
  await last;
});

test('large entries are not all sent in one call', async () => {
  const first = put('a');
  const call = await callNumber(0);
  const large = [put('b', undefined, 700_000), put('c', undefined, 700_000), put('d', undefined, 2_000_000)];
  call.reply(null, { errors: [''] });
  await first;
  for (const [index, name] of ['b', 'c', 'd'].entries()) {
    const next = await callNumber(index + 1);
    expect(next.names).toEqual([name]);
    next.reply(null, { errors: [''] });
  }
  await Promise.all(large);
});

test('a node that leaves calls unanswered is connected to anew', async () => {
  const impatience = { ...settings, callDeadlineMs: 300 };
  channel.close();
  channel = openChannel(impatience);
  await channel.ready(callContext());
  const batches = new FilerBatches(channel);
  const impatient = createFilerStore({
    channel: () => channel,
    settings: impatience,
    clock,
    create: (request, context) => batches.create(request, context),
  });
  for (const state of ['READY', 'IDLE']) {
    const unanswered = impatient.put('/d', 'a', new Uint8Array(1), callContext());
    await expect(unanswered).rejects.toMatchObject({ code: 'timeout' });
    expect(channel.state()).toBe(state);
  }
});

const ABSENT = { code: status.UNKNOWN, details: 'find dir /d: filer: no entry is found in filer store' };
const entry = (name: string): TraverseBfsMetadataResponse => ({
  directory: '/d',
  entry: { name, isDirectory: false, chunks: [], attributes: undefined, extended: {}, content: Buffer.alloc(0) },
});

async function walked(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of filer.walk('/d', callContext())) names.push(name);
  return names;
}

test('a walk of what is not there is empty, one that breaks off is an error', async () => {
  walk = (call) => void call.emit('error', ABSENT);
  expect(await walked()).toEqual([]);
  for (const sent of [1, 1_000, 1_001]) {
    for (const error of [ABSENT, { code: status.INTERNAL, details: 'broken' }]) {
      walk = (call) => {
        for (let n = 0; n < sent; n += 1) call.write(entry(`e${n}`));
        call.emit('error', error);
      };
      await expect(walked()).rejects.toThrow(error.details);
    }
  }
  walk = (call) => {
    for (let n = 0; n < 2_000; n += 1) call.write(entry(`e${n}`));
    call.end();
  };
  expect(await walked()).toHaveLength(2_000);
});

test('a walk that is left is cancelled at the filer', async () => {
  const cancelled = new Promise<void>((resolve) => {
    walk = (call) => {
      call.once('cancelled', resolve);
      call.write(entry('first'));
      for (let n = 0; n < 2_000; n += 1) call.write(entry(`e${n}`));
    };
  });
  for await (const { name } of filer.walk('/d', callContext())) {
    expect(name).toBe('first');
    break;
  }
  await cancelled;
});

test('a call to a filer that is silent is made to the end, where its connection may leave pings unanswered', async () => {
  const proxy = new FreezingProxy(address);
  const peer = await proxy.listen();
  const open = (pingAnswerMsMax: number): EngineChannel => {
    const { instruments } = telemetry;
    return new EngineChannel({ address: peer, settings, clock, instruments, keepaliveMs: 50, pingAnswerMsMax });
  };
  const [patient, impatient] = [open(60_000), open(50)];
  try {
    const create = (through: EngineChannel) =>
      through.unaryToItsEnd(FilerBatchService.createEntries, { requests: [] }, callContext());
    const made = create(patient);
    const held = await callNumber(0);
    const broken = create(impatient);
    await callNumber(1);
    proxy.freeze();
    // By then the other one has left pings unanswered, too.
    await expect(broken).rejects.toMatchObject({ code: 'unavailable' });
    proxy.thaw();
    held.reply(null, { errors: ['made'] });
    await expect(made).resolves.toMatchObject({ errors: ['made'] });
  } finally {
    for (const each of [patient, impatient]) each.close();
    proxy.close();
  }
});
