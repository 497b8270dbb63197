/**
 * `all`: those that need its target, whichever they are; another gateway may serve them, and /readyz is not ready. `some`: those at certain
 * records, through whichever gateway they come; /readyz is ready and names it as degraded, as nobody is helped by a gateway less. `none`:
 * it is answered, late or as it was written.
 */
export type FailedRequests = 'all' | 'some' | 'none';

/**
 * THE list of incidents: what can be wrong, how bad it is, what it does to clients and what to do. Log, metrics, /readyz, console,
 * alerts and `explain` say what stands here; `otel/incidents.md` is made of it.
 */
export interface IncidentKindDeclaration {
  /** A page wakes somebody, a ticket waits for the morning. */
  readonly severity: 'page' | 'ticket';
  /** Which requests fail because of it; /readyz says so by the same rule. */
  readonly failsRequests: FailedRequests;
  /** What the target of such an incident is, for its sentence: `group`; empty where the target says it itself. */
  readonly noun: string;
  /** What it is, for somebody who sees it for the first time. */
  readonly meaning: string;
  /** What clients are told meanwhile. */
  readonly consequence: string;
  readonly remedy: string;
  /** Names of the two log events. */
  readonly events: { readonly opened: string; readonly closed: string };
}

const kind = (
  name: string,
  severity: 'page' | 'ticket',
  failsRequests: FailedRequests,
  texts: { readonly noun?: string; readonly meaning: string; readonly consequence: string; readonly remedy: string },
): IncidentKindDeclaration => ({
  severity,
  failsRequests,
  noun: '',
  ...texts,
  events: { opened: `${name}.opened`, closed: `${name}.closed` },
});

export const INCIDENT_KINDS = {
  engine_unreachable: {
    ...kind('engine', 'page', 'all', {
      meaning: 'A broker, master, filer or node refuses connections or is gone.',
      consequence: 'requests that need it are told a retriable error',
      remedy: 'Start it again, or check the address and the network.',
    }),
    events: { opened: 'engine.unreachable', closed: 'engine.recovered' },
  },
  engine_silent: {
    ...kind('engine', 'page', 'all', {
      meaning: 'A target accepts connections and answers nothing, or leaves one kind of call unanswered.',
      consequence: 'requests that need it wait until their deadline and are told a retriable error',
      remedy: 'Look at the process: is it stopped, swapping, or waiting for its disk?',
    }),
    events: { opened: 'engine.silent', closed: 'engine.recovered' },
  },
  breaker_open: kind('breaker', 'ticket', 'all', {
    meaning: 'Five calls of one kind failed in a row: the next ones are refused at once, but for one a second.',
    consequence: 'requests that need such a call are told a retriable error at once',
    remedy:
      'Find out why the calls fail: the incident of the target, or the traces of `Fetch` and `Produce` with an error.',
  }),
  engine_withholds_data: kind('engine.withholds_data', 'page', 'some', {
    noun: 'partition',
    meaning: 'The engine says that it has records and sends none.',
    consequence: 'fetches there are answered late or told NOT_LEADER_OR_FOLLOWER, never empty',
    remedy:
      'Restart the node or, before SeaweedMQ, the broker that leads the partition; keep the trace for its developers.',
  }),
  engine_lost_records: kind('engine.lost_records', 'page', 'some', {
    noun: 'partition',
    meaning: 'A record that was stored or acked is gone, or its value is not what was produced.',
    consequence:
      'fetches at such a record are told KAFKA_STORAGE_ERROR or are given the true bytes from elsewhere, never the wrong ones',
    remedy: 'Stop compaction of the topic, look what was stored there; restore or skip the record.',
  }),
  engine_not_flushing: kind('engine.not_flushing', 'page', 'none', {
    noun: 'broker',
    meaning:
      'A SeaweedMQ broker acks records and does not write them to its log files: its disk is full, or its filer takes nothing.',
    consequence: 'producers are told that it is stored, and it is in the memory of the broker alone: lost if that ends',
    remedy:
      'Do not restart the broker. Make room on the volumes, or mend the filer; the broker then writes what it holds by itself.',
  }),
  engine_contradicts_itself: kind('engine.contradicts_itself', 'ticket', 'some', {
    noun: 'partition',
    meaning: 'Two answers of the engine exclude one another; neither was passed on.',
    consequence: 'the reads concerned are asked again or told a retriable error',
    remedy: 'Look at the kind of contradiction in the runbook.',
  }),
  publisher_not_acked: kind('publisher', 'page', 'all', {
    meaning: 'Appends were sent and their acks do not come.',
    consequence: 'producers wait until their deadline and are told REQUEST_TIMED_OUT; what they sent may be stored',
    remedy: 'Look at the broker that leads the partition: its disk, its memory, its followers.',
  }),
  filer_failing: kind('filer', 'page', 'all', {
    meaning: 'The filer is silent or fails: groups, offsets and topics cannot be read or stored.',
    consequence: 'commits and topic changes are told COORDINATOR_NOT_AVAILABLE or a timeout',
    remedy: 'Look at the filer and its store.',
  }),
  disk_full: kind('disk', 'page', 'all', {
    noun: 'disk',
    meaning: 'The node has no room for another record.',
    consequence: 'producers are told KAFKA_STORAGE_ERROR; reads go on',
    remedy: 'Make room, or shorten retention; the node goes on by itself.',
  }),
  disk_failing: kind('disk.failing', 'page', 'all', {
    noun: 'disk',
    meaning: 'The disk of the node refuses reads or writes.',
    consequence: 'requests of the partitions concerned are told KAFKA_STORAGE_ERROR',
    remedy: 'Look at the kernel log; move the data directory to a disk that works.',
  }),
  damaged_range: kind('log.damaged', 'page', 'some', {
    noun: 'partition',
    meaning: 'A stored range of a log does not match its checksums.',
    consequence: 'fetches inside it are told KAFKA_STORAGE_ERROR; what lies around it is served',
    remedy: 'Restore the segment from a copy, or delete the records before its end.',
  }),
  event_loop_late: kind('event_loop', 'page', 'none', {
    meaning:
      'The gateway itself did not run for more than a second: what it says of others in that time is not to be believed.',
    consequence: 'every answer is late',
    remedy: 'Look at the CPU of the process and at its garbage collection; give it a core.',
  }),
  machine_starved: kind('machine', 'ticket', 'none', {
    meaning: 'The machine has no CPU time, or no memory, left for the gateway.',
    consequence: 'every answer may be late',
    remedy: 'Find out what else runs there.',
  }),
  client_not_reading: kind('socket.not_read', 'ticket', 'none', {
    noun: 'client',
    meaning: 'A client asked and does not take its answers from the socket.',
    consequence: 'only this client waits',
    remedy: 'Look at the client: it is stopped, or busy with what it was given.',
  }),
  offset_repeated: kind('offset.repeated', 'ticket', 'none', {
    noun: 'client',
    meaning: 'A client asks one offset again and again although it is given the record.',
    consequence: 'it makes no progress there, nor does its group',
    remedy:
      'Look at the log of the client: it cannot decode the record, its application fails at it, or it reads it again on purpose.',
  }),
  group_stuck: kind('group.stuck', 'ticket', 'none', {
    noun: 'group',
    meaning: 'A group has members and records to read, and its committed offset stands still.',
    consequence: 'its lag grows',
    remedy: 'Look at the member that the partition is assigned to.',
  }),
  group_never_commits: kind('group.never_commits', 'ticket', 'none', {
    noun: 'group',
    meaning: 'A group reads and never commits.',
    consequence: 'after a restart it reads all of it again',
    remedy: 'Switch on enable.auto.commit, or commit in the application.',
  }),
  rebalance_storm: kind('group.rebalance_storm', 'ticket', 'none', {
    noun: 'group',
    meaning: 'A group rebalances again and again.',
    consequence: 'its members stop reading with every rebalance',
    remedy: 'Raise max.poll.interval.ms or session.timeout.ms, or use static members (group.instance.id).',
  }),
  ghost_member: kind('group.ghost_member', 'ticket', 'none', {
    noun: 'group',
    meaning: 'A rebalance waits for a member whose client has joined anew: its old session has to run out first.',
    consequence: 'the group reads nothing until then',
    remedy: 'Give its clients a group.instance.id, or a shorter session.timeout.ms.',
  }),
  values_differ: kind('values.differ', 'page', 'none', {
    noun: 'topic',
    meaning: 'Values left the gateway otherwise than the engine sent them.',
    consequence: 'readers were given what was never written',
    remedy: 'Stop consumers that delete what they have read; look at the trace.',
  }),
  unexpected_empty: kind('values.unexpected_empty', 'ticket', 'none', {
    noun: 'topic',
    meaning: 'Values of length 0 were delivered of a topic that is not meant to have them.',
    consequence: 'readers were given them as they were written',
    remedy:
      'Ask the producer; where they are meant, say so by the topic setting seaglass.values.expected (non-null or any).',
  }),
  unexpected_null: kind('values.unexpected_null', 'ticket', 'none', {
    noun: 'topic',
    meaning: 'Nulls were delivered of a topic that does not compact: they delete nothing there.',
    consequence: 'readers were given them as they were written',
    remedy:
      'Ask the producer; where they are tombstones, set cleanup.policy to compact; where they are meant, seaglass.values.expected to any.',
  }),
  offset_gap: kind('offset.gap', 'ticket', 'none', {
    noun: 'topic',
    meaning:
      'The first record returned is later than the offset asked, and neither compaction nor a deletion explains it.',
    consequence: 'the reader missed what lay between',
    remedy: 'Compare with what the engine has between them.',
  }),
  telemetry_not_exported: kind('telemetry.export', 'ticket', 'none', {
    meaning: 'Spans, metrics or logs cannot be sent to their receiver.',
    consequence: 'traces of this time are missing there; clients notice nothing',
    remedy: 'Look at the receiver; meanwhile the gateway keeps its last traces.',
  }),
} as const satisfies Readonly<Record<string, IncidentKindDeclaration>>;

export type IncidentKind = keyof typeof INCIDENT_KINDS;
