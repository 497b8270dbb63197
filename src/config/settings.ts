/**
 * THE list of settings. Each is a flag (`--console-listen`), an environment variable (`SEAGLASS_CONSOLE_LISTEN`) and a key of
 * the YAML file (`console.listen`); the three names, --help, `seaglass config` and the table of README.md here derive from here.
 */
import type { EngineSettings } from '../engine/settings';
import { DEFAULT_ENGINE_SETTINGS } from '../engine/settings';
import { DEFAULT_GROUP_SETTINGS, type GroupSettings } from '../kafka/groups/classic/group-settings';
import type { KafkaSettings } from '../kafka/kafka-settings';
import {
  formatAdvertised,
  formatListen,
  formatProtocol,
  parseAdvertised,
  parseListen,
  parseProtocol,
} from './listeners';
import { audit } from './audit-settings';
import { authorizer } from './authorizer-settings';
import { clients, limits, recorder, ssl } from './client-side-settings';
import { nodeSecurity, seaweedfs } from './engine-tls-settings';
import { listenerSettings } from './listener-settings';
import { quota } from './quota-settings';
import { consoleSection } from './console-settings';
import { sasl } from './sasl-settings';
import type { Setting, ValueOf } from './setting';
import { bytes, choice, flag, integer, listOf, optionalAddress, optionalText, SERVER, servers, text } from './setting';
import { topicDefaults } from './topic-defaults';

const general = {
  engine: choice(['embedded', 'seaweedmq'], 'embedded', 'What stores the records.'),
  brokers: servers('SeaweedMQ brokers (engine seaweedmq).'),
  masters: servers('SeaweedFS masters that the brokers are learnt from (engine seaweedmq).'),
  filer: optionalText('The SeaweedFS filer (engine seaweedmq).', SERVER),
  logFlushIntervalMs: integer(
    5_000,
    "The brokers' -logFlushInterval (engine seaweedmq): one that acks is told not to write after twice as long, and half a minute at least.",
    { min: 100, max: 600_000 },
  ),
  listen: listOf('127.0.0.1:9092', 'Where Kafka clients connect; of several, each NAME://host:port.', {
    parse: parseListen,
    format: formatListen,
    allowed: 'host:port or NAME://host:port, a v6 address in brackets, port 0 for a free one',
  }),
  advertised: listOf(
    '',
    'What clients are told to connect to; needed where listen is a wildcard. Without a port: the port listened on. NAME:// says of which listener.',
    {
      parse: parseAdvertised,
      format: formatAdvertised,
      allowed: 'host, host:port or NAME://host:port, a v6 address in brackets, no wildcard address',
    },
  ),
  listenerSecurityProtocolMap: listOf(
    '',
    "Kafka's listener.security.protocol.map: NAME:PROTOCOL of listeners whose name is not what they speak.",
    { parse: parseProtocol, format: formatProtocol, allowed: 'NAME: and PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL' },
  ),
  data: text('./data', 'Data directory of the embedded node.', { pattern: /\S/, allowed: 'a path' }),
  clusterId: optionalText('The cluster id clients see; made once and kept with the data where it is not given.', {
    pattern: /^[\w-]{1,64}$/,
    allowed: '1 to 64 letters, digits, _ and -',
  }),
  fsync: choice(
    ['os', 'interval', 'always'],
    'os',
    'When the embedded node syncs: os (an ack survives kill -9), interval, always (an ack survives power loss).',
  ),
  fsyncIntervalMs: integer(100, 'How often fsync=interval syncs.', { min: 10, max: 3_600_000 }),
  trace: choice(
    ['all', 'default', 'off'],
    'default',
    'Which traces are kept: all, those of the keep rule, none (off).',
    {
      none: 'off',
    },
  ),
  stallThresholdMs: integer(1_000, 'How far past its budget an operation is a stall.', { min: 50, max: 600_000 }),
};

const listener = {
  name: listenerSettings(
    "What one listener has of its own, by Kafka's names behind listener.name.NAME.: ssl.keystore.location and others.",
  ),
};

const traces = {
  applicationSpansPerSecond: integer(
    100,
    'Spans a second ("stored …", "delivered to …") in the traces of applications whose records carry a sampled traceparent; 0 for none.',
    { min: 0, max: 100_000 },
  ),
  applicationSpansPerTrace: integer(32, 'Of these, the most that one trace is given.', { min: 0, max: 10_000 }),
  applicationSpansLooksPerSecond: integer(
    100,
    'Batches a second that are looked into as they are delivered, for the traceparent of records of which this gateway does not remember who made them; 0 for none.',
    { min: 0, max: 100_000 },
  ),
};

const drills = {
  enabled: flag(
    false,
    'Whether `seaglass drill` may make this gateway fail on purpose (also `--drills`); refused unless all it listens on is loopback.',
  ),
};

const node = {
  listen: optionalAddress(
    'TCP address the embedded node serves on, instead of the unix socket in its data directory.',
    { portMin: 0 },
  ),
  connect: optionalText('An embedded node that runs on its own (seaglass node) instead of one started here.', {
    pattern: /^(?:unix:\S+|(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):\d{1,5})$/,
    allowed: 'host:port or unix:/path/of/socket',
  }),
  retentionCheckIntervalMs: integer(
    300_000,
    "Kafka's log.retention.check.interval.ms: how often the embedded node looks for what retention may remove.",
  ),
  initialTaskDelayMs: integer(
    30_000,
    "Kafka's log.initial.task.delay.ms: when retention first looks after a start of the embedded node.",
    { min: 0 },
  ),
  cleanerBackoffMs: integer(
    15_000,
    "Kafka's log.cleaner.backoff.ms: how often the embedded node looks for what to compact.",
  ),
  ...nodeSecurity,
};

const log = {
  level: choice(['debug', 'info', 'warn', 'error'], 'info', 'The least severe lines that are written.'),
  format: choice(['auto', 'json', 'pretty'], 'auto', 'How lines look; auto is pretty on a terminal, JSON elsewhere.'),
};

const deadlines = {
  connectMs: integer(DEFAULT_ENGINE_SETTINGS.connectDeadlineMs, 'Until a connection to the engine stands.'),
  lookupMs: integer(DEFAULT_ENGINE_SETTINGS.lookupDeadlineMs, 'Until the engine says who leads a partition.'),
  createMs: integer(DEFAULT_ENGINE_SETTINGS.createDeadlineMs, 'Until a subscriber or publisher stream stands.'),
  firstMessageMs: integer(
    DEFAULT_ENGINE_SETTINGS.firstMessageDeadlineMs,
    'Until a session whose engine has data brings some; then it counts as stalled.',
  ),
  callMs: integer(DEFAULT_ENGINE_SETTINGS.callDeadlineMs, 'Any other call to the engine.'),
  appendMs: integer(
    DEFAULT_ENGINE_SETTINGS.appendDeadlineMs,
    'An append not acked by then fails, even where its producer would wait longer.',
  ),
};

const sessions = {
  perPartitionMax: integer(DEFAULT_ENGINE_SETTINGS.sessionsPerPartitionMax, 'Subscriber sessions of one partition.'),
  max: integer(DEFAULT_ENGINE_SETTINGS.sessionsMax, 'Subscriber sessions in all.'),
  idleMsMax: integer(DEFAULT_ENGINE_SETTINGS.sessionIdleMsMax, 'How long a session nobody reads is kept.'),
  queueBytesMax: bytes(DEFAULT_ENGINE_SETTINGS.sessionQueueBytesMax, 'Received and not yet read, per session.'),
  queuesBytesMax: bytes(DEFAULT_ENGINE_SETTINGS.sessionQueuesBytesMax, 'Received and not yet read, in all.'),
  retainedBytesPerPartitionMax: bytes(
    DEFAULT_ENGINE_SETTINGS.retainedBytesPerPartitionMax,
    'Delivered and kept for re-requests, per partition.',
    { min: 0 },
  ),
  retainedBytesMax: bytes(DEFAULT_ENGINE_SETTINGS.retainedBytesMax, 'Delivered and kept for re-requests, in all.', {
    min: 0,
  }),
  heartbeatIntervalMs: integer(
    DEFAULT_ENGINE_SETTINGS.heartbeatIntervalMs,
    'How often the record log says that an idle stream lives.',
    { min: 100, max: 60_000 },
  ),
};

const publishers = {
  max: integer(DEFAULT_ENGINE_SETTINGS.publishersMax, 'Open publisher streams.'),
  idleMsMax: integer(
    DEFAULT_ENGINE_SETTINGS.publisherIdleMsMax,
    'How long an unused publisher stays open, unless the engine wants it kept.',
  ),
};

const topics = {
  ageMsMax: integer(
    DEFAULT_ENGINE_SETTINGS.topicsAgeMsMax,
    'How old the list of topics may be before it is asked for.',
    {
      min: 0,
    },
  ),
};

const kafka: { readonly [K in keyof KafkaSettings]: Setting<KafkaSettings[K]> } = {
  autoCreateTopics: flag(true, "Kafka's auto.create.topics.enable."),
  defaultPartitionCount: integer(1, "Kafka's num.partitions.", { max: 1_000 }),
  messageBytesMax: bytes(1_048_588, "Kafka's message.max.bytes: the largest batch, unless the topic says otherwise.", {
    max: 2_147_483_647,
  }),
  decompressedBytesMax: bytes(64 * 1024 * 1024, 'What one batch may decompress to.'),
  fetchBytesMax: bytes(55 * 1024 * 1024, "Kafka's fetch.max.bytes: the most one fetch answer holds.", { min: 1_024 }),
  responseBytesBudget: bytes(
    64 * 1024 * 1024,
    'Answers waiting for slow sockets, over all connections; past it a fetch returns one batch at a time.',
  ),
  fetchSessionsMax: integer(1_000, "Kafka's max.incremental.fetch.session.cache.slots.", { min: 0 }),
  requestTimeoutMsMax: integer(60_000, 'The longest wait a produce may ask for.'),
  topicDefaults: topicDefaults('Topic settings that hold where a topic has none of its own.'),
};

const groups: { readonly [K in keyof GroupSettings]: Setting<number> } = {
  initialRebalanceDelayMs: integer(
    DEFAULT_GROUP_SETTINGS.initialRebalanceDelayMs,
    "Kafka's group.initial.rebalance.delay.ms.",
    { min: 0 },
  ),
  sessionTimeoutMsMin: integer(DEFAULT_GROUP_SETTINGS.sessionTimeoutMsMin, "Kafka's group.min.session.timeout.ms."),
  sessionTimeoutMsMax: integer(DEFAULT_GROUP_SETTINGS.sessionTimeoutMsMax, "Kafka's group.max.session.timeout.ms."),
  newMemberJoinTimeoutMs: integer(
    DEFAULT_GROUP_SETTINGS.newMemberJoinTimeoutMs,
    'How long a member that joins for the first time is kept while others are waited for.',
  ),
  membersMax: integer(DEFAULT_GROUP_SETTINGS.membersMax, "Kafka's group.max.size."),
  groupsMax: integer(
    DEFAULT_GROUP_SETTINGS.groupsMax,
    'Groups held in memory; past it empty ones make room, then new ones are refused.',
  ),
  membersBytesMax: bytes(
    DEFAULT_GROUP_SETTINGS.membersBytesMax,
    'What all members together may offer and be assigned, and 1 KiB for each; past it joins and assignments are refused as retriable.',
  ),
  offsetMetadataBytesMax: bytes(DEFAULT_GROUP_SETTINGS.offsetMetadataBytesMax, "Kafka's offset.metadata.max.bytes.", {
    min: 0,
  }),
  offsetCommitTimeoutMs: integer(DEFAULT_GROUP_SETTINGS.offsetCommitTimeoutMs, "Kafka's offsets.commit.timeout.ms."),
  offsetRetentionMs: integer(
    DEFAULT_GROUP_SETTINGS.offsetRetentionMs,
    "Kafka's offsets.retention.minutes, in ms: how long the offsets of an empty group are kept.",
    { max: 2_147_483_647 * 60_000 },
  ),
  offsetRetentionCheckIntervalMs: integer(
    DEFAULT_GROUP_SETTINGS.offsetRetentionCheckIntervalMs,
    "Kafka's offsets.retention.check.interval.ms.",
  ),
  stuckAfterMs: integer(
    DEFAULT_GROUP_SETTINGS.stuckAfterMs,
    'How long a group stands still where records wait, or is given records and commits nothing, before that is told as an incident.',
  ),
};

export const SECTIONS = {
  general,
  listener,
  traces,
  console: consoleSection,
  drills,
  node,
  seaweedfs,
  log,
  deadlines,
  sessions,
  publishers,
  topics,
  kafka,
  groups,
  clients,
  recorder,
  ssl,
  audit,
  authorizer,
  quota,
  sasl,
  limits,
};

export type Sections = typeof SECTIONS;
/** The value of every setting, by section and field. */
export type Values = {
  readonly [S in keyof Sections]: { readonly [F in keyof Sections[S]]: ValueOf<Sections[S][F]> };
};

export interface NamedSetting {
  readonly section: keyof Sections;
  readonly field: string;
  /** `console.listen`; the name in the file. */
  readonly key: string;
  /** `--console-listen` */
  readonly flag: string;
  /** `SEAGLASS_CONSOLE_LISTEN` */
  readonly variable: string;
  readonly setting: Setting<unknown>;
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Every setting under its three names, in the order of the list. */
export const NAMED_SETTINGS: readonly NamedSetting[] = Object.entries(SECTIONS).flatMap(([section, settings]) =>
  Object.entries(settings).map(([field, setting]) => {
    const key = section === 'general' ? kebab(field) : `${section}.${kebab(field)}`;
    return {
      section: section as keyof Sections,
      field,
      key,
      flag: `--${key.replaceAll('.', '-')}`,
      variable: `SEAGLASS_${key.replace(/[.-]/g, '_').toUpperCase()}`,
      setting: setting as Setting<unknown>,
    };
  }),
);

/** The engine's settings as the engine names them. */
export function toEngineSettings(
  values: Pick<Values, 'deadlines' | 'sessions' | 'publishers' | 'topics'>,
): EngineSettings {
  const { deadlines, sessions, publishers, topics } = values;
  return {
    connectDeadlineMs: deadlines.connectMs,
    lookupDeadlineMs: deadlines.lookupMs,
    createDeadlineMs: deadlines.createMs,
    firstMessageDeadlineMs: deadlines.firstMessageMs,
    callDeadlineMs: deadlines.callMs,
    appendDeadlineMs: deadlines.appendMs,
    sessionsPerPartitionMax: sessions.perPartitionMax,
    sessionsMax: sessions.max,
    sessionIdleMsMax: sessions.idleMsMax,
    sessionQueueBytesMax: sessions.queueBytesMax,
    sessionQueuesBytesMax: sessions.queuesBytesMax,
    retainedBytesPerPartitionMax: sessions.retainedBytesPerPartitionMax,
    retainedBytesMax: sessions.retainedBytesMax,
    heartbeatIntervalMs: sessions.heartbeatIntervalMs,
    publishersMax: publishers.max,
    publisherIdleMsMax: publishers.idleMsMax,
    topicsAgeMsMax: topics.ageMsMax,
  };
}
