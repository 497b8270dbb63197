/**
 * Goal: an event leaves as its schema says, waits for nobody, and is counted where it is lost; what is repeated is put together without
 * losing a request. Method: the trail on a clock moved by hand, over outputs that take, hold back or fail.
 */
import fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { AUDIT_KINDS, type AuditKind } from '../../src/audit-trail/audit-kinds';
import type { AuditOutput } from '../../src/audit-trail/audit-queue';
import type { AuditEvent, TopicUse } from '../../src/audit-trail/audit-trail';
import { streamLines } from '../../src/audit-trail/line-outputs';
import { RunningAuditTrail } from '../../src/audit-trail/running-audit-trail';
import { Metrics } from '../../src/telemetry/metrics/metrics';
import { auditLines, brief, MemoryOutput } from '../support/audit-lines';
import { ManualClock } from '../support/manual-clock';

const EVENT: AuditEvent = {
  kind: 'topic_deleted',
  actor: { principal: 'alice', listener: 'EXTERNAL', clientAddress: '10.1.2.3', clientId: 'admin-1' },
  api: 'DeleteTopics',
  resource: { type: 'topic', name: 'orders' },
  verdict: 'allowed',
};
const DENIED: AuditEvent = {
  ...EVENT,
  kind: 'request_denied',
  api: 'Fetch',
  verdict: 'denied',
  rule: 'no ACL',
  repeats: 'READ',
};

interface Options {
  readonly outputs?: readonly AuditOutput[];
  readonly uses?: readonly TopicUse[];
  readonly queuedMax?: number;
  readonly heldMax?: number;
}

function setUp(options: Options = {}) {
  const clock = new ManualClock();
  const instruments = new Metrics({ clock, runtimeMetrics: false });
  const output = new MemoryOutput();
  const log: string[] = [];
  const trail = new RunningAuditTrail({
    clock,
    instruments,
    log: { enabled: () => true, write: (_level, event) => void log.push(event) },
    outputs: [output],
    uses: [],
    intervalMs: 60_000,
    queuedMax: 1_000,
    heldMax: 1_000,
    ...options,
  });
  const counted = async (name: string): Promise<number> => {
    const family = (await instruments.snapshots()).find((each) => each.name === name);
    return family?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
  };
  return { clock, output, log, trail, counted };
}

/** A request of somebody, as a handler has it. */
const requestOf = (principal: string) => ({
  session: { principal, clientAddress: '10.1.2.3', listener: { name: 'EXTERNAL' } },
  clientId: 'reader',
  operation: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
});

function use(trail: RunningAuditTrail, kind: TopicUse, topic: string, principal: string): void {
  const api = kind === 'topic_read' ? 'Fetch' : 'Produce';
  trail.used(kind, { api, topic, request: requestOf(principal) }, () => `a rule for ${principal}`);
}

test('an event is a line of its fields', async () => {
  const { trail, output } = setUp();
  trail.record({
    ...EVENT,
    rule: 'super.users',
    detail: 'x=1',
    trace: { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) },
  });
  await trail.close();
  expect(output.lines).toEqual([
    {
      time: '2023-11-14T22:13:20.000Z',
      level: 'info',
      event: 'audit.topic_deleted',
      message: 'User:alice DeleteTopics topic orders: allowed',
      principal: 'User:alice',
      listener: 'EXTERNAL',
      client_address: '10.1.2.3',
      client_id: 'admin-1',
      api: 'DeleteTopics',
      resource_type: 'topic',
      resource_name: 'orders',
      verdict: 'allowed',
      rule: 'super.users',
      detail: 'x=1',
      trace_id: 'a'.repeat(32),
      span_id: 'b'.repeat(16),
    },
  ]);
});

test('whatever clients call themselves and theirs, a line is one line, bounded, with its own fields', async () => {
  const { trail, output } = setUp();
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3_000 }),
    fc.constantFrom('"},{"', '\n{}\n', '\u202e', '\ud800'),
  );
  const kinds = Object.keys(AUDIT_KINDS) as AuditKind[];
  let told = 0;
  fc.assert(
    fc.property(fc.constantFrom(...kinds), hostile, hostile, hostile, (kind, principal, clientId, name) => {
      const actor = { ...EVENT.actor, principal, clientId };
      // Each denial of its own, so that none is put together with another.
      const resource = { type: 'topic', name: `${told} ${name}` } as const;
      trail.record({ ...EVENT, kind, actor, resource, rule: name, error: clientId, detail: name });
      told += 1;
    }),
    { numRuns: 500 },
  );
  await trail.close();
  // Reading them checks each.
  expect(output.lines).toHaveLength(told);
});

test('telling writes nothing in the turn of who tells', async () => {
  const { trail, output } = setUp();
  trail.record(EVENT);
  await Promise.resolve();
  expect(output.text).toBe('');
  await output.has(1);
});

test('an output that takes nothing holds nobody back: past its bound events are dropped, counted and told once', async () => {
  let take = (): void => undefined;
  const stuck = new MemoryOutput();
  const write = stuck.write.bind(stuck);
  const taken = new Promise<void>((resolve) => (take = resolve));
  stuck.write = (lines) => taken.then(() => write(lines));
  const other = new MemoryOutput();
  const { trail, log, counted } = setUp({ outputs: [stuck, other], queuedMax: 1_000 });
  for (let told = 0; told < 1_000; told++) trail.record(EVENT);
  await other.has(1_000);
  // Of the first thousand a batch has left the queue.
  for (let told = 0; told < 1_000; told++) trail.record(EVENT);
  await other.has(2_000);
  const dropped = await counted('seaglass_audit_events_dropped_total');
  expect(dropped).toBeGreaterThan(0);
  expect(log).toEqual(['audit.dropping']);
  take();
  await trail.close();
  expect(stuck.lines.length + dropped).toBe(2_000);
  expect(log).toEqual(['audit.dropping', 'audit.complete_again']);
  expect(await counted('seaglass_audit_events_total')).toBe(2_000);
});

test('a stop waits two seconds for an output that takes nothing, and counts what it did not take', async () => {
  const never: AuditOutput = {
    name: 'file',
    write: (_lines, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve('given_up'), { once: true })),
    close: () => Promise.resolve(),
  };
  const { trail, clock, counted } = setUp({ outputs: [never] });
  for (let told = 0; told < 700; told++) trail.record(EVENT);
  const closed = trail.close();
  clock.advance(2_000);
  await closed;
  expect(await counted('seaglass_audit_events_dropped_total')).toBe(700);
});

test('a stream that nobody reads costs events, and one that is closed costs all that come', async () => {
  const unread = new PassThrough({ highWaterMark: 1_000 });
  const { trail, clock, counted } = setUp({ outputs: [streamLines(unread)], queuedMax: 10 });
  for (let told = 0; told < 100; told++) trail.record(EVENT);
  expect(await counted('seaglass_audit_events_dropped_total')).toBe(90);
  unread.destroy(new Error('EPIPE'));
  trail.record(EVENT);
  const closed = trail.close();
  clock.advance(2_000);
  await closed;
  expect(await counted('seaglass_audit_events_dropped_total')).toBe(101);
});

test('a stream that is read has every line', async () => {
  const read = new PassThrough({ highWaterMark: 100 });
  let text = '';
  read.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const { trail } = setUp({ outputs: [streamLines(read)] });
  for (let told = 0; told < 300; told++) trail.record(EVENT);
  await trail.close();
  expect(auditLines(text)).toHaveLength(300);
});

describe('what is repeated', () => {
  test('a denial is told at once, then counted, and told again with its count', async () => {
    const { trail, output, clock } = setUp();
    for (let times = 0; times < 100; times++) trail.record(DENIED);
    trail.record({ ...DENIED, resource: { type: 'topic', name: 'other' } });
    await output.has(2);
    clock.advance(60_000);
    await output.has(3);
    expect(output.lines.map(({ resource_name: name, count }) => [name, count])).toEqual([
      ['orders', undefined],
      ['other', undefined],
      ['orders', 99],
    ]);
    trail.record(DENIED);
    await output.has(4);
    expect(output.lines[3]).not.toHaveProperty('count');
  });

  test('reads and writes are told once an interval for each principal, topic and API, and at the stop', async () => {
    const { trail, output, clock } = setUp({ uses: ['topic_read', 'topic_written'] });
    expect(trail.audits('topic_read')).toBe(true);
    for (let times = 0; times < 3; times++) use(trail, 'topic_read', 'orders', 'alice');
    use(trail, 'topic_read', 'orders', 'bob');
    use(trail, 'topic_written', 'orders', 'alice');
    expect(output.text).toBe('');
    clock.advance(60_000);
    await output.has(3);
    use(trail, 'topic_read', 'orders', 'alice');
    await trail.close();
    expect(new Set(output.lines.map(({ rule }) => rule))).toEqual(new Set(['a rule for alice', 'a rule for bob']));
    expect(output.lines.map(({ event, principal, count, since }) => [event, principal, count, since])).toEqual([
      ['audit.topic_read', 'User:alice', 3, '2023-11-14T22:13:20.000Z'],
      ['audit.topic_read', 'User:bob', 1, '2023-11-14T22:13:20.000Z'],
      ['audit.topic_written', 'User:alice', 1, '2023-11-14T22:13:20.000Z'],
      ['audit.topic_read', 'User:alice', 1, '2023-11-14T22:14:20.000Z'],
    ]);
  });

  test('nothing is worked out for what is not asked for, or for nobody', () => {
    expect(setUp().trail.audits('topic_read')).toBe(false);
    expect(setUp({ uses: ['topic_written'] }).trail.audits('topic_read')).toBe(false);
    expect(setUp({ uses: ['topic_read'], outputs: [] }).trail.audits('topic_read')).toBe(false);
  });

  test('however many there are, a bounded number is held and every request is in some event', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(40), fc.boolean(), fc.nat(30_000)), { maxLength: 300 }),
        fc.integer({ min: 1, max: 20 }),
        async (steps, heldMax) => {
          const { trail, output, clock, counted } = setUp({ uses: ['topic_read'], heldMax });
          for (const [topic, isDenial, passMs] of steps) {
            if (isDenial) trail.record({ ...DENIED, resource: { type: 'topic', name: `t${topic}` } });
            else use(trail, 'topic_read', `t${topic}`, 'alice');
            clock.advance(passMs);
          }
          await trail.close();
          const sum = output.lines.reduce((total, { count }) => total + Number(count ?? 1), 0);
          expect(sum).toBe(steps.length);
          expect(await counted('seaglass_audit_events_total')).toBe(steps.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('the kind and the verdict of an event are counted', async () => {
  const { trail, output, counted } = setUp({ outputs: [] });
  trail.record(EVENT);
  trail.record({ ...EVENT, kind: 'sign_in_failed', verdict: 'denied' });
  expect(await counted('seaglass_audit_events_total')).toBe(2);
  expect(brief(output.lines)).toEqual([]);
});
