/** Instruments of quotas and of limits of connections; a part of the list in `instruments.ts`. Principals past the cap of labels are `_other`. */
import type { InstrumentDeclaration } from './instrument-declaration';

export const QUOTA_INSTRUMENTS = {
  seaglass_throttled_requests_total: {
    type: 'counter',
    labels: ['quota', 'principal'],
    help: 'Requests whose client was over a quota: produce, fetch, request (share of time) or controller_mutation.',
  },
  seaglass_throttle_seconds_total: {
    type: 'counter',
    labels: ['quota', 'principal'],
    help: 'Time for which connections were not read because their client was over a quota.',
  },
  seaglass_connections_muted: {
    type: 'gauge',
    labels: [],
    help: 'Connections that are not read at the moment because their client is over a quota.',
  },
  seaglass_connections_delayed_total: {
    type: 'counter',
    labels: ['listener', 'limit'],
    help: 'Connections that were not served at once: their address opens too many a second (ip, closed after its throttle), the listener or all of them do (rate), the listener is full (full).',
  },
} as const satisfies Readonly<Record<string, InstrumentDeclaration>>;
