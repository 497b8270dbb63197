/** What the client of a request says of itself (KIP-714), beside what the gateway saw of it: latencies that lie between the two are the network's, or the client's own. */
import type { ClientInstance } from '../../kafka/client-telemetry/client-instances';
import { clientName } from '../../telemetry/trace/client-name';

export interface ClientSays {
  readonly instanceId: string;
  /** Milliseconds since the Unix epoch. */
  readonly pushedMs: number;
  /** Without the clients' common beginning; latencies in ms. */
  readonly metric: string;
  /** Escaped. */
  readonly node: string;
  readonly value: number;
}

const COMMON = /^org\.apache\.kafka\.(?:consumer|producer)\./;
/** By the name of a request's root: which of its words belong to such a request. */
const ABOUT: readonly (readonly [name: RegExp, metric: RegExp])[] = [
  [/^Fetch/, /fetch\.latency|node\.request\.latency|poll\.idle\.ratio/],
  [/^Produce/, /producer\.request\.latency|record\.queue\.time|node\.request\.latency|throttle\.time/],
  [/^(?:JoinGroup|SyncGroup|Heartbeat)/, /rebalance\.latency|node\.request\.latency/],
  [/^OffsetCommit/, /commit\.latency|node\.request\.latency/],
];
const SHOWN_MAX = 12;

/** Whose request it was. */
export interface Asker {
  /** Escaped. */
  readonly client: string;
  readonly address: string;
  readonly port: number | undefined;
}

export function clientSays(
  { name, ...asker }: Asker & { readonly name: string },
  instances: readonly ClientInstance[],
): readonly ClientSays[] {
  const about = ABOUT.find(([root]) => root.test(name))?.[1];
  if (about === undefined || asker.client === '') return [];
  return instancesOf(asker, instances)
    .flatMap(({ id, pushedMs = 0, samples }) =>
      samples
        .filter(({ metric }) => about.test(metric))
        .map(({ metric, node, value }) => ({
          instanceId: id,
          pushedMs,
          metric: metric.replace(COMMON, ''),
          node: clientName(node),
          value,
        })),
    )
    .slice(0, SHOWN_MAX);
}

/** The one that tells of itself on the very connection of the request; else all at its address that call themselves so: many go by a default name. */
function instancesOf(
  { client, address, port }: Asker,
  instances: readonly ClientInstance[],
): readonly ClientInstance[] {
  const known = instances.filter(
    ({ clientId, clientAddress }) => clientAddress === address && clientName(clientId) === client,
  );
  const [same] = known.filter(({ clientPort }) => clientPort === port);
  return same === undefined ? known : [same];
}
