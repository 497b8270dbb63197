/**
 * Goal: what is explained of a trace is true of it, and the slowest is what somebody waited for. Method: a tracer on a clock moved by hand,
 * and the explanation of what it remembers.
 */
import { ReadHistory } from '../../src/audit/read-history';
import { explain } from '../../src/console/explain/explanation';
import { explanationText } from '../../src/console/explain/explanation-text';
import { findTraces } from '../../src/console/explain/find-traces';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { ManualClock } from '../support/manual-clock';

const ORDERS = { 'messaging.destination.name': 'orders', 'messaging.destination.partition.id': '0' };

function open() {
  const clock = new ManualClock();
  const telemetry = createTelemetry({ clock });
  const said = {
    metric: 'org.apache.kafka.producer.record.queue.time.max',
    node: '',
    topic: '',
    partition: '',
    value: 2,
  };
  const pushed = { id: 'i', clientId: 'shop', clientAddress: '127.0.0.1', clientPort: 1, pushedMs: 0, samples: [said] };
  const sources = {
    ...{ telemetry, reads: new ReadHistory(), traceUrl: undefined },
    clientInstances: () => [pushed, { ...pushed, id: 'elsewhere', clientAddress: '192.0.2.1' }],
  };
  const slowest = () => explain(findTraces({ slowest: true, limit: 1 }, sources), sources).map(explanationText);
  return { clock, telemetry, operations: telemetry.operations, slowest, sources };
}

test('the slowest is a request, not a stream that lived long and then failed', () => {
  const { clock, operations, slowest } = open();
  const session = operations.root('subscriber.session', { spanName: 'subscriber session orders', attributes: ORDERS });
  clock.advance(60_000);
  const fetch = operations.root('request', { spanName: 'Fetch orders' });
  clock.advance(3_000);
  session.end('deadline', { type: 'stalled', message: 'sent nothing' });
  fetch.end('engine_error', { type: 'unavailable', message: 'gone' });
  expect(slowest()).toEqual([expect.stringMatching(/^Fetch orders took 3\.00 s/)]);
});

test('an append that was given no offset is not told as appended, and what the client says of times has their unit', () => {
  const { clock, operations, slowest } = open();
  const attributes = { 'messaging.client.id': 'shop', 'client.address': '127.0.0.1', 'client.port': 2 };
  const produce = operations.root('request', { spanName: 'Produce orders', attributes });
  const send = produce.child('send', { attributes: { ...ORDERS, 'messaging.batch.message_count': 3 } });
  clock.advance(2_000);
  send.end('deadline', { type: 'timeout', message: 'no ack within 2000 ms' });
  produce.end('engine_error', { type: 'timeout', message: 'no ack' });
  const [text] = slowest();
  expect(text).toContain('orders-0: 3 records, no offset given so far; deadline: no ack within 2000 ms');
  expect(text).toMatch(/record\.queue\.time\.max: 2\.0 ms \(told \S+ by instance i\)/);
  // Of the same name, at another address.
  expect(text).not.toContain('elsewhere');
});

test('what else waited is looked up once, however many requests are explained', () => {
  const { clock, telemetry, operations, sources } = open();
  const target = { 'server.address': '192.0.2.7', 'server.port': 17777 };
  for (let index = 0; index < 60; index++) {
    const attributes = { 'messaging.client.id': `client-${String(index)}` };
    const fetch = operations.root('request', { spanName: 'Fetch orders', attributes });
    const range = fetch.child('range.info', { attributes: { ...ORDERS, ...target } });
    clock.advance(2_000);
    range.end('deadline', { type: 'timeout', message: 'no answer' });
    fetch.end('engine_error', { type: 'timeout', message: 'no answer' });
  }
  const find = jest.spyOn(telemetry.recentTraces, 'find');
  const explanations = explain(findTraces({ slowest: false, limit: 50 }, sources), sources);
  expect(explanations).toHaveLength(50);
  // Each began when the one before it ended.
  const [newest, second] = explanations;
  expect(newest?.waitedToo).toMatchObject([{ target: '192.0.2.7:17777', total: 1, clients: ['client-58'] }]);
  expect(second?.waitedToo).toMatchObject([{ total: 2, clients: ['client-57', 'client-59'] }]);
  expect(find).toHaveBeenCalledTimes(2);
});
