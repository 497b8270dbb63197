/** Puts the coordinator of groups together: committed offsets in the engine's filer, and what telemetry sees of it all. */
import type { Clock } from '../../clock';
import type { Engine } from '../../engine/engine';
import { systemRandom } from '../../random';
import type { Random } from '../../random';
import type { Telemetry } from '../../telemetry/telemetry';
import { OffsetsLog } from '../offsets-topic/offsets-log';
import { FilerOffsetStorage } from './offsets/filer-offset-storage';
import { GroupCoordinator } from './classic/group-coordinator';
import { GroupLag } from './offsets/group-lag';
import { StuckGroups } from './stuck-groups';
import type { UncommittedReads } from './uncommitted-reads';
import { GroupMetadata } from './classic/group-metadata';
import { GroupMetadataStorage } from './classic/group-metadata-storage';
import type { GroupSettings } from './classic/group-settings';
import { GroupTelemetry, observeGroups } from './classic/group-telemetry';
import { OffsetExpiry } from './offsets/offset-expiry';
import { OrderedOffsetStorage } from './offsets/ordered-offset-storage';
import { WatchedOffsetStorage } from './offsets/watched-offset-storage';

export interface GroupsOptions {
  readonly engine: Engine;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** The system's unless given. */
  readonly random?: Random;
  readonly settings: GroupSettings;
  /** Told of every commit. */
  readonly uncommittedReads?: UncommittedReads;
}

/** Closed before the engine, which is not its own. */
export function createGroups(options: GroupsOptions): GroupCoordinator {
  const { engine, telemetry, clock, settings, random = systemRandom } = options;
  const lag = new GroupLag({ engine, telemetry, clock });
  const stored = new FilerOffsetStorage(engine.filer);
  const ordered = new OrderedOffsetStorage(stored, { clock, commitTimeoutMs: settings.offsetCommitTimeoutMs });
  const { operations } = telemetry;
  const offsetsLog: OffsetsLog = new OffsetsLog({
    clock,
    operations,
    offsets: ordered,
    groups: (context) => storage.load(context),
  });
  const offsets = new WatchedOffsetStorage(ordered, lag, offsetsLog, options.uncommittedReads);
  const observer = new GroupTelemetry({ telemetry, clock, settings });
  const storage = new GroupMetadataStorage(engine.filer, offsetsLog);
  const metadata = new GroupMetadata({ storage, telemetry, clock });
  const groups = new GroupCoordinator({ clock, random, offsets, settings, observer, metadata, offsetsLog });
  groups.load();
  observeGroups(telemetry.instruments, groups);
  const expiry = new OffsetExpiry({
    clock,
    operations,
    offsets,
    retentionMs: settings.offsetRetentionMs,
    checkIntervalMs: settings.offsetRetentionCheckIntervalMs,
    ruleOf: (group) => groups.retentionRuleOf(group),
    groupsWithoutMembers: () => groups.withoutMembers(),
    onNoneLeft: (group) => groups.offsetsGone(group),
  });
  const stuck = new StuckGroups({
    clock,
    incidents: telemetry.incidents,
    lagging: () => lag.lagging(),
    members: (group) => groups.group(group)?.members.size ?? 0,
    afterMs: settings.stuckAfterMs,
  });
  groups.closesFirst(stuck);
  groups.closesFirst(expiry);
  groups.closesFirst(offsetsLog);
  return groups;
}
