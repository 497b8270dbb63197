/**
 * Goal: the record browser shows batches as large as producers may send them, and tells of one that it cannot unpack in a row, with those around it.
 * Method: a whole gateway that takes more than the default, batches of zeros that compress to little, and the page over HTTP.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { batchOf, createTopic, startWholeGateway } from '../e2e/support';

const MIB = 1024 * 1024;

test('a batch of 60 MiB is shown, one of 70 MiB is one row that says why it is not, and the page goes on', async () => {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-large-'));
  const gateway = await startWholeGateway({ flags: { data, 'kafka.decompressed-bytes-max': String(128 * MIB) } });
  try {
    const client = await gateway.client();
    expect(await createTopic(client, 'large', {})).toBe(ErrorCode.NONE);
    const zeros = (bytes: number) => ({ timestamp: 1, key: null, value: Buffer.alloc(bytes) });
    const large = (bytes: number) => encodeBatch([zeros(bytes), zeros(0)], { codec: 'gzip' });
    for (const batch of [batchOf('0'), large(60 * MIB), large(70 * MIB), batchOf('5')])
      expect((await client.produce('large', batch)).errorCode).toBe(ErrorCode.NONE);
    const answer = await fetch(`${gateway.console}/api/records?topic=large&offset=0`);
    expect(answer.status).toBe(200);
    const page = (await answer.json()) as { readonly rows: readonly Record<string, unknown>[] };
    expect(page).toMatchObject({
      rows: [
        { row: 'record', offset: 0 },
        { row: 'record', offset: 1, value: { kind: 'present', bytes: 60 * MIB } },
        { row: 'record', offset: 2, value: { kind: 'empty' } },
        { row: 'unreadable', offset: 3, code: 'record_too_large' },
        { row: 'record', offset: 5 },
      ],
      nextOffset: 6,
    });
    const journey = await fetch(`${gateway.console}/api/journey?topic=large&partition=0&offset=1`);
    expect(await journey.json()).toMatchObject({ stored: { state: 'stored', record: { valueBytes: 60 * MIB } } });
  } finally {
    await gateway.close();
    rmSync(data, { recursive: true, force: true });
  }
}, 120_000);
