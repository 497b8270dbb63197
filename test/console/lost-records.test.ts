/**
 * Goal: a page of records tells of each lost value once and goes on behind the batch that it is in. Method: a whole gateway whose engine loses the
 * value in the middle of each batch (drill), and the page over HTTP.
 */
import { batchOf, createTopic } from '../e2e/support';
import { post, startDrilledGateway } from '../drills/support';

test('each lost value is one row, and the page ends behind the last batch', async () => {
  const gateway = await startDrilledGateway();
  try {
    const client = await gateway.client();
    await createTopic(client, 'orders', {});
    await client.produce('orders', batchOf('0', '1', '2', '3', '4'));
    await client.produce('orders', batchOf('5'));
    const started = await post(gateway.console, { do: 'start', drill: 'drop-value', forMs: 60_000, topic: 'orders' });
    expect(started.status).toBe(200);
    const page = await fetch(`${gateway.console}/api/records?topic=orders&offset=0`);
    expect(await page.json()).toMatchObject({
      rows: [
        { row: 'unreadable', offset: 2, verdict: 'lost' },
        { row: 'unreadable', offset: 5, verdict: 'lost' },
      ],
      nextOffset: 6,
    });
  } finally {
    await gateway.close();
  }
}, 60_000);
