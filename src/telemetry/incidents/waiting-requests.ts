/** Who is hurt by a target that does not answer, or a partition that is not read: the Kafka requests in flight that wait for it, the oldest in words. */
import { inheritedAttributes } from '../trace/inflight';
import type { LightOperation } from '../trace/light-operation';
import type { AttributeValue } from '../trace/operation';
import type { Tracer } from '../trace/tracer';
import type { TopicPartition } from '../../types';

/** The engine target that an operation waits for, as incidents name it, from its attributes; undefined where it waits for none. */
export function targetOf(attribute: (key: string) => AttributeValue | undefined): string | undefined {
  const host = attribute('server.address');
  if (typeof host !== 'string') return undefined;
  const port = attribute('server.port');
  if (port === undefined) return host.startsWith('/') ? `unix:${host}` : host;
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

export interface Waiting {
  /** The request that waits longest: `Fetch orders-1@576 (client audit-svc, group audit) waits 1.6 s in range.info`. */
  readonly hurt: string;
  readonly traceId: string;
  readonly requests: number;
  /** Distinct client ids. */
  readonly clients: number;
}

/** What incidents ask of what is in flight. */
export interface WaitingRequests {
  /** Undefined where no request waits for the target, or for calls of these methods of it. */
  on(address: string, methods?: ReadonlySet<string>): Waiting | undefined;
  /** Undefined where no request reads the partition. */
  reading(partition: TopicPartition): Waiting | undefined;
}

export function waitingRequests(tracer: Pick<Tracer, 'phases' | 'now'>): WaitingRequests {
  const among = (
    phases: Tracer['phases'],
    isOne: (operation: LightOperation) => boolean,
    waitOf: (operation: LightOperation) => LightOperation = (operation) => operation,
  ): Waiting | undefined => {
    const roots = new Set<LightOperation>();
    let oldest: LightOperation | undefined;
    for (const { head } of phases) {
      for (let each = head; each !== undefined; each = each.next) {
        if (!isOne(each)) continue;
        const root = rootOf(each);
        if (root.name !== 'request') continue;
        roots.add(root);
        if (oldest === undefined || each.startMs < oldest.startMs) oldest = each;
      }
    }
    if (oldest === undefined) return undefined;
    const clients = new Set([...roots].map((root) => root.attribute('messaging.client.id')));
    const { traceId } = oldest;
    const hurt = waitInWords(waitOf(oldest), tracer.now());
    return { hurt, traceId, requests: roots.size, clients: clients.size };
  };
  const polls = tracer.phases.filter(({ name }) => name === 'poll');
  return {
    on(address, methods) {
      return among(tracer.phases, (operation) => {
        if (operation.openChildren > 0 || targetOf((key) => operation.attribute(key)) !== address) return false;
        return methods === undefined || methods.has(String(operation.attribute('rpc.method')));
      });
    },
    reading({ topic, partition }) {
      const id = String(partition);
      const isOfPartition = (poll: LightOperation): boolean =>
        poll.attribute('messaging.destination.partition.id') === id &&
        poll.attribute('messaging.destination.name') === topic;
      return among(polls, isOfPartition, (poll) => longestWaitOf(poll, tracer.now()));
    },
  };
}

/** Of what a poll asked the engine, that which takes or took the longest; the poll itself where it asked nothing. */
function longestWaitOf(poll: LightOperation, nowMs: number): LightOperation {
  let longest = poll;
  let longestMs = -1;
  for (const each of poll.tree.members) {
    if (each.prepared.blame !== 'engine' || !isBelow(each, poll)) continue;
    const forMs = waitedMs(each, nowMs);
    if (forMs <= longestMs) continue;
    longest = each;
    longestMs = forMs;
  }
  return longest;
}

function isBelow(operation: LightOperation, ancestor: LightOperation): boolean {
  let each = operation.parent;
  while (each !== undefined && each !== ancestor) each = each.parent;
  return each === ancestor;
}

const waitedMs = ({ ended, endMs, startMs }: LightOperation, nowMs: number): number =>
  (ended ? endMs : nowMs) - startMs;

/** Of a request's operation that waits: who asked for what, how long it waits, and in which phase. */
export function waitInWords(operation: LightOperation, nowMs: number): string {
  const seconds = (waitedMs(operation, nowMs) / 1_000).toFixed(1);
  const waits = operation.ended ? 'waited' : 'waits';
  return `${requestInWords(operation)} ${waits} ${seconds} s in ${operation.prepared.phase.name}`;
}

/** `Fetch orders-1@576 (client audit-svc, group audit)`, as far as it is known. */
export function requestInWords(operation: LightOperation): string {
  const attributes = inheritedAttributes(operation);
  const api = (rootOf(operation).spanName ?? 'request').split(' ')[0];
  const client = named(attributes, 'client', 'messaging.client.id');
  const group = named(attributes, 'group', 'messaging.consumer.group.name');
  const who = [client, group].filter((each) => each !== '').join(', ');
  return `${String(api)}${placeOf(attributes)}${who === '' ? '' : ` (${who})`}`;
}

type Attributes = Readonly<Record<string, AttributeValue>>;

function placeOf(attributes: Attributes): string {
  const topic = attributes['messaging.destination.name'];
  const partition = attributes['messaging.destination.partition.id'];
  const offset = attributes['kafka.offset'];
  if (topic === undefined) return '';
  if (partition === undefined) return ` ${String(topic)}`;
  return ` ${String(topic)}-${String(partition)}${offset === undefined ? '' : `@${String(offset)}`}`;
}

function named(attributes: Attributes, noun: string, key: string): string {
  const value = attributes[key];
  return value === undefined || value === '' ? '' : `${noun} ${String(value)}`;
}

export function rootOf(operation: LightOperation): LightOperation {
  let root = operation;
  while (root.parent !== undefined) root = root.parent;
  return root;
}
