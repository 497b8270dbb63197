/**
 * THE list of operations: name, span kind, phase, budget. A new span starts here. Span attributes are set by the code that runs
 * the operation; the labels of metrics are `phase` and `outcome` alone, so cardinality is bounded by this file.
 */
export type OperationKind = 'SERVER' | 'CLIENT' | 'INTERNAL' | 'PRODUCER' | 'CONSUMER';

/** Attribute of `response.turn`: the trace whose answer goes first. */
export const RESPONSE_BEHIND = 'seaglass.response.behind';
/** Attribute of `group.join`: why it waits, in words. */
export const JOIN_WAITS_FOR = 'seaglass.group.waits_for';

/** Whose time passes while a request waits. */
export type Blame = 'client' | 'gateway' | 'engine' | 'idle';

export interface OperationDeclaration {
  readonly kind: OperationKind;
  /** Label of the phase metrics and last part of `seaglass.path`. */
  readonly phase: string;
  /** Legitimate wait in ms. */
  readonly budgetMs: number;
  readonly meaning: string;
  /** Whose time it is while it lasts, where it is not the gateway's own: `idle` is nobody's, there is nothing to do. */
  readonly blame?: Exclude<Blame, 'gateway'>;
  /** messaging.operation.name, where the operation counts as one of messaging_client_operation_duration_seconds. */
  readonly messagingOperation?: string;
}

export const OPERATIONS = {
  request: {
    kind: 'SERVER',
    phase: 'request',
    budgetMs: 1_000,
    meaning: 'One Kafka request, from its whole frame to its response written; the span is named by its API.',
  },
  decode: { kind: 'INTERNAL', phase: 'decode', budgetMs: 200, meaning: 'Bytes to a request value.' },
  'sasl.verify': {
    kind: 'INTERNAL',
    phase: 'sasl.verify',
    budgetMs: 1_000,
    meaning: 'Checking what a client shows of itself: a password, a proof, a token.',
  },
  'sasl.delay': {
    kind: 'INTERNAL',
    phase: 'sasl.delay',
    budgetMs: 0,
    blame: 'idle',
    meaning: 'A client that was not let in waits for its answer; the budget is sasl.failed-authentication-delay-ms.',
  },
  'partition.assignment': {
    kind: 'CLIENT',
    phase: 'partition.assignment',
    budgetMs: 500,
    blame: 'engine',
    meaning: 'Which broker leads the partition (LookupTopicBrokers).',
  },
  'engine.connect': {
    kind: 'CLIENT',
    phase: 'engine.connect',
    budgetMs: 200,
    blame: 'engine',
    meaning: 'Waiting for the gRPC channel to become ready.',
  },
  poll: {
    kind: 'CLIENT',
    phase: 'poll',
    budgetMs: 200,
    meaning: 'Reading one topic-partition for a fetch.',
    messagingOperation: 'poll',
  },
  'session.acquire': {
    kind: 'INTERNAL',
    phase: 'session.acquire',
    budgetMs: 200,
    meaning: 'Finding or opening the subscriber session at an offset: retained, reuse or fresh.',
  },
  'subscriber.create': {
    kind: 'CLIENT',
    phase: 'subscriber.create',
    budgetMs: 200,
    blame: 'engine',
    meaning: 'Opening a subscriber stream.',
  },
  'subscriber.init': {
    kind: 'INTERNAL',
    phase: 'subscriber.init',
    budgetMs: 200,
    blame: 'engine',
    meaning: 'Init sent until it is answered (record log) or verified (SeaweedMQ).',
  },
  'stream.recv': {
    kind: 'INTERNAL',
    phase: 'stream.recv',
    budgetMs: 200,
    blame: 'engine',
    meaning: 'One wait for frames that the engine is known to have; aggregated, never one per record.',
  },
  'stateless.read': {
    kind: 'CLIENT',
    phase: 'stateless.read',
    budgetMs: 500,
    blame: 'engine',
    meaning: 'A read without a session: FetchMessage, log entries, Read.',
  },
  'range.info': {
    kind: 'CLIENT',
    phase: 'range.info',
    budgetMs: 500,
    blame: 'engine',
    meaning: 'Asking the engine for log start and high watermark.',
  },
  long_poll: {
    kind: 'INTERNAL',
    phase: 'long_poll',
    budgetMs: 0,
    blame: 'idle',
    meaning: 'Legitimate idleness of a fetch: nothing to return yet; the budget is what is left of max.wait.',
  },
  encode: { kind: 'INTERNAL', phase: 'encode', budgetMs: 200, meaning: 'A response value to bytes.' },
  'response.turn': {
    kind: 'INTERNAL',
    phase: 'response.turn',
    budgetMs: 60_000,
    // Only produces overlap, and what keeps an earlier one is its ack; that one is overdue, not who stands behind it.
    blame: 'engine',
    meaning:
      'An answer is ready, and one to an earlier request of its connection is not: clients are answered in their order.',
  },
  'response.write': {
    kind: 'INTERNAL',
    phase: 'response.write',
    budgetMs: 1_000,
    blame: 'client',
    meaning: 'Bytes handed to the socket until it took them.',
  },
  throttle: {
    kind: 'INTERNAL',
    phase: 'throttle',
    budgetMs: 0,
    blame: 'client',
    meaning:
      'A connection is not read because its client is over a quota: its own root trace, linked to the request; the budget is the throttle.',
  },
  'publisher.create': {
    kind: 'CLIENT',
    phase: 'publisher.create',
    budgetMs: 200,
    blame: 'engine',
    meaning: 'Opening a publisher stream until its hello.',
  },
  'publish.ack': {
    kind: 'CLIENT',
    phase: 'publish.ack',
    budgetMs: 500,
    blame: 'engine',
    meaning: 'Records sent until the engine acked them all.',
  },
  send: {
    kind: 'PRODUCER',
    phase: 'send',
    budgetMs: 1_000,
    meaning: 'Appending one topic-partition of a produce request.',
    messagingOperation: 'send',
  },
  'host.lookup': {
    kind: 'CLIENT',
    phase: 'host.lookup',
    budgetMs: 500,
    meaning: 'Asking the system’s resolver where a host is that an address quota names.',
  },
  'catalog.call': {
    kind: 'CLIENT',
    phase: 'catalog.call',
    budgetMs: 500,
    blame: 'engine',
    meaning: 'A topic administration or metadata call to the engine.',
  },
  'group.join': {
    kind: 'INTERNAL',
    phase: 'group.join',
    budgetMs: 0,
    blame: 'client',
    meaning: 'Waiting at a group’s join barrier; the budget is the group’s rebalance timeout.',
  },
  'group.sync': {
    kind: 'INTERNAL',
    phase: 'group.sync',
    budgetMs: 0,
    blame: 'client',
    meaning: 'Waiting for the group leader’s assignment; the budget is the group’s rebalance timeout.',
  },
  'offset.commit': {
    kind: 'INTERNAL',
    phase: 'offset.commit',
    budgetMs: 500,
    meaning: 'Storing an offset that a group committed; the calls of the storage are below it.',
  },
  'offset.fetch': {
    kind: 'INTERNAL',
    phase: 'offset.fetch',
    budgetMs: 500,
    meaning: 'Reading what a group has committed from the storage.',
  },
  'offset.delete': {
    kind: 'INTERNAL',
    phase: 'offset.delete',
    budgetMs: 500,
    meaning: 'Deleting committed offsets, or a group with all of its own, from the storage.',
  },
  'offset.list': {
    kind: 'INTERNAL',
    phase: 'offset.list',
    budgetMs: 1_000,
    meaning: 'Listing the groups that have committed offsets.',
  },
  'offset.expiry': {
    kind: 'INTERNAL',
    phase: 'offset.expiry',
    budgetMs: 60_000,
    meaning: 'A walk over what all groups have committed, for what has expired: its own root trace.',
  },
  'group.rebalance': {
    kind: 'INTERNAL',
    phase: 'group.rebalance',
    budgetMs: 0,
    meaning:
      'A rebalance, from its cause until the group is stable or empty: its own root trace; the budget is that of its waits.',
  },
  'group.store': {
    kind: 'INTERNAL',
    phase: 'group.store',
    budgetMs: 500,
    meaning: 'Keeping a group as it is, so that it survives a restart: its own root trace, linked to the rebalance.',
  },
  'group.load': {
    kind: 'INTERNAL',
    phase: 'group.load',
    budgetMs: 1_000,
    blame: 'engine',
    meaning: 'Loading what was kept of groups: while it lasts the coordinator answers that it loads.',
  },
  'group.lag': {
    kind: 'INTERNAL',
    phase: 'group.lag',
    budgetMs: 5_000,
    meaning: 'Asking where the logs end whose lag is shown and of which nothing was heard lately: its own root trace.',
  },
  'filer.call': {
    kind: 'CLIENT',
    phase: 'filer.call',
    budgetMs: 500,
    blame: 'engine',
    meaning: 'A filer call.',
  },
  'subscriber.session': {
    kind: 'CLIENT',
    phase: 'subscriber.session',
    budgetMs: 300_000,
    meaning: 'A slice of a subscriber session’s life: its own root trace, sliced every 5 minutes.',
  },
} as const satisfies Readonly<Record<string, OperationDeclaration>>;

export type OperationName = keyof typeof OPERATIONS;
