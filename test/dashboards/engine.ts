/** Engine targets, sessions, calls, and what the storage removes. */
import { series, states, type Dashboard } from './panels';

export const engine: Dashboard = {
  uid: 'seaglass-engine',
  title: 'Seaglass: engine, node and disk',
  rows: [
    {
      title: 'Targets',
      panels: [
        states(
          'Engine targets',
          'Brokers, masters, filers and nodes as the gateway finds them.',
          [['min by (role, target) (seaglass_engine_up{$S})', '{{role}} {{target}}']],
          {
            '0': { text: 'down', color: 'red' },
            '1': { text: 'up', color: 'green' },
          },
        ),
        series(
          'Breakers open',
          'short',
          'Kinds of calls that are refused at once, but for one a second, because five in a row failed.',
          [['sum by (target) (seaglass_engine_breakers_open{$S})', '{{target}}']],
        ),
      ],
    },
    {
      title: 'Engine',
      panels: [
        series('Sessions', 'short', 'Subscriber sessions by state.', [
          ['sum by (state) (seaglass_sessions{$S})', '{{state}}'],
        ]),
        series('Channels', 'short', 'gRPC channels by connectivity state.', [
          ['sum by (state) (seaglass_engine_channel_state{$S})', '{{state}}'],
        ]),
        series('gRPC calls by code', 'cps', 'Calls to the engine that ended, by status.', [
          ['sum by (rpc_status_code) (rate(rpc_client_call_duration_seconds_count{$S}[$R]))', '{{rpc_status_code}}'],
        ]),
        series('Frames', 'cps', 'Frames received from the engine by kind.', [
          ['sum by (kind) (rate(seaglass_stream_frames_total{$S}[$R]))', '{{kind}}'],
        ]),
        series(
          'Receive and send, p99',
          's',
          'How long reading and appending take towards the engine (messaging.client.operation.duration).',
          [
            [
              'histogram_quantile(0.99, sum by (le, messaging_operation_name) (rate(messaging_client_operation_duration_seconds_bucket{$S}[$R])))',
              '{{messaging_operation_name}}',
            ],
          ],
        ),
        series('Receive and send failures', 'cps', 'Reads and appends that failed, by error.type.', [
          [
            'sum by (messaging_operation_name, error_type) (rate(messaging_client_operation_duration_seconds_count{$S, error_type!=""}[$R]))',
            '{{messaging_operation_name}} {{error_type}}',
          ],
        ]),
        series('Session events', 'cps', 'Transitions and ends of subscriber sessions.', [
          ['sum by (event) (rate(seaglass_session_events_total{$S}[$R]))', '{{event}}'],
        ]),
        series(
          'Records removed',
          'short',
          'Records that can be read no more, by what removed them: retention, DeleteRecords, compaction, deleted topics. The log has a line for each.',
          [['sum by (cause) (increase(seaglass_records_removed_total{$S}[$R]))', '{{cause}}']],
        ),
        series('Bytes freed', 'bytes', 'Bytes that the storage has free again, by what removed the records.', [
          ['sum by (cause) (increase(seaglass_removed_bytes_total{$S}[$R]))', '{{cause}}'],
        ]),
        series(
          'Log starts',
          'short',
          'Where the logs of topics begin, the partitions of a topic added up. A step up is what retention or DeleteRecords took.',
          [['max by (topic) (seaglass_log_start_offset{$S})', '{{topic}}']],
        ),
      ],
    },
    {
      title: 'Node and disk',
      panels: [
        series('Disk', 'bytes', 'Free and whole size of the disk of the embedded node; below a tenth it is a ticket.', [
          ['seaglass_disk_free_bytes{$S}', 'free {{instance}} {{directory}}'],
          ['seaglass_disk_size_bytes{$S}', 'size {{instance}} {{directory}}'],
        ]),
        series(
          'Damaged ranges',
          'short',
          'Ranges of logs that did not match their checksums when the node opened its data.',
          [['seaglass_damaged_ranges{$S}', '{{instance}} {{directory}}']],
        ),
      ],
    },
  ],
};
