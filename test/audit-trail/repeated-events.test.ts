/** Goal: what is held of events that come again and again is bounded in size as in number. Method: events of long texts, on a clock moved by hand. */
import { DETAIL_LENGTH_MAX } from '../../src/audit-trail/audit-kinds';
import type { AuditEvent } from '../../src/audit-trail/audit-trail';
import { RepeatedEvents } from '../../src/audit-trail/repeated-events';
import { ManualClock } from '../support/manual-clock';

const LONG = 'long '.repeat(100_000);
const EVENT: AuditEvent = {
  kind: 'offsets_reset',
  actor: { principal: LONG, listener: 'EXTERNAL', clientAddress: '10.1.2.3', clientId: LONG },
  api: 'OffsetCommit',
  resource: { type: 'group', name: LONG },
  verdict: 'allowed',
  detail: LONG,
  repeats: LONG,
};

test('of texts of any length no more is held than a line shows', () => {
  const told: AuditEvent[] = [];
  const clock = new ManualClock();
  const tell = (event: AuditEvent): void => void told.push(event);
  const repeated = new RepeatedEvents({ clock, intervalMs: 60_000, heldMax: 10, tell });
  repeated.hold('first', EVENT, 1);
  repeated.hold('second', EVENT, 0);
  expect(repeated.again('second', EVENT)).toBe(true);
  repeated.close();
  expect(told).toHaveLength(2);
  for (const event of told) {
    expect(JSON.stringify(event).length).toBeLessThan(5 * DETAIL_LENGTH_MAX);
    expect(event.detail).toBe(LONG.slice(0, DETAIL_LENGTH_MAX));
  }
});
