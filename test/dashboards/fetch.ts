/** Where the time of requests goes, phase by phase. */
import { counted, orNone, series, type Dashboard } from './panels';

export const fetch: Dashboard = {
  uid: 'seaglass-fetch',
  title: 'Seaglass: fetch phases',
  rows: [
    {
      title: 'Where does the time go?',
      panels: [
        series('Seconds by phase', 's', 'Seconds spent in each phase, a second.', [
          ['sum by (phase) (rate(seaglass_phase_duration_seconds_sum{$S}[$R]))', '{{phase}}'],
        ]),
        series(
          'Fetch overrun, p99',
          's',
          'How much longer than its max.wait a fetch took, by whether data was there when it arrived.',
          [
            [
              'histogram_quantile(0.99, sum by (le, data_available) (rate(seaglass_fetch_wait_overrun_seconds_bucket{$S}[$R])))',
              'data available: {{data_available}}',
            ],
          ],
        ),
        series('Phases, p99', 's', 'The slowest of a hundred phases of each kind; idle long polls are left out.', [
          [
            'histogram_quantile(0.99, sum by (le, phase) (rate(seaglass_phase_duration_seconds_bucket{$S, outcome!="idle_timeout"}[$R])))',
            '{{phase}}',
          ],
        ]),
        series('Phases, p50', 's', 'The median phase of each kind; idle long polls are left out.', [
          [
            'histogram_quantile(0.5, sum by (le, phase) (rate(seaglass_phase_duration_seconds_bucket{$S, outcome!="idle_timeout"}[$R])))',
            '{{phase}}',
          ],
        ]),
        series('Phases started', 'cps', 'Phases that began, of each kind; what began and has not ended is in flight.', [
          ['sum by (phase) (rate(seaglass_phase_started_total{$S}[$R]))', '{{phase}}'],
        ]),
        series(
          'Phases that failed',
          'short',
          'Phases that ended late, with an error of the engine, or with one of ours.',
          [
            [
              orNone(
                counted(
                  'phase, outcome',
                  'seaglass_phase_duration_seconds_count{$S, outcome=~"deadline|engine_error|error"}',
                ),
                'phase',
              ),
              '{{phase}} {{outcome}}',
            ],
          ],
        ),
      ],
    },
  ],
};
