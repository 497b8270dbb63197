/** Who does not read, what clients say of themselves, and who is let in and may what. */
import { counted, orNone, series, table, type Dashboard } from './panels';

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
              orNone('topk(10, sum by (client, address, instance) (seaglass_client_unread_bytes{$S}))', 'client'),
              'unread',
            ],
          ],
        ),
        table('Certificates', 'd', 'Days until the certificate of a listener that speaks TLS ends.', [
          [
            orNone(
              'min by (listener, instance) (seaglass_certificate_not_after_seconds{$S} - time()) / 86400',
              'listener',
            ),
            'left',
          ],
        ]),
        series('Top clients', 'Bps', 'The ten clients that most is written by or read to, over what they have open.', [
          ['topk(10, clamp_min(sum by (client) (deriv(seaglass_client_bytes{$S}[$R])), 0))', '{{client}}'],
        ]),
        series(
          'Latency that clients tell of',
          'ms',
          'The ten greatest latencies that clients push of themselves (KIP-714): what they wait, network and own queues included.',
          [
            [
              orNone(
                'topk(10, max by (client_id, metric) (seaglass_client_metric{$S, metric=~".*latency.*"}))',
                'client_id',
              ),
              '{{client_id}} {{metric}}',
            ],
          ],
        ),
        series('Client telemetry', 'short', 'Clients that tell of themselves, and their pushes by Kafka error.', [
          ['sum(seaglass_client_instances{$S})', 'clients'],
          [counted('error', 'seaglass_client_telemetry_pushes_total{$S}'), 'pushes {{error}}'],
        ]),
      ],
    },
    {
      title: 'Over their limits',
      panels: [
        series(
          'Throttled for',
          's',
          'Seconds for which connections were not read because their client was over a quota, by quota and principal.',
          [
            [
              orNone(counted('quota, principal', 'seaglass_throttle_seconds_total{$S}'), 'quota'),
              '{{quota}} {{principal}}',
            ],
          ],
        ),
        series(
          'Throttled requests',
          'short',
          'Requests whose client was over a quota, by quota and principal; and connections that are not read now.',
          [
            [
              orNone(counted('quota, principal', 'seaglass_throttled_requests_total{$S}'), 'quota'),
              '{{quota}} {{principal}}',
            ],
            ['sum(seaglass_connections_muted{$S})', 'connections muted now'],
          ],
        ),
        series('Connections delayed', 'short', 'Connections that were not served at once, by listener and limit.', [
          [
            orNone(counted('listener, limit', 'seaglass_connections_delayed_total{$S}'), 'listener'),
            '{{listener}} {{limit}}',
          ],
        ]),
      ],
    },
    {
      title: 'Who may',
      panels: [
        series(
          'Sign-ins',
          'short',
          'Clients that signed in by SASL, and sign-ins at the console by what became of them.',
          [
            [
              orNone(counted('mechanism, again', 'seaglass_authentications_total{$S}'), 'mechanism'),
              '{{mechanism}} again {{again}}',
            ],
            ['sum by (outcome) (increase(seaglass_console_sign_ins_total{$S}[$R]))', 'console {{outcome}}'],
          ],
        ),
        series('Not let in', 'short', 'Clients that SASL did not let in, by the mechanism that they chose and why.', [
          [
            orNone(counted('mechanism, reason', 'seaglass_authentication_failures_total{$S}'), 'mechanism'),
            '{{mechanism}} {{reason}}',
          ],
        ]),
        series('Denied', 'short', 'What clients had no right to, by API, operation and type of resource.', [
          [
            orNone(counted('api, operation, resource', 'seaglass_denied_total{$S}'), 'api'),
            '{{api}} {{operation}} {{resource}}',
          ],
        ]),
        series('ACLs', 'short', 'Access control entries that gateways know; those of one cluster know the same.', [
          ['max by (instance) (seaglass_acls{$S})', '{{instance}}'],
        ]),
        series('Audit events', 'short', 'What was audited, by kind and verdict; the trail itself names who and what.', [
          [counted('kind, verdict', 'seaglass_audit_events_total{$S}'), '{{kind}} {{verdict}}'],
        ]),
        series(
          'Audit events dropped',
          'short',
          'Events that are in no trail: an output (file, stdout, otlp) did not take them in time.',
          [[counted('output, reason', 'seaglass_audit_events_dropped_total{$S}'), '{{output}} {{reason}}']],
        ),
      ],
    },
  ],
};
