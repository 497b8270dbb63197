/**
 * THE list of what is audited, of what an event is about, and of the fields that an event may have. Documents, metrics and tests derive
 * from it: a kind or a field that is not here does not exist.
 */

/** Each with what it says, for people. */
export const AUDIT_KINDS = {
  sign_in: 'Somebody showed who they are: a certificate, SASL, or the token of the console.',
  sign_in_failed: 'Somebody tried to, and was not let in.',
  request_denied: 'A request, or a part of it, was refused for want of a right.',
  topic_created: 'A topic was created, or should have been.',
  topic_deleted: 'A topic was deleted with its records.',
  partitions_added: 'A topic was given more partitions.',
  config_changed: 'Settings of a topic, a broker or a group were changed; `detail` names them.',
  acl_created: 'A right was given or taken by an ACL; `detail` is the ACL.',
  acl_deleted: 'An ACL was deleted; `detail` is the ACL.',
  user_changed: 'A SCRAM user was added, or given a new password.',
  user_deleted: 'A SCRAM user was deleted.',
  quota_changed: 'Quotas of users, client ids or addresses were changed.',
  group_deleted: 'A consumer group was deleted with its offsets.',
  member_removed:
    'A member was taken out of its group by another client; `detail` names it, and why where that was said.',
  offsets_reset:
    'Offsets were committed for a group by who is no member of it: an operator, or a consumer that assigns itself partitions.',
  offsets_deleted: 'Committed offsets of a group were deleted.',
  records_deleted: 'Records below an offset were deleted.',
  console_changed: 'Something was begun, ended or changed at the console: what is traced, the log level, a drill.',
  contents_read: 'Contents of records were shown at the console; `detail` says of which, or of which recording.',
  topic_read: 'Records of a topic were read. Only where `audit.reads-and-writes` asks for it.',
  topic_written: 'Records were written to a topic. Only where `audit.reads-and-writes` asks for it.',
} as const;

export type AuditKind = keyof typeof AUDIT_KINDS;

/** What an event is about. */
export const RESOURCE_TYPES = [
  'broker',
  'client_metrics',
  'client_quota',
  'cluster',
  'console',
  'delegation_token',
  'group',
  'listener',
  'topic',
  'transactional_id',
  'unknown',
  'user',
] as const;

export type ResourceType = (typeof RESOURCE_TYPES)[number];

export const VERDICTS = {
  allowed: 'It was allowed, and done.',
  denied: 'It was not allowed.',
  failed: 'It was allowed, and did not come about; `error` says why.',
} as const;

export type AuditVerdict = keyof typeof VERDICTS;

/** The longest text of a field that holds what a client wrote, in characters; longer ones are cut. */
export const NAME_LENGTH_MAX = 249;
export const DETAIL_LENGTH_MAX = 1_024;

export interface AuditField {
  readonly type: 'string' | 'number';
  /** Absent from events that it says nothing about, where false. */
  readonly always: boolean;
  /** Of a text, in characters. */
  readonly lengthMax?: number;
  readonly meaning: string;
}

const name = (meaning: string, always = true): AuditField => ({
  ...{ type: 'string', always, lengthMax: NAME_LENGTH_MAX, meaning },
});

/** As they stand in a line of the file; in a log record they are its attributes. */
export const AUDIT_FIELDS = {
  principal: name('Who it was, as Kafka writes it: `User:alice`. Of a failed sign-in, who it was said to be.'),
  listener: name('The listener that the client came in by; `console` for the console.'),
  client_address: name('The address that the client came from, without its port.'),
  client_id: name('What the client calls itself; anybody may call themselves anything.', false),
  api: name('The API of Kafka, the step of a sign-in (`TLS`, `SaslAuthenticate`), or the path of the console.'),
  resource_type: name('What it is about, one of the list below.'),
  resource_name: name('Its name; of the cluster and of a listener theirs.'),
  verdict: name('One of the list below.'),
  rule: name('What decided: an ACL, `super.users`, a default, the mechanism of a sign-in.', false),
  error: name("Kafka's name of the error that was answered, or why a sign-in failed.", false),
  detail: {
    ...{ type: 'string', always: false, lengthMax: DETAIL_LENGTH_MAX },
    meaning: 'What was changed, as `name=value`; values only where they are no secret.',
  },
  count: {
    ...{ type: 'number', always: false },
    meaning: 'How many requests this event stands for, where several were put together.',
  },
  since: {
    ...{ type: 'string', always: false, lengthMax: 24 },
    meaning: 'When the first of them came, in UTC as ISO 8601. The last came before the time of the event.',
  },
  trace_id: {
    ...{ type: 'string', always: false, lengthMax: 32 },
    meaning: 'The trace of the request. It can be looked at where the trace was kept; those of refused requests are.',
  },
  span_id: { ...{ type: 'string', always: false, lengthMax: 16 }, meaning: 'The span of the request in that trace.' },
} as const satisfies Readonly<Record<string, AuditField>>;

export type AuditFieldName = keyof typeof AUDIT_FIELDS;
