/** Consumer groups: states, lag in records and in seconds, rebalances, commits. */
import { series, type Dashboard } from './panels';

export const groups: Dashboard = {
  uid: 'seaglass-groups',
  title: 'Seaglass: groups and lag',
  rows: [
    {
      title: 'Groups',
      panels: [
        series(
          'Groups by state',
          'short',
          'Consumer groups that this gateway coordinates. PreparingRebalance waits for members, CompletingRebalance for the leader.',
          [['sum by (state) (seaglass_groups{$S})', '{{state}}']],
        ),
        series('Members', 'short', 'Members of each group.', [
          ['sum by (group) (seaglass_group_members{$S})', '{{group}}'],
        ]),
        series(
          'Lag',
          'short',
          'Records between the committed offset and the end of the log, the ten groups and topics that are furthest behind.',
          [
            [
              'topk(10, sum by (group, topic) (max by (group, topic, partition) (seaglass_group_lag{$S})))',
              '{{group}} {{topic}}',
            ],
          ],
        ),
        series('Rebalances by cause', 'short', 'Why groups rebalanced.', [
          ['sum by (cause) (increase(seaglass_group_rebalances_total{$S}[$R]))', '{{cause}}'],
        ]),
        series(
          'Rebalance duration, p99',
          's',
          'From the cause of a rebalance until the group is stable or empty, or rebalances again.',
          [
            [
              'histogram_quantile(0.99, sum by (le, outcome) (rate(seaglass_group_rebalance_duration_seconds_bucket{$S}[$R])))',
              '{{outcome}}',
            ],
          ],
        ),
        series(
          'Members lost',
          'short',
          'Members that were taken out because something they owed did not come in time.',
          [['sum by (reason) (increase(seaglass_group_members_lost_total{$S}[$R]))', '{{reason}}']],
        ),
        series(
          'Commits',
          'cps',
          'Offsets that groups committed, one for each partition, by Kafka error; NONE was stored.',
          [['sum by (error) (rate(seaglass_group_commits_total{$S}[$R]))', '{{error}}']],
        ),
        series(
          'Offset storage, p99',
          's',
          'Storing and reading committed offsets, and the calls to the filer below them.',
          [
            [
              'histogram_quantile(0.99, sum by (le, phase) (rate(seaglass_phase_duration_seconds_bucket{$S, phase=~"offset.*|filer.call"}[$R])))',
              '{{phase}}',
            ],
          ],
        ),
        series(
          'Generations',
          'short',
          'How often each group begins a generation: a group that rebalances again and again does no work.',
          [['topk(10, sum by (group) (changes(seaglass_group_generation{$S}[$R])))', '{{group}}']],
        ),
        series(
          'Progress',
          'cps',
          'Offsets a second by which groups get on: one that stands at 0 and has lag is stuck.',
          [
            [
              'topk(10, sum by (group, topic) (max by (group, topic, partition) (deriv(seaglass_group_committed_offset{$S}[$R]))))',
              '{{group}} {{topic}}',
            ],
          ],
        ),
        series('Lag in seconds', 's', 'How long the first record that a group has not read has been there.', [
          ['topk(10, max by (group, topic) (seaglass_group_lag_seconds{$S}))', '{{group}} {{topic}}'],
        ]),
      ],
    },
  ],
};
