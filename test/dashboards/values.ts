/** What was delivered against what was stored. */
import { counted, series, type Dashboard } from './panels';

export const values: Dashboard = {
  uid: 'seaglass-values',
  title: 'Seaglass: values and verdicts',
  rows: [
    {
      title: 'Values',
      panels: [
        series(
          'Verdicts',
          'short',
          'Records by what the proof of their value says; lost, truncated, altered and wrong_offset are not delivered.',
          [[counted('verdict', 'seaglass_value_verdicts_total{$S}'), '{{verdict}}']],
        ),
        series(
          'Proofs dropped',
          'short',
          'Proofs of values that the filer of SeaweedMQ did not take in time: a value lost of such a record is not found. Anything but 0 is a fault.',
          [['sum(increase(seaglass_value_proofs_dropped_total{$S}[$R]))', 'dropped']],
        ),
        series(
          'Unexpected values',
          'short',
          'Nulls and values of length 0 delivered where seaglass.values.expected expects none.',
          [[counted('topic, kind', 'seaglass_unexpected_values_total{$S}'), '{{topic}} {{kind}}']],
        ),
        series(
          'Value bytes, engine against delivered',
          'Bps',
          'Bytes of record values on either side of the gateway; the two lines are one.',
          [['sum by (side) (rate(seaglass_value_bytes_total{$S}[$R]))', '{{side}}']],
        ),
        series(
          'Values by kind',
          'cps',
          'Delivered values: present, empty, null, control. A mismatch is a lost value.',
          [['sum by (kind) (rate(seaglass_record_values_total{$S, side="delivered"}[$R]))', '{{kind}}']],
        ),
        series(
          'Gaps and stuck offsets',
          'short',
          'Fetches whose first record was not the one asked, and readers that ask one offset again and again.',
          [
            [counted('topic', 'seaglass_offset_gaps_total{$S}'), 'gaps {{topic}}'],
            ['sum by (topic) (seaglass_stuck_offsets{$S})', 'stuck {{topic}}'],
          ],
        ),
        series(
          'Lost values and contradictions',
          'short',
          'Values delivered otherwise than the engine sent them, by topic, and answers of the engine that contradict what it said elsewhere, by kind. Anything but 0 is a fault.',
          [
            [counted('topic', 'seaglass_record_values_total{$S, kind="mismatch"}'), 'mismatch {{topic}}'],
            [counted('kind', 'seaglass_engine_contradictions_total{$S}'), '{{kind}}'],
          ],
        ),
        series(
          'Empty values, last seen',
          's',
          'Seconds since a value of length 0 was last delivered, by topic; topics that never had one are left out.',
          [['time() - max by (topic) (seaglass_empty_last_seen_timestamp_seconds{$S})', '{{topic}}']],
        ),
        series(
          'Contradictions by topic',
          'short',
          'Answers of the engine that exclude one another, by topic; none was delivered.',
          [[counted('topic, kind', 'seaglass_engine_contradictions_total{$S, topic!=""}'), '{{topic}} {{kind}}']],
        ),
        series(
          'Topics by policy',
          'short',
          'Topics that gateways have seen and that have series of their own, by cleanup policy: where nulls are tombstones and where not.',
          [
            [
              'count by (cleanup_policy) (max by (topic, cleanup_policy) (seaglass_topic_info{$S}) == 1)',
              '{{cleanup_policy}}',
            ],
            ['sum(max by (topic) (seaglass_topic_empty_values_allowed{$S}))', 'empty values allowed'],
          ],
        ),
      ],
    },
  ],
};
