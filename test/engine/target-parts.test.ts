/**
 * Goal: calls that are answered again are told to be, whatever other calls are under way, and those that nobody makes any more are told so.
 * Method: kinds of calls begun and ended on a clock moved by hand, and incidents that are written down.
 */
import { TargetParts, type TargetPartsOptions } from '../../src/engine/channel/target-parts';
import { ManualClock } from '../support/manual-clock';

const [PUBLISH, RANGE] = ['/seaglass.v1.RecordLog/Publish', '/seaglass.v1.RecordLog/GetPartitionRange'];

function setUp() {
  const clock = new ManualClock();
  const told: string[] = [];
  const incidents = {
    open: (_kind: string, _target: string, { evidence }: { evidence: string }) => told.push(evidence),
    close: (_kind: string, _target: string, evidence: string) => told.push(evidence),
    failed: () => undefined,
  };
  const telemetry = {
    incidents,
    eventLoop: { awakeMs: (sinceMs: number) => clock.monotonicMs() - sinceMs },
    failedRequests: { of: () => 0 },
    waiting: { on: () => undefined },
  } as unknown as TargetPartsOptions['telemetry'];
  const parts = new TargetParts({ address: 'node:1', role: 'node', clock, telemetry });
  const now = (): number => clock.monotonicMs();
  /** Two calls that reached their deadlines. */
  const leftUnanswered = (path: string): void => {
    const begun = [parts.began(path, now()), parts.began(path, now())];
    clock.advance(3_000);
    for (const each of begun) parts.ended(path, each, 'unanswered', now());
    parts.judge(now());
  };
  return { clock, told, parts, now, leftUnanswered };
}

test('they are answered again although another kind has a call under way', () => {
  const { told, parts, now, leftUnanswered } = setUp();
  leftUnanswered(PUBLISH);
  expect(told).toEqual([expect.stringContaining('has answered no Publish for 3.0 s (2 calls)')]);
  expect(parts.up).toBe(false);
  parts.began(RANGE, now());
  parts.ended(PUBLISH, parts.began(PUBLISH, now()), 'answered', now());
  parts.judge(now());
  expect([told.at(-1), told.length, parts.up]).toEqual(['answers such calls again', 2, true]);
});

test('they are not asked for any more', () => {
  const { clock, told, parts, now, leftUnanswered } = setUp();
  leftUnanswered(PUBLISH);
  clock.advance(60_000);
  parts.judge(now());
  expect([told.at(-1), parts.up]).toEqual(['is not asked for such calls any more', true]);
});
