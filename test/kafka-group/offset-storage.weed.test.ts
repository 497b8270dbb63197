/**
 * The contract of committed offsets on a real SeaweedFS, and that its own Kafka gateway and ours read each other's: the entries are
 * written and read by a plain filer client, with the bytes that the other gateway writes.
 */
import { credentials } from '@grpc/grpc-js';
import { systemClock } from '../../src/clock';
import { parseServerAddress } from '../../src/engine/seaweedmq/addresses';
import { FilerOffsetStorage } from '../../src/kafka/groups/offsets/filer-offset-storage';
import { OrderedOffsetStorage } from '../../src/kafka/groups/offsets/ordered-offset-storage';
import type { LookupDirectoryEntryResponse } from '../../src/rpc/filer';
import { SeaweedFilerClient } from '../../src/rpc/filer';
import { describeWithWeed, startWeed } from '../support/weed';
import type { Weed } from '../support/weed';
import type { OpenFiler } from './filers';
import { filerAt } from './filers';
import { at, describeOffsetContract } from './offset-contract';
import { callContext, text } from './support';

const TIMEOUT_MS = 240_000;

describeWithWeed('on a real SeaweedFS', () => {
  const context = callContext();
  let weed: Weed;
  let open: OpenFiler;

  beforeAll(async () => {
    weed = await startWeed();
    open = filerAt(parseServerAddress(weed.filer).grpc);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await open.close();
    await weed.stop();
  }, TIMEOUT_MS);

  describeOffsetContract('in its filer', async () => {
    const stored = new FilerOffsetStorage(open.filer);
    return new OrderedOffsetStorage(stored, { clock: systemClock, commitTimeoutMs: 60_000 });
  });

  describe('another program and the gateway', () => {
    const directory = '/topics/kafka/.meta/consumer_offsets/interop/orders/3';
    let plain: SeaweedFilerClient;
    beforeAll(() => {
      plain = new SeaweedFilerClient(open.address, credentials.createInsecure());
    });
    afterAll(() => plain.close());

    test('an offset that the other gateway wrote is read, alone and with the group', async () => {
      await create(
        plain,
        directory,
        '{"type":"offset","value":42,"committed_at":1700000000123,"metadata":"a\\u003cb"}',
      );
      const storage = new FilerOffsetStorage(open.filer);
      const committed = { offset: 42, leaderEpoch: -1, metadata: 'a<b', committedAtMs: 1_700_000_000_123 };
      expect(await storage.fetch('interop', at('orders', 3, 0), context)).toEqual(committed);
      expect(await storage.fetchAll('interop', context)).toEqual([{ topic: 'orders', partition: 3, ...committed }]);
      expect(await storage.listGroups(context)).toContain('interop');
    });

    test('an offset that the gateway wrote is found where the other looks, inline and in its form', async () => {
      await new FilerOffsetStorage(open.filer).commit('interop', at('orders', 3, 43, 'note'), context);
      const entry = await new Promise<LookupDirectoryEntryResponse>((resolve, reject) => {
        plain.lookupDirectoryEntry({ directory, name: 'offset' }, (error, found) =>
          error === null ? resolve(found) : reject(error),
        );
      });
      expect(text(entry.entry?.content ?? new Uint8Array(0))).toBe(
        '{"type":"offset","value":43,"committed_at":1700000000000,"metadata":"note"}',
      );
      expect(entry.entry).toMatchObject({ isDirectory: false, chunks: [], attributes: { fileMode: 0o644 } });
    });

    test('a position in time is not taken for an offset, nor is damage for absence', async () => {
      const storage = new FilerOffsetStorage(open.filer);
      for (const content of [
        '{"type":"timestamp","value":1700000000000,"committed_at":1,"metadata":""}',
        '{"type":"off',
      ]) {
        await create(plain, directory, content);
        await expect(storage.fetch('interop', at('orders', 3, 0), context)).rejects.toMatchObject({
          code: 'storage_error',
        });
      }
    });
  });
});

/** As SeaweedFS's own Kafka gateway does it. */
function create(client: SeaweedFilerClient, directory: string, content: string): Promise<void> {
  const seconds = BigInt(Math.floor(Date.now() / 1_000));
  const attributes = { crtime: seconds, mtime: seconds, fileMode: 0o644, fileSize: BigInt(content.length) };
  const entry = {
    name: 'offset',
    isDirectory: false,
    chunks: [],
    attributes: { ...attributes, uid: 0, gid: 0, mime: '', ttlSec: 0 },
    extended: {},
    content: Buffer.from(content),
  };
  const request = {
    directory,
    entry,
    oExcl: false,
    isFromOtherCluster: false,
    signatures: [],
    skipCheckParentDirectory: false,
  };
  return new Promise((resolve, reject) => {
    client.createEntry(request, (error, answer) => {
      if (error !== null || answer.error !== '') reject(error ?? new Error(answer.error));
      else resolve();
    });
  });
}
