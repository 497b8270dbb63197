/** What a node is told when it opens a data directory. */
import * as path from 'node:path';
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import type { Handover } from '../handover';
import { systemRandom } from '../random';
import type { Random } from '../random';
import type { Logger } from '../telemetry/log/log';
import { silentLogger } from '../telemetry/log/log';
import type { SettingTexts } from '../topic-settings/holding';
import type { TlsSettings } from '../tls/tls-files';
import { validateTopicConfigs } from '../topic-settings/validate';
import type { FsyncPolicy } from './append/appender';
import { realDisk } from './disk/disk';
import type { Disk } from './disk/disk';
import { Removals } from './log/removals';
import type { RemovalNotice } from './log/removals';

/** Plain data: it is also what travels to the worker thread. */
export interface NodeOptions {
  readonly dataDirectory: string;
  /** `host:port` (port 0: a free one). Without it: the unix socket in the data directory. */
  readonly tcp?: string;
  /** Of `tcp`, which then speaks TLS; a unix socket for the process that started the node is there beside it. */
  readonly tls?: TlsSettings;
  /** Asked for with each call, whichever way it comes. */
  readonly token?: string;
  /** A file with it in the first line, instead; looked at while the node runs. */
  readonly tokenFile?: string;
  /** What an ack means; `os` by default: it survives the end of the process by any signal. */
  readonly fsync?: FsyncPolicy;
  /** How often the policy `interval` syncs; 100 ms by default. */
  readonly fsyncIntervalMs?: number;
  /** Kept in the directory at its first start; a random one by default. Refused where the directory has another. */
  readonly clusterId?: string;
  /** Settings that hold for topics that do not set them; Kafka's own defaults where these say nothing. */
  readonly topicDefaults?: Readonly<Record<string, string>>;
  /** How often retention looks for what may go, as Kafka's log.retention.check.interval.ms; 5 min by default. */
  readonly retentionCheckIntervalMs?: number;
  /** When it first does after a start, as Kafka's log.initial.task.delay.ms; 30 s by default. */
  readonly initialTaskDelayMs?: number;
  /** How often compaction looks for work, as Kafka's log.cleaner.backoff.ms; 15 s by default. */
  readonly cleanerBackoffMs?: number;
  /** Newest batches in memory, all partitions together; 32 MiB by default. */
  readonly tailCacheBytesMax?: number;
  /** Open files; 1,024 by default. */
  readonly openFilesMax?: number;
  /** Whether its disk can be made to fill up by a drill; false by default. */
  readonly drills?: boolean;
}

/** What tests put in the place of the world. */
export interface NodeSeams {
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** Runs an action after the present turn of the event loop. */
  readonly afterTurn?: (action: () => void) => void;
  /** To the thread of the gateway, where the node has one of its own. */
  readonly handover?: Handover;
  /** Told of every removal; the log lines come by the logger. */
  readonly onRemoved?: (notice: RemovalNotice) => void;
}

export interface NodeContext {
  readonly dataDirectory: string;
  readonly fsync: FsyncPolicy;
  readonly fsyncIntervalMs: number;
  readonly retentionCheckIntervalMs: number;
  readonly initialTaskDelayMs: number;
  readonly cleanerBackoffMs: number;
  readonly topicDefaults: SettingTexts;
  readonly tailCacheBytesMax: number;
  readonly openFilesMax: number;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly removals: Removals;
  readonly afterTurn: (action: () => void) => void;
  readonly handover: Handover | undefined;
}

/** Throws InvalidSetting for a default that is not allowed. */
export function nodeContext(options: NodeOptions, seams: NodeSeams): NodeContext {
  const { logger = silentLogger, random = systemRandom } = seams;
  return {
    dataDirectory: path.resolve(options.dataDirectory),
    fsync: options.fsync ?? 'os',
    fsyncIntervalMs: options.fsyncIntervalMs ?? 100,
    retentionCheckIntervalMs: options.retentionCheckIntervalMs ?? 300_000,
    initialTaskDelayMs: options.initialTaskDelayMs ?? 30_000,
    cleanerBackoffMs: options.cleanerBackoffMs ?? 15_000,
    topicDefaults: validateTopicConfigs(Object.entries(options.topicDefaults ?? {}), new Map()),
    tailCacheBytesMax: options.tailCacheBytesMax ?? 16 * 1024 * 1024,
    openFilesMax: options.openFilesMax ?? 1024,
    disk: seams.disk ?? realDisk,
    clock: seams.clock ?? systemClock,
    random,
    logger,
    removals: new Removals(random.uuid(), logger, seams.onRemoved),
    handover: seams.handover,
    afterTurn: seams.afterTurn ?? ((action) => void setImmediate(action)),
  };
}
