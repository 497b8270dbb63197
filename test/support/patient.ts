/** Deadlines that a machine which stands still for some seconds does not trip; what hangs is ended by its test, or by the end of the test. */
import type { EngineSettings } from '../../src/engine/settings';

const DEADLINE_MS = 60_000;

/** For claims about bytes and orders; suites about deadlines set their own. */
export const PATIENT: Pick<
  EngineSettings,
  'connectDeadlineMs' | 'lookupDeadlineMs' | 'createDeadlineMs' | 'callDeadlineMs' | 'appendDeadlineMs'
> = {
  connectDeadlineMs: DEADLINE_MS,
  lookupDeadlineMs: DEADLINE_MS,
  createDeadlineMs: DEADLINE_MS,
  callDeadlineMs: DEADLINE_MS,
  appendDeadlineMs: DEADLINE_MS,
};
