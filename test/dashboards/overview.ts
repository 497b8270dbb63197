/** Is it serving, and if not, what is wrong: the first page. */
import { counted, orNone, series, states, table, wide, type Dashboard, type Query } from './panels';

export const overview: Dashboard = {
  uid: 'seaglass',
  title: 'Seaglass',
  rows: [
    {
      title: 'Is it serving?',
      panels: [
        states(
          'Health',
          'One line: 0 serves, 1 something is wrong that a person should look at in the morning, 2 requests fail or somebody is to be woken, 3 an engine target is down, 4 a gateway is.',
          [
            [
              'max(4 * (1 - up{$S})) > 0 or max(3 * (1 - seaglass_engine_up{$S})) > 0 or max(2 * seaglass_incident_open{$S, severity="page"}) or max(seaglass_incident_open{$S}) or 0 * max(seaglass_groups_loaded{$S})',
              'Seaglass',
            ],
          ],
          {
            '0': { text: 'serves', color: 'green' },
            '1': { text: 'ticket', color: 'yellow' },
            '2': { text: 'page', color: 'red' },
            '3': { text: 'engine down', color: 'dark-red' },
            '4': { text: 'gateway down', color: 'purple' },
          },
        ),
        {
          type: 'alertlist',
          title: 'Alerts',
          description: 'Alerts of otel/rules that fire or are about to.',
          width: 8,
        },
        table(
          'Incidents open',
          'short',
          'What is wrong now, by kind and target; the console says each in a sentence.',
          [[orNone('sum by (kind, target, topic, severity, instance) (seaglass_incident_open{$S})', 'kind'), 'open']],
        ),
        series('Incidents opened', 'short', 'By kind; each is told once, however often it is seen.', [
          [orNone('sum by (kind) (increase(seaglass_incidents_total{$S}[$R])) > 0', 'kind'), '{{kind}}'],
        ]),
      ],
    },
    {
      title: 'Is it stuck?',
      panels: [
        series(
          'Oldest in flight',
          's',
          'Age of the oldest operation of each phase. Long polls age by design; the overdue panel leaves them out.',
          [['max by (phase) (seaglass_inflight_oldest_age_seconds{$S})', '{{phase}}']],
        ),
        series(
          'Overdue',
          's',
          'Greatest age beyond its budget of an operation in flight. Anything above zero is a wait that should have ended.',
          [['max by (phase) (seaglass_inflight_oldest_overdue_seconds{$S})', '{{phase}}']],
        ),
        series(
          'Stalls',
          'cps',
          'Stall spans exported for operations that hang. In Jaeger: tags {"seaglass.stall":"true"}.',
          [['sum by (phase) (rate(seaglass_stalls_total{$S}[$R]))', '{{phase}}']],
        ),
        series('In flight', 'short', 'Operations in flight by phase.', [
          ['sum by (phase) (seaglass_inflight{$S})', '{{phase}}'],
        ]),
        table('The worst now', 's', 'Phases by how overdue their worst operation is now.', [
          ['topk(10, max by (phase, instance) (seaglass_inflight_oldest_overdue_seconds{$S}))', 'overdue'],
        ]),
      ],
    },
    {
      title: 'Requests',
      panels: [
        series('Rate by API', 'reqps', 'Kafka requests answered a second.', [
          ['sum by (api) (rate(seaglass_request_duration_seconds_count{$S}[$R]))', '{{api}}'],
        ]),
        series('Outcomes', 'reqps', 'Requests by outcome; an error is never folded into an empty answer.', [
          ['sum by (outcome) (rate(seaglass_request_duration_seconds_count{$S}[$R]))', '{{outcome}}'],
        ]),
        series(
          'Duration, p99 by API',
          's',
          '99th percentile from the whole frame read to the response written; exemplars lead to traces. Long polls that ended empty are left out, others have waited for their records.',
          [
            [
              'histogram_quantile(0.99, sum by (le, api) (rate(seaglass_request_duration_seconds_bucket{$S, outcome!="idle_timeout"}[$R])))',
              '{{api}}',
            ],
          ],
        ),
        series('Bytes produced and fetched', 'Bps', 'Record batches appended and returned, in bytes a second.', [
          ['sum(rate(seaglass_produced_bytes_total{$S}[$R]))', 'produced'],
          ['sum(rate(seaglass_fetched_bytes_total{$S}[$R]))', 'fetched'],
        ]),
        series(
          'Bytes held for clients',
          'bytes',
          'Request frames that are not answered yet, and answers that their sockets have not taken.',
          [
            ['sum(seaglass_frame_bytes_held{$S})', 'requests'],
            ['sum(seaglass_response_bytes_held{$S})', 'responses'],
          ],
        ),
        series('Connections closed', 'cps', 'Kafka connections that ended, by who or what ended them.', [
          ['sum by (cause) (rate(seaglass_connections_closed_total{$S}[$R]))', '{{cause}}'],
        ]),
        series(
          'Errors by Kafka error',
          'short',
          'Requests answered with an error, by API and the first Kafka error of the answer.',
          [[`topk(10, ${counted('api, error', 'seaglass_request_errors_total{$S}')})`, '{{api}} {{error}}']],
        ),
        series(
          'Whose time',
          's',
          'Seconds that requests spend a second, by who makes them wait: client, gateway, engine; idle is a long poll with nothing to do.',
          [['sum by (blame) (rate(seaglass_wait_seconds_total{$S}[$R]))', '{{blame}}']],
        ),
        wide(
          series(
            'Slowest requests',
            's',
            'Quantiles of all APIs without long polls that ended empty; each dot is an exemplar and opens its trace in Jaeger, the highest are the slowest.',
            [0.5, 0.999].map((quantile): Query => [
              `histogram_quantile(${quantile}, sum by (le) (rate(seaglass_request_duration_seconds_bucket{$S, outcome!="idle_timeout"}[$R])))`,
              `p${quantile * 100}`,
            ]),
          ),
        ),
        series('Top topics, produced', 'Bps', 'The ten topics that most is written to.', [
          ['topk(10, sum by (topic) (rate(seaglass_produced_bytes_total{$S}[$R])))', '{{topic}}'],
        ]),
        series('Top topics, fetched', 'Bps', 'The ten topics that most is read from.', [
          ['topk(10, sum by (topic) (rate(seaglass_fetched_bytes_total{$S}[$R])))', '{{topic}}'],
        ]),
      ],
    },
    {
      title: 'Process',
      panels: [
        table('Versions', 'short', 'What runs where, Seaglass and Node.js.', [
          ['sum by (instance, version, node) (seaglass_build_info{$S})', 'runs'],
        ]),
        table(
          'Drills',
          'short',
          'Faults that somebody makes on purpose: under way, struck so often, and 1 where the last run passed.',
          [
            [orNone('sum by (drill) (seaglass_drill_active{$S})', 'drill'), 'under way'],
            [orNone('sum by (drill) (seaglass_drill_fired_total{$S})', 'drill'), 'struck'],
            [orNone('min by (drill) (seaglass_drill_result{$S})', 'drill'), 'passed'],
          ],
        ),
        series(
          'Event loop, latest',
          's',
          'How late a timer came, the greatest within the last minute; past a second it pages.',
          [['seaglass_event_loop_late_max_seconds{$S}', '{{instance}}']],
        ),
        series('Event loop lag', 's', 'Delay of the event loop: mean and 99th percentile since the last scrape.', [
          ['nodejs_eventloop_lag_mean_seconds{$S}', '{{instance}} mean'],
          ['nodejs_eventloop_lag_p99_seconds{$S}', '{{instance}} p99'],
        ]),
        series('Memory', 'bytes', 'Resident set and used heap.', [
          ['process_resident_memory_bytes{$S}', '{{instance}} resident'],
          ['nodejs_heap_size_used_bytes{$S}', '{{instance}} heap used'],
        ]),
        series('Traces kept', 'cps', 'Traces by the reason they were kept for, and those dropped.', [
          ['sum by (keep_reason) (rate(seaglass_traces_total{$S}[$R]))', '{{keep_reason}}'],
        ]),
        series('Connections', 'short', 'Open Kafka connections.', [
          ['sum by (instance) (seaglass_connections{$S})', '{{instance}}'],
        ]),
        series(
          'Telemetry dropped',
          'short',
          'Spans, metrics and log lines that could not be exported, by reason; requests are not affected.',
          [[counted('signal, reason', 'seaglass_telemetry_dropped_total{$S}'), '{{signal}} {{reason}}']],
        ),
      ],
    },
  ],
};
