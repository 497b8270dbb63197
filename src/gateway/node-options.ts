/** What the configuration says of the embedded node, for one in a thread of the gateway and for `seaglass node`. */
import { resolve } from 'node:path';
import type { Config } from '../config';
import { formatAddress } from '../config/address';
import type { NodeOptions } from '../node/start';

export function nodeOptions({ general, node, kafka }: Config): NodeOptions {
  const { fsync, fsyncIntervalMs, clusterId } = general;
  const { listen, retentionCheckIntervalMs, initialTaskDelayMs, cleanerBackoffMs } = node;
  return {
    dataDirectory: resolve(general.data),
    fsync,
    fsyncIntervalMs,
    topicDefaults: Object.fromEntries(kafka.topicDefaults),
    retentionCheckIntervalMs,
    initialTaskDelayMs,
    cleanerBackoffMs,
    ...(listen === undefined ? {} : { tcp: formatAddress(listen) }),
    ...(clusterId === undefined ? {} : { clusterId }),
  };
}
