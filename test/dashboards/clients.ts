/** Who does not read, and what clients say of themselves. */
import { series, table, type Dashboard } from './panels';

export const clients: Dashboard = {
  uid: 'seaglass-clients',
  title: 'Seaglass: clients',
  rows: [
    {
      title: 'Clients',
      panels: [
        table(
          'Clients that do not read',
          'bytes',
          'Bytes of an answer that a client has left in its socket for longer than two seconds.',
          [
            [
              'topk(10, seaglass_client_unread_bytes{$S}) or on() 0 * sum(seaglass_connections{$S})',
              '{{client}} {{address}}',
            ],
          ],
        ),
        series('Top clients', 'Bps', 'The ten clients that most is written by or read to, over what they have open.', [
          ['topk(10, clamp_min(sum by (client) (deriv(seaglass_client_bytes{$S}[$R])), 0))', '{{client}}'],
        ]),
        table(
          'What clients say of themselves',
          'short',
          'Metrics that clients push (KIP-714), of the ten largest; the instance id names the client.',
          [
            [
              'topk(10, seaglass_client_metric{$S}) or on() 0 * sum(seaglass_client_instances{$S})',
              '{{client_id}} {{metric}}',
            ],
          ],
        ),
        table('Certificates', 'd', 'Days until the certificate of a listener that speaks TLS ends.', [
          [
            '(seaglass_certificate_not_after_seconds{$S} - time()) / 86400 or on() 0 * sum(seaglass_connections{$S})',
            '{{listener}}',
          ],
        ]),
        series(
          'Clients over their quotas',
          's',
          'Seconds in each second for which connections were not read because their client was over a quota.',
          [
            [
              'sum by (quota, principal) (rate(seaglass_throttle_seconds_total{$S}[$R])) or on() 0 * sum(seaglass_connections{$S})',
              '{{quota}} {{principal}}',
            ],
            [
              'sum by (quota, principal) (rate(seaglass_throttled_requests_total{$S}[$R])) or on() 0 * sum(seaglass_connections{$S})',
              'requests {{quota}} {{principal}}',
            ],
            ['sum(seaglass_connections_muted{$S})', 'muted now'],
          ],
        ),
        series('Connections delayed', 'cps', 'Connections that were not served at once, by listener and limit.', [
          [
            'sum by (listener, limit) (rate(seaglass_connections_delayed_total{$S}[$R])) or on() 0 * sum(seaglass_connections{$S})',
            '{{listener}} {{limit}}',
          ],
        ]),
        series('Client telemetry', 'short', 'Clients that tell of themselves, and their pushes by Kafka error.', [
          ['sum(seaglass_client_instances{$S})', 'clients'],
          ['sum by (error) (rate(seaglass_client_telemetry_pushes_total{$S}[$R]))', 'pushes {{error}}'],
        ]),
      ],
    },
    {
      title: 'Who may',
      panels: [
        series(
          'Sign-ins',
          'cps',
          'Clients that signed in by SASL, and sign-ins at the console by what became of them.',
          [
            [
              'sum by (mechanism, again) (rate(seaglass_authentications_total{$S}[$R])) or on() 0 * sum(seaglass_connections{$S})',
              '{{mechanism}} again {{again}}',
            ],
            ['sum by (outcome) (rate(seaglass_console_sign_ins_total{$S}[$R]))', 'console {{outcome}}'],
          ],
        ),
        series('Not let in', 'cps', 'Clients that SASL did not let in, by the mechanism that they chose and why.', [
          [
            'sum by (mechanism, reason) (rate(seaglass_authentication_failures_total{$S}[$R])) or on() 0 * sum(seaglass_connections{$S})',
            '{{mechanism}} {{reason}}',
          ],
        ]),
        series(
          'Denied',
          'cps',
          'What clients had no right to, by API, operation and type of resource; and the ACLs that are known.',
          [
            [
              'sum by (api, operation, resource) (rate(seaglass_denied_total{$S}[$R])) or on() 0 * sum(seaglass_connections{$S})',
              '{{api}} {{operation}} {{resource}}',
            ],
            ['sum(seaglass_acls{$S})', 'ACLs'],
          ],
        ),
        series('Audit events', 'short', 'What was audited, by kind and verdict; the trail itself names who and what.', [
          ['sum by (kind, verdict) (increase(seaglass_audit_events_total{$S}[$R]))', '{{kind}} {{verdict}}'],
        ]),
        series(
          'Audit events dropped',
          'short',
          'Events that are in no trail: an output (file, stdout, otlp) did not take them in time.',
          [
            [
              'sum by (output, reason) (increase(seaglass_audit_events_dropped_total{$S}[$R]))',
              '{{output}} {{reason}}',
            ],
          ],
        ),
      ],
    },
  ],
};
