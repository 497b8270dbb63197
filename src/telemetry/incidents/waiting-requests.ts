/** Who is hurt by a target that does not answer: the Kafka requests in flight that wait for it, the oldest in words. */
import { inheritedAttributes } from '../trace/inflight';
import type { LightOperation } from '../trace/light-operation';
import type { AttributeValue } from '../trace/operation';
import type { Tracer } from '../trace/tracer';

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
}

export function waitingRequests(tracer: Pick<Tracer, 'phases' | 'now'>): WaitingRequests {
  return {
    on(address, methods) {
      const roots = new Set<LightOperation>();
      let oldest: LightOperation | undefined;
      for (const { head } of tracer.phases) {
        for (let each = head; each !== undefined; each = each.next) {
          const operation = each;
          if (each.openChildren > 0 || targetOf((key) => operation.attribute(key)) !== address) continue;
          if (methods !== undefined && !methods.has(String(operation.attribute('rpc.method')))) continue;
          const root = rootOf(each);
          if (root.name !== 'request') continue;
          roots.add(root);
          if (oldest === undefined || each.startMs < oldest.startMs) oldest = each;
        }
      }
      if (oldest === undefined) return undefined;
      const clients = new Set([...roots].map((root) => root.attribute('messaging.client.id')));
      const { traceId } = oldest;
      return { hurt: waitInWords(oldest, tracer.now()), traceId, requests: roots.size, clients: clients.size };
    },
  };
}

/** Of a request's operation that waits: who asked for what, how long it waits, and in which phase. */
export function waitInWords(operation: LightOperation, nowMs: number): string {
  const seconds = ((nowMs - operation.startMs) / 1_000).toFixed(1);
  return `${requestInWords(operation)} waits ${seconds} s in ${operation.prepared.phase.name}`;
}

/** `Fetch orders-1@576 (client audit-svc, group audit)`, as far as it is known. */
function requestInWords(operation: LightOperation): string {
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
