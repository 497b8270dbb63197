/** Metrics of the audit trail. */
import { each, type InstrumentDeclaration } from './instrument-declaration';

export const AUDIT_INSTRUMENTS = {
  seaglass_audit_events_total: {
    type: 'counter',
    labels: ['kind', 'verdict'],
    help: 'What was audited: sign-ins, denied requests, administrative changes, reads and writes where asked for.',
    startsAt0: [
      { kind: 'sign_in', verdict: 'allowed' },
      { kind: 'sign_in_failed', verdict: 'denied' },
      { kind: 'request_denied', verdict: 'denied' },
    ],
  },
  seaglass_audit_events_dropped_total: {
    type: 'counter',
    labels: ['output', 'reason'],
    help: 'Audit events that an output (otlp, file, stdout) did not take: too many waited, or a stop could not wait for it.',
    startsAt0: each('output', 'file', 'stdout').map((series) => ({ ...series, reason: 'queue_full' })),
  },
} as const satisfies Readonly<Record<string, InstrumentDeclaration>>;
