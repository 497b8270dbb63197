/** What a node is told when it opens a data directory. */
import * as path from 'node:path';
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import type { Handover } from '../handover';
import type { Logger } from '../telemetry/log';
import type { FsyncPolicy } from './appender';
import { realDisk } from './disk';
import type { Disk } from './disk';

/** Plain data: it is also what travels to the worker thread. */
export interface NodeOptions {
  readonly dataDirectory: string;
  /** `host:port` (port 0: a free one). Without it: the unix socket in the data directory. */
  readonly tcp?: string;
  /** What an ack means; `os` by default: it survives the end of the process by any signal. */
  readonly fsync?: FsyncPolicy;
  /** Of `interval`; 100 ms by default. */
  readonly fsyncIntervalMs?: number;
  /** Kept in the directory at its first start; a random one by default. Refused where the directory has another. */
  readonly clusterId?: string;
  /** Settings that hold for topics that do not set them; Kafka's own defaults where these say nothing. */
  readonly topicDefaults?: Readonly<Record<string, string>>;
  /** How often retention and compaction look for work; 30 s by default. */
  readonly maintenanceIntervalMs?: number;
  /** Newest batches in memory, all partitions together; 32 MiB by default. */
  readonly tailCacheBytesMax?: number;
  /** Open files; 1,024 by default. */
  readonly openFilesMax?: number;
}

/** What tests put in the place of the world. */
export interface NodeSeams {
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Runs an action after the present turn of the event loop. */
  readonly afterTurn?: (action: () => void) => void;
  /** To the thread of the gateway, where the node has one of its own. */
  readonly handover?: Handover;
}

export interface NodeContext {
  readonly dataDirectory: string;
  readonly fsync: FsyncPolicy;
  readonly fsyncIntervalMs: number;
  readonly topicDefaults: Readonly<Record<string, string>>;
  readonly maintenanceIntervalMs: number;
  readonly tailCacheBytesMax: number;
  readonly openFilesMax: number;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly afterTurn: (action: () => void) => void;
  readonly handover: Handover | undefined;
}

export const silentLogger: Logger = { write: () => undefined, enabled: () => false };

export function nodeContext(options: NodeOptions, seams: NodeSeams): NodeContext {
  return {
    dataDirectory: path.resolve(options.dataDirectory),
    fsync: options.fsync ?? 'os',
    fsyncIntervalMs: options.fsyncIntervalMs ?? 100,
    topicDefaults: options.topicDefaults ?? {},
    maintenanceIntervalMs: options.maintenanceIntervalMs ?? 30_000,
    tailCacheBytesMax: options.tailCacheBytesMax ?? 16 * 1024 * 1024,
    openFilesMax: options.openFilesMax ?? 1024,
    disk: seams.disk ?? realDisk,
    clock: seams.clock ?? systemClock,
    logger: seams.logger ?? silentLogger,
    handover: seams.handover,
    afterTurn: seams.afterTurn ?? ((action) => void setImmediate(action)),
  };
}
