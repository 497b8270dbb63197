/** Producer ids: unique over restarts and many askers, an error where they cannot be kept; transactions are refused in words. */
import { randomInt } from 'node:crypto';
import type { FilerEntry } from '../../src/engine/engine';
import { EngineError } from '../../src/engine-error';
import { findCoordinator } from '../../src/kafka/api/find-coordinator';
import { initProducerId } from '../../src/kafka/api/init-producer-id';
import { FilerProducerIds } from '../../src/kafka/producer-ids';
import { ErrorCode } from '../../src/protocol/error-code';
import * as findCodec from '../../src/protocol/generated/find-coordinator';
import * as initCodec from '../../src/protocol/generated/init-producer-id';
import { bytes, callContext, MemoryFiler, silentOperations, text } from '../kafka-group/support';
import { seeded } from '../support/random';
import { startHandlers } from './handlers';
import type { HandlerBench } from './handlers';

const context = callContext();

/** Each call takes a few turns, so that those of several gateways come between one another. */
class SlowFiler extends MemoryFiler {
  readonly #below: (below: number) => number;

  constructor(below: (below: number) => number) {
    super();
    this.#below = below;
  }

  override async put(...parameters: Parameters<MemoryFiler['put']>): Promise<void> {
    await this.#turns();
    await super.put(...parameters);
    await this.#turns();
  }

  override async get(...parameters: Parameters<MemoryFiler['get']>): Promise<FilerEntry | undefined> {
    await this.#turns();
    return super.get(...parameters);
  }

  override async *list(directory: string): AsyncGenerator<FilerEntry> {
    await this.#turns();
    yield* super.list(directory);
  }

  async #turns(): Promise<void> {
    for (let left = this.#below(6); left > 0; left -= 1) await Promise.resolve();
  }
}

test('ids are unique over restarts, and a block is stored before one of it is used', async () => {
  const filer = new MemoryFiler();
  const seen = new Set<bigint>();
  for (let restart = 0; restart < 3; restart += 1) {
    const ids = new FilerProducerIds(filer, silentOperations);
    const some = await Promise.all(Array.from({ length: 1_500 }, () => ids.next(context)));
    for (const id of some) seen.add(id);
  }
  expect(seen.size).toBe(4_500);
  // A claim and the counter for each block.
  expect(filer.puts).toBe(12);
  const stored = text(filer.entries.get('/topics/kafka/.meta/seaglass/producer-ids') ?? bytes(''));
  expect(BigInt((JSON.parse(stored) as { next: string }).next)).toBeGreaterThan([...seen].sort().at(-1) ?? 0n);
});

test('gateways that begin at the same moment give out no id twice, wherever they meet in the filer', async () => {
  const seed = randomInt(2 ** 31);
  process.stdout.write(`producer ids: seed ${seed}\n`);
  const below = seeded(seed);
  for (let run = 0; run < 200; run += 1) {
    const filer = new SlowFiler(below);
    const gateways = Array.from({ length: 4 }, () => new FilerProducerIds(filer, silentOperations));
    const ids = await Promise.all(gateways.map((gateway) => gateway.next(context)));
    expect(new Set(ids).size).toBe(4);
  }
});

test('a filer that fails is an error to all who wait, and is asked again by the next', async () => {
  const filer = new MemoryFiler();
  const ids = new FilerProducerIds(filer, silentOperations);
  filer.failWith = new EngineError('unavailable', 'gone');
  const asked = await Promise.allSettled([ids.next(context), ids.next(context)]);
  expect(asked.map((each) => each.status)).toEqual(['rejected', 'rejected']);
  filer.failWith = undefined;
  expect(await ids.next(context)).toBe(0n);
});

test.each(['', '{}', '{"next":"-5"}', '{"next":"9223372036854775807"}'])(
  'a stored entry of %j is an error',
  async (entry) => {
    const filer = new MemoryFiler();
    await filer.put('/topics/kafka/.meta/seaglass', 'producer-ids', bytes(entry));
    await expect(new FilerProducerIds(filer, silentOperations).next(context)).rejects.toMatchObject({
      code: 'storage_error',
    });
  },
);

test('one who gives up does not fail the others', async () => {
  const ids = new FilerProducerIds(new MemoryFiler(), silentOperations);
  const gone = new AbortController();
  const [first, second] = [ids.next(callContext(gone.signal)), ids.next(context)];
  gone.abort();
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  expect(await second).toBe(0n);
});

describe('over bytes', () => {
  let bench: HandlerBench;
  beforeAll(async () => {
    bench = await startHandlers();
  }, 180_000);
  afterAll(() => bench.close(), 60_000);

  const INIT = {
    api: initProducerId,
    write: initCodec.writeInitProducerIdRequest,
    read: initCodec.readInitProducerIdResponse,
  };
  const FIND = {
    api: findCoordinator,
    write: findCodec.writeFindCoordinatorRequest,
    read: findCodec.readFindCoordinatorResponse,
  };
  const init = (fields: Partial<initCodec.InitProducerIdRequest>, version?: number) =>
    bench.call(INIT, initCodec.createInitProducerIdRequest({ transactionalId: null, ...fields }), version);

  test.each([0, 1, 2, 3, 4, 5, 6])('each InitProducerId of version %i gets its own id', async (version) => {
    const one = await init({}, version);
    const other = await init(version >= 3 ? { producerId: one.producerId, producerEpoch: 0 } : {}, version);
    expect([one, other]).toMatchObject([
      { errorCode: 0, producerEpoch: 0 },
      { errorCode: 0, producerEpoch: 0 },
    ]);
    expect(other.producerId).not.toBe(one.producerId);
  });

  test('what makes no sense is refused, and transactions too', async () => {
    expect(await init({ producerId: 4n, producerEpoch: -1 })).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST });
    expect(await init({ transactionalId: '' })).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST });
    expect(await init({ transactionalId: 'tx' })).toMatchObject({
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      producerId: -1n,
    });
  });

  test.each([0, 1, 2, 3])('FindCoordinator of version %i finds one group here', async (version) => {
    expect(await bench.call(FIND, findCodec.createFindCoordinatorRequest({ key: 'g' }), version)).toMatchObject({
      errorCode: 0,
      nodeId: 1,
      host: '127.0.0.1',
      port: 9092,
    });
  });

  test.each([4, 5, 6])('FindCoordinator of version %i finds several groups here', async (version) => {
    const request = findCodec.createFindCoordinatorRequest({ keyType: 0, coordinatorKeys: ['g', 'h'] });
    expect((await bench.call(FIND, request, version)).coordinators).toMatchObject([
      { key: 'g', nodeId: 1, port: 9092, errorCode: 0 },
      { key: 'h', nodeId: 1, port: 9092, errorCode: 0 },
    ]);
  });

  test.each([
    [
      1,
      ErrorCode.UNSUPPORTED_VERSION,
      'transactions are not supported',
      ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    ],
    [2, ErrorCode.UNSUPPORTED_VERSION, 'share groups are not supported', ErrorCode.UNSUPPORTED_VERSION],
    [9, ErrorCode.INVALID_REQUEST, 'Unknown coordinator type 9', ErrorCode.INVALID_REQUEST],
  ])('a coordinator of type %i is refused in words', async (keyType, errorCode, message, before) => {
    const batched = findCodec.createFindCoordinatorRequest({ keyType, coordinatorKeys: ['k'] });
    expect((await bench.call(FIND, batched)).coordinators).toMatchObject([
      { key: 'k', nodeId: -1, errorCode, errorMessage: expect.stringContaining(message) },
    ]);
    const single = findCodec.createFindCoordinatorRequest({ keyType, key: 'k' });
    expect(await bench.call(FIND, single, 2)).toMatchObject({ errorCode: before, nodeId: -1 });
  });
});
