/**
 * Goal: a group that reads and never commits is told of after a quarter of an hour, and no other. Method: the watch on a clock of the
 * test's own.
 */
import { UncommittedReads } from '../../src/kafka/groups/uncommitted-reads';
import { DEFAULT_GROUP_SETTINGS } from '../../src/kafka/groups/classic/group-settings';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { ManualClock } from '../support/manual-clock';

const AFTER_MS = DEFAULT_GROUP_SETTINGS.stuckAfterMs;

function open() {
  const clock = new ManualClock();
  const { incidents } = createTelemetry({ clock });
  const reads = new UncommittedReads({ clock, incidents, afterMs: AFTER_MS });
  /** Ten records every ten seconds. */
  const readFor = (group: string, ms: number): void => {
    for (let passed = 0; passed < ms; passed += 10_000) {
      clock.advance(10_000);
      reads.read(group, 10);
    }
  };
  const told = () => incidents.current().map(({ kind, target }) => `${kind} ${target}`);
  return { clock, incidents, reads, readFor, told };
}

test('a group that reads for a quarter of an hour and commits nothing is told of, until it commits', () => {
  const { clock, incidents, reads, readFor, told } = open();
  readFor('billing', AFTER_MS);
  expect(told()).toEqual([]);
  readFor('billing', 10_000);
  expect(told()).toEqual(['group_never_commits billing']);
  expect(incidents.current()[0]?.evidence).toBe('was given 910 records in 15 minutes and has committed nothing');
  reads.committed('billing');
  clock.advance(10_000);
  expect(told()).toEqual([]);
  readFor('billing', 2 * AFTER_MS);
  expect(told()).toEqual([]);
});

test('one that commits, one that reads a little and one that stopped reading are not', () => {
  const { clock, reads, readFor, told } = open();
  reads.committed('committing');
  readFor('committing', AFTER_MS + 20_000);
  readFor('young', 60_000);
  clock.advance(AFTER_MS);
  reads.read('young', 1);
  expect(told()).toEqual([]);
  readFor('stopped', AFTER_MS + 20_000);
  expect(told()).toEqual(['group_never_commits stopped']);
  clock.advance(301_000);
  expect(told()).toEqual([]);
});
