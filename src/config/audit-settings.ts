/** Settings of the audit trail: where it is written beside OTLP, and how much of it. */
import { choice, integer, optionalText } from './setting';

export const audit = {
  file: optionalText(
    'Where audit events are written, a JSON object a line: a path, or - for standard output. As log records they leave by OTLP in any case.',
    { pattern: /\S/, allowed: 'a path, or -' },
  ),
  readsAndWrites: choice(
    ['none', 'reads', 'writes', 'all'],
    'none',
    'Whether reads and writes of topics are audited, put together over audit.interval-ms for each principal, topic and API.',
  ),
  intervalMs: integer(
    60_000,
    'Over how long reads and writes, and after the first of their kind denied requests, offsets set from outside a group and contents shown, are put together to one event.',
    { min: 1_000, max: 3_600_000 },
  ),
  queuedMax: integer(10_000, 'Audit events that wait for one output; past it they are dropped and counted.'),
  heldMax: integer(5_000, 'Kinds of such events that are put together at a time; past it all are told early.'),
};
